"""Carries the bytes of a tunnel both ways, unread. Called by `workers.net.gateway.server`.

One piece at a time a direction: whoever reads slowly slows the other side down, and nothing is
kept. A side that has no more to say is passed on as such (half-close); a broken one ends both.
"""

from __future__ import annotations

from collections.abc import Callable

import trio
from msgspec import Struct

PIECE_BYTES = 64 * 1024


class Idle:
    """A scope that ends when nothing has moved for so long. `moved` starts the wait anew."""

    def __init__(self, limit_s: float) -> None:
        # Lowered by `tighten`, called by the tasks within the scope.
        self._limit_s = limit_s
        self.scope = trio.CancelScope(deadline=trio.current_time() + limit_s)

    def moved(self) -> None:
        self.scope.deadline = trio.current_time() + self._limit_s

    def tighten(self, limit_s: float) -> None:
        self._limit_s = min(self._limit_s, limit_s)
        self.moved()


class TunnelLimits(Struct, frozen=True):
    """How long a tunnel may be silent, and how long once one side has said its last word."""

    idle_s: float
    half_closed_s: float


async def join(
    client: trio.abc.Stream,
    remote: trio.abc.Stream,
    *,
    sent: Callable[[int], None],
    received: Callable[[int], None],
    limits: TunnelLimits,
    early: bytes = b"",
) -> None:
    """Until both sides have ended, one is broken, or nothing has moved for too long.

    `early` is what the client has sent already; `sent` and `received` are told how many bytes went
    to and came from the remote. The caller closes both.
    """
    idle = Idle(limits.idle_s)
    with idle.scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_copy, client, remote, sent, idle, limits, early)
            nursery.start_soon(_copy, remote, client, received, idle, limits)


async def _copy(
    source: trio.abc.Stream,
    sink: trio.abc.Stream,
    count: Callable[[int], None],
    idle: Idle,
    limits: TunnelLimits,
    early: bytes = b"",
) -> None:
    try:
        while data := early or await source.receive_some(PIECE_BYTES):
            early = b""
            idle.moved()
            count(len(data))
            await sink.send_all(data)
            idle.moved()
        if not isinstance(sink, trio.abc.HalfCloseableStream):
            # TLS to a proxy has no half-close: its end is the end.
            idle.scope.cancel()
            return
        await sink.send_eof()
        idle.tighten(limits.half_closed_s)
    except trio.BrokenResourceError:
        idle.scope.cancel()
