"""How users write the proxies of a pool, one or a whole list, and how they are shown. Pure.

Besides `scheme://[user:password@]host:port` lists write `host:port`, `user:password@host:port` and
`host:port:user:password`; what names no scheme is an http proxy. Used by `web.proxies`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Struct

from executors.proxies import has_credentials, proxy_reason, shown

# What stands in the place of a user name and password that are kept.
MASK = "***"
_MEMBERS = ("proxies", "data")


class ReadList(Struct, frozen=True):
    """The proxies of a list, each once, and how many of its entries are none."""

    proxies: tuple[str, ...]
    wrong: int


def normalized(text: str) -> str:
    """The whole address of a proxy. Raises ValueError with the reason, which quotes nothing."""
    text = text.strip()
    whole = text if "://" in text else f"http://{_with_login_first(text)}"
    whole = whole.rstrip("/")
    if (reason := proxy_reason(whole)) is not None:
        raise ValueError(reason)
    if urlsplit(whole).port is None:
        raise ValueError("must name its port")
    return whole


def _with_login_first(text: str) -> str:
    """`host:port:user:password` as `user:password@host:port`; the rest as it is."""
    parts = text.split(":", 3)
    if len(parts) != 4 or not parts[1].isdecimal():
        return text
    host, port, user, password = parts
    return f"{quote(user, safe='')}:{quote(password, safe='')}@{host}:{port}"


def is_proxy(text: str) -> bool:
    """Whether this is one proxy and not the address of a list: lists are named without a port, or
    with a path."""
    try:
        normalized(text)
    except ValueError:
        return False
    return True


def read_list(data: bytes) -> ReadList:
    """The proxies in what a list's address answered: text, a JSON array, or an object with one
    under `proxies`."""
    entries = list(_entries(data))
    found: dict[str, None] = {}
    wrong = 0
    for entry in entries:
        try:
            found[normalized(entry)] = None
        except ValueError:
            wrong += 1
    return ReadList(tuple(found), wrong)


def _entries(data: bytes) -> Iterable[str]:
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = data.decode("utf-8", "replace")
        lines = (line.strip() for line in text.splitlines())
        return [line for line in lines if line and not line.startswith("#")]
    return [entry if isinstance(entry, str) else "" for entry in _array(value)]


def _array(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = next((value[name] for name in _MEMBERS if name in value), [])
    return value if isinstance(value, list) else [value]


def address_of(whole: str) -> str:
    """The proxy without its user name and password."""
    return shown(whole)


def masked(address: str) -> str:
    """How a proxy is shown that has a user name and password."""
    return address.replace("://", f"://{MASK}@", 1)


def is_masked(whole: str) -> bool:
    """Whether its user name and password are those that are kept."""
    return has_credentials(whole) and whole.partition("://")[2].rpartition("@")[0] == MASK
