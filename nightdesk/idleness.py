"""Closes connections that nobody uses: one table and one task for all connections of a server.

Hypercorn starts a task at every connection and after every answer to do this. Built and run by
`nightdesk.connections`.
"""

from __future__ import annotations

import trio

from actors.signal import Signal


class IdleStreams:
    """The connections that wait for the head of a request, the longest-waiting first."""

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        # Written by the tasks of connections, and by `run`: since when each of them is idle.
        self._since: dict[trio.SocketStream, float] = {}
        self._signal = Signal()
        # Written by `close_all`, once.
        self._closing = False

    def enter(self, stream: trio.SocketStream) -> None:
        """The connection is idle from now on; where the server stops, it is closed."""
        if self._closing:
            stream.socket.close()
            return
        if not self._since:
            self._signal.fire()
        self._since.pop(stream, None)
        self._since[stream] = trio.current_time()

    def leave(self, stream: trio.SocketStream) -> None:
        self._since.pop(stream, None)

    def close_longest(self) -> bool:
        """Close the one that has waited longest; False where none waits."""
        if not self._since:
            return False
        stream = next(iter(self._since))
        del self._since[stream]
        stream.socket.close()
        return True

    def close_all(self) -> None:
        """Now, and from now on whichever becomes idle."""
        self._closing = True
        for stream in self._since:
            stream.socket.close()
        self._since.clear()

    async def run(self) -> None:
        """Close each that was idle for too long. All are kept equally long, so the first to become
        idle is the first that is due: where none is, nobody wakes up."""
        while True:
            while not self._since:
                await self._signal.wait()
            stream, since = next(iter(self._since.items()))
            if since + self._keep_s <= trio.current_time():
                del self._since[stream]
                stream.socket.close()
            else:
                await trio.sleep_until(since + self._keep_s)
