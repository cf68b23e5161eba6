"""Loopback proxies that are of no use: they take a connection and hang, lie, or break it off."""

from __future__ import annotations

from dataclasses import dataclass

import trio

from tests.support.target import read_request


@dataclass
class BadProxy:
    """`says` is all it ever answers; None: nothing, and the connection stays open."""

    says: bytes | None = None
    connections: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listeners[0].socket.getsockname()[1]
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_listeners, self._serve, listeners)
            task_status.started()

    async def _serve(self, stream: trio.SocketStream) -> None:
        self.connections += 1
        async with stream:
            try:
                await read_request(stream)
                if self.says is None:
                    await trio.sleep_forever()
                await stream.send_all(self.says or b"")
            except trio.BrokenResourceError:
                return  # the client gave up
