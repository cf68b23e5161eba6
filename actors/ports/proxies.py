"""The pool of proxies that jobs draw on: a worker's half and what the front end sees of it.

Implemented by `workers.net.pool` (choosing and health, in each worker) and `workers.proxied` (what
all workers have told). A proxy is called by its `key`, which holds no user name and no password.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Protocol

from msgspec import Struct

from state.views import DeskKey

# Whose pool it is where it is the server's own.
SERVER = "server"


class PooledProxy(Struct, frozen=True):
    """A proxy as a worker uses it: `url` is the whole address, credentials included."""

    key: str
    url: str


class PoolBrief(Struct, frozen=True):
    """The proxies of one desk, on their way to a worker. `scope` stands for the desk: health is
    shared by the jobs of one, and known to no other."""

    scope: str
    proxies: tuple[PooledProxy, ...]


def scope_of(desk: DeskKey) -> str:
    """What workers call the desk: its key cannot be found from it."""
    return hashlib.sha256(b"nightdesk proxies\n" + desk.encode()).hexdigest()[:32]


class PoolEmpty(Exception):
    """There is no proxy to be had now: `wait_s` until one comes back (None: there is none at all),
    `barren_s` since when none of them has worked. The message is fit for the user."""

    def __init__(self, message: str, wait_s: float | None, barren_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s
        self.barren_s = barren_s


class ProxyPool(Protocol):
    """The proxies that one job draws on, in one worker: its desk's, then the server's."""

    def choose(self, passed_over: Collection[str] = ()) -> PooledProxy:
        """One that is not benched and whose key is not among those: the next in turn with rotation,
        else the first. Raises PoolEmpty."""

    def worked(self, proxy: PooledProxy) -> None:
        """An answer came through it."""

    def failed(self, proxy: PooledProxy) -> float | None:
        """It is at fault: it is benched, longer each time. For how many seconds; None where it was
        benched already."""


class ProxyUse(Struct, frozen=True):
    """What workers have told of a proxy since the server began. `benched_until` is on the wall
    clock; None where it is on no bench."""

    ok: int = 0
    failed: int = 0
    benched_until: float | None = None


class ProxyView(Protocol):
    """How the proxies of a pool fare; asked by the front end."""

    def proxies_of(self, scope: str) -> Mapping[str, ProxyUse]:
        """By key; those that were never used are not there."""

    @property
    def server_proxies(self) -> int:
        """How many proxies the server's own pool has."""


class NoProxies:
    """The ProxyView of a server without workers for the network."""

    def proxies_of(self, _scope: str) -> Mapping[str, ProxyUse]:
        return {}

    @property
    def server_proxies(self) -> int:
        return 0
