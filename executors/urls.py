"""What a web address is here: one strict reading, used when a job is planned and when it is sent.

The plan (`executors.fetch.items`) and the egress (`workers.net.client`) read addresses with the
same function, so that what was validated is what is connected to. Numeric spellings of IPv4
(`2130706433`, `0x7f.1`) become the dotted address, names become lower-case IDNA, fragments go.
"""

from __future__ import annotations

import re
import socket
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import quote

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_HOST_CHARS = 253

# The everyday case in one match: lower-case, ASCII, nothing to escape, no user name, no fragment.
_PLAIN = re.compile(
    r"(https?)://([a-z0-9][a-z0-9.-]*)(?::([0-9]{1,5}))?((?:[/?][!$%&'()*+,./:;=?@A-Z_a-z0-9~-]*)?)"
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_AUTHORITY = re.compile(r"//([^/?#]*)")
_HOST_PORT = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]*))?")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")
_FORBIDDEN_CHARS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

# What may stand unescaped in path and query; the percent sign stays, it is an escape already.
_SAFE = "!$%&'()*+,/:;=?@[]~"


class Url(NamedTuple):
    """An http(s) address. `host` is ASCII, lower-case, without brackets; `target` begins with /."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header says them: the scheme's own port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """`scheme://host:port`, always with the port: what shares a connection and a pace."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def text(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_url(text: str) -> Url:
    """Read an absolute http or https address. Raises ValueError with a reason for the user."""
    if (plain := _PLAIN.fullmatch(text)) is not None:
        scheme, host, port, target = plain.groups()
        # `foo.` and `a..b` are left to the careful path, as is everything numeric at its end.
        if host[-1] not in ".-0123456789" and ".." not in host and "0x" not in host:
            return Url(scheme, _sized(host), _port(port, scheme), _rooted(target))
    return _parse_carefully(text)


def normalize_host(host: str) -> str:
    """The one spelling of a name or address (no brackets). Raises ValueError with a reason."""
    if ":" in host:
        return _ipv6(host)
    if not host.isascii():
        host = _idna(host)
    host = host.lower()
    host = host[:-1] if host.endswith(".") else host
    if not host:
        raise ValueError("the address has no host")
    last = host.rpartition(".")[2]
    if last.isdigit() or last.startswith("0x"):
        return _ipv4(host)
    if _NAME.fullmatch(host) is None:
        raise ValueError(f"{host[:100]!r} is not a valid host name")
    return _sized(host)


def _parse_carefully(text: str) -> Url:
    if (bad := _FORBIDDEN_CHARS.search(text)) is not None:
        raise ValueError(f"the address contains the control character {bad.group()!r}")
    scheme, rest = _scheme(text)
    authority = _AUTHORITY.match(rest)
    if authority is None:
        raise ValueError(f"the address must begin with {scheme}://")
    host, port = _host_port(authority.group(1), scheme)
    target = rest[authority.end() :].partition("#")[0]
    return Url(scheme, host, port, _rooted(quote(target, safe=_SAFE)))


def _scheme(text: str) -> tuple[str, str]:
    match = _SCHEME.match(text)
    if match is None:
        raise ValueError("the address must begin with http:// or https://")
    scheme = match.group(1).lower()
    if scheme not in DEFAULT_PORTS:
        raise ValueError(f"only http and https addresses are fetched, not {scheme}:")
    return scheme, text[match.end() :]


def _host_port(authority: str, scheme: str) -> tuple[str, int]:
    if "\\" in authority:
        raise ValueError("the address has a backslash in its host")
    if "@" in authority:
        raise ValueError("user names in addresses are not accepted; send an Authorization header")
    match = _HOST_PORT.fullmatch(authority)
    if match is None:
        # Not quoted: `name:pass/word@host` is read as far as the slash.
        raise ValueError("the address has no valid host and port")
    host, port = match.groups()
    return normalize_host(_unbracketed(host)), _port(port, scheme)


def _unbracketed(host: str) -> str:
    if not host.startswith("["):
        return host
    if ":" not in host:
        raise ValueError(f"{host[:100]!r} is not a valid IPv6 address")
    return host[1:-1]


def _port(text: str | None, scheme: str) -> int:
    if not text:
        return DEFAULT_PORTS[scheme]
    if len(text) > 5 or not 0 < int(text) < 65_536:
        raise ValueError(f"{text[:20]} is not a valid port")
    return int(text)


def _rooted(target: str) -> str:
    return target if target.startswith("/") else "/" + target


def _sized(host: str) -> str:
    if len(host) > MAX_HOST_CHARS:
        raise ValueError(f"the host name is longer than {MAX_HOST_CHARS} characters")
    return host


def _ipv4(host: str) -> str:
    try:
        # The C library's reading is the one a resolver would use: octal, hex, one to four parts.
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        raise ValueError(f"{host[:100]!r} is not a valid IPv4 address") from None


def _ipv6(host: str) -> str:
    if "%" in host:
        raise ValueError("IPv6 addresses with a zone are not accepted")
    try:
        return str(IPv6Address(host))
    except ValueError:
        raise ValueError(f"{host[:100]!r} is not a valid IPv6 address") from None


def _idna(host: str) -> str:
    import idna  # its tables take a megabyte; most jobs have no such name

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"{host[:100]!r} is not a valid host name: {error}") from None
