"""Leave to use the gateway: who may, under which policy, and what it came to.

The gateway listens on loopback, where every local account can reach it, and it carries the
operator's `--allow-target`s. So each page gets a pass of its own, which lives as long as its
browser context, with the job's policy and, where it named one, its proxy: a door of its own
(`workers.net.gateway.doors`), and a user name and a password where there can be none.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import trio
from msgspec import Struct

from workers.net.gateway.doors import Door
from workers.net.gateway.heads import Refused
from workers.net.lines import Lines

_TOKEN_BYTES = 24


class Trouble(Struct, frozen=True):
    """A connection that did not come about: its place (`host:port`), our status, why, and whether
    the pass's own proxy is at fault.

    Chromium tells a page's script and its driver only that a tunnel failed; this is what a user
    can be told.
    """

    place: str
    status: int
    reason: str
    by_proxy: bool = False


class Pass:
    """One page's leave. `username` and `password` answer the proxy's challenge, at the one address
    where it asks for them.

    Its counts are written by the tasks of its connections.
    """

    def __init__(
        self, lines: Lines, upstream: str | None, *, max_connections: int, troubles_kept: int
    ) -> None:
        self.username = secrets.token_urlsafe(_TOKEN_BYTES)
        self.password = secrets.token_urlsafe(_TOKEN_BYTES)
        # Written by the gateway, when the pass is opened and closed.
        self.door: Door | None = None
        # Written by the gateway, where the job's policy changes.
        self.lines = lines
        # The user's own proxy, credentials included; None goes direct.
        self.upstream = upstream
        self.sent_bytes = 0
        self.received_bytes = 0
        self.connections = 0
        # The newest of them; `refused` counts all that the policy turned away.
        self.troubles: deque[Trouble] = deque(maxlen=troubles_kept)
        self.refused = 0
        self._max_connections = max_connections
        # One for each open connection, written by its task.
        self._scopes: set[trio.CancelScope] = set()

    def sent(self, size_bytes: int) -> None:
        self.sent_bytes += size_bytes

    def received(self, size_bytes: int) -> None:
        self.received_bytes += size_bytes

    @contextmanager
    def connection(self) -> Iterator[None]:
        """Around the life of one connection, which ends with the pass. Raises Refused."""
        if len(self._scopes) >= self._max_connections:
            raise Refused(503, f"this job has {self._max_connections} connections open already")
        with trio.CancelScope() as scope:
            self._scopes.add(scope)
            self.connections += 1
            try:
                yield
            finally:
                self._scopes.discard(scope)

    def end(self) -> None:
        """Cut all its connections off, those that are open now."""
        for scope in self._scopes:
            scope.cancel()


class Passes:
    """Those that are valid now. Written by whoever opens and closes passes."""

    def __init__(self) -> None:
        self._by_name: dict[str, Pass] = {}

    @contextmanager
    def valid(self, leave: Pass) -> Iterator[Pass]:
        self._by_name[leave.username] = leave
        try:
            yield leave
        finally:
            del self._by_name[leave.username]
            leave.end()

    def admit(self, given: tuple[str, str] | None) -> Pass:
        """The pass whose user name and password these are. Raises Refused."""
        leave = self._by_name.get(given[0]) if given is not None else None
        if leave is not None and given is not None:
            password = given[1].encode()
            if secrets.compare_digest(password, leave.password.encode()):
                return leave
        raise Refused(407, "the proxy is for the browser of this server only")
