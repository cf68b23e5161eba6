"""Which proxy the next request of a job goes through. Pure; asked by `executors.fetch.run`.

A proxy that fails is benched for 30 s, then twice as long each time it fails again, at most half
an hour; one success clears it. Also here: how a proxy's address must look, for the plan.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from executors.urls import normalize_host

BENCH_S = 30.0
BENCH_MAX_S = 1_800.0
MAX_PROXIES = 1_000

_SCHEMES = ("http", "https", "socks5", "socks5h")
_VISIBLE = re.compile(r"[!-~]{1,2000}")
_CREDENTIALS = re.compile(r"(//)[^/]*@")


class ProxyRing:
    """Proxies of one job in one worker. All fields are written by the tasks of its items, in steps
    without an await between."""

    def __init__(self, proxies: Sequence[str], *, rotate: bool) -> None:
        self._proxies = tuple(proxies)
        self._rotate = rotate
        self._next = 0
        self._failures = [0] * len(proxies)
        self._benched_until = [0.0] * len(proxies)

    def choose(self, now: float) -> str | None:
        """The proxy to use: in turn with rotation, else the first; benched ones are passed over.

        Where all are benched, the one whose bench ends first. None where the job has no proxies.
        """
        count = len(self._proxies)
        if count == 0:
            return None
        start = self._next if self._rotate else 0
        order = [(start + step) % count for step in range(count)]
        free = (index for index in order if self._benched_until[index] <= now)
        index = next(free, None)
        if index is None:
            index = min(order, key=self._benched_until.__getitem__)
        self._next = (index + 1) % count
        return self._proxies[index]

    def failed(self, proxy: str, now: float) -> None:
        """It could not be used. Failures while it is benched already are of one and the same."""
        index = self._proxies.index(proxy)
        if self._benched_until[index] > now:
            return
        bench_s = min(BENCH_S * 2.0 ** self._failures[index], BENCH_MAX_S)
        self._failures[index] += 1
        self._benched_until[index] = now + bench_s

    def worked(self, proxy: str) -> None:
        index = self._proxies.index(proxy)
        self._failures[index] = 0
        self._benched_until[index] = 0.0


def proxy_reason(text: object) -> str | None:
    """Why this is no proxy address: `scheme://[user:password@]host[:port]`."""
    if not isinstance(text, str) or _VISIBLE.fullmatch(text) is None:
        return "must be the address of a proxy, in visible ASCII characters"
    try:
        parts = urlsplit(text)
        port = parts.port
        host = normalize_host(parts.hostname or "")
    except ValueError:
        # Why is not said: a password with a slash is read as a port, and would be quoted.
        return "is not a valid proxy address"
    if parts.scheme not in _SCHEMES:
        return f"must begin with {', '.join(scheme + '://' for scheme in _SCHEMES)}"
    if not host or port == 0 or parts.path not in ("", "/") or parts.query or parts.fragment:
        return "must be scheme://[user:password@]host[:port]"
    credentials = unquote((parts.username or "") + (parts.password or ""))
    return None if credentials.isprintable() else "has control characters in its credentials"


def has_credentials(text: str) -> bool:
    return _CREDENTIALS.search(text) is not None


def shown(text: str) -> str:
    """The proxy's address without its user name and password."""
    return _CREDENTIALS.sub(r"\1", text)
