"""The site that the experiment's jobs fetch: counts every hit, and each page has its fate.

A page's address says all: `/DESK/JOB/INDEX/FATE-DELAY_MS`. Run by `nightdesk.crashtest.run`.
"""

from __future__ import annotations

from collections import Counter

import h11
import trio

from nightdesk.crashtest.history import History, Hit

_READ_BYTES = 65_536
_BODY = b"a page\n"
_PROBES = 3


class Target:
    """HTTP on a loopback port of its own. Its attributes are written by the task in `run`, and the
    history by its connections' tasks."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._visits: Counter[tuple[str, int]] = Counter()
        self.port = 0
        # Which life of the server new connections belong to; written by the experiment.
        self.life = 0

    def url(self, desk: int, job: str, index: int, fate: str) -> str:
        return f"http://127.0.0.1:{self.port}/{desk}/{job}/{index}/{fate}"

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1", backlog=1024)
        self.port = listeners[0].socket.getsockname()[1]
        task_status.started()
        await trio.serve_listeners(self._attend, listeners)

    async def catch_up(self) -> None:
        """Return once all has been heard that was sent before the call: what came first is
        accepted and read first. Whoever has just been killed may still have requests under way."""
        for _ in range(_PROBES):
            async with await trio.open_tcp_stream("127.0.0.1", self.port) as stream:
                await stream.send_all(b"GET / HTTP/1.1\r\nhost: target\r\n\r\n")
                await stream.receive_some(_READ_BYTES)

    async def _attend(self, stream: trio.SocketStream) -> None:
        """One connection. Whoever asks may be killed at any moment."""
        life = self.life
        connection = h11.Connection(h11.SERVER)
        try:
            async with stream:
                while (path := await _next_request(stream, connection)) is not None:
                    await stream.send_all(await self._answer(connection, path, life))
                    connection.start_next_cycle()
        except (trio.BrokenResourceError, h11.RemoteProtocolError):
            return

    async def _answer(self, connection: h11.Connection, path: str, life: int) -> bytes:
        if path == "/":
            return _response(connection, 200)
        desk, job, index, fate = path.strip("/").split("/")
        self._history.hits.append(Hit(int(desk), job, int(index), trio.current_time(), life))
        self._visits[job, int(index)] += 1
        name, _, delay_ms = fate.partition("-")
        await trio.sleep(int(delay_ms) / 1000)
        status = _status(name, self._visits[job, int(index)])
        return _response(connection, status)


def _status(fate: str, visit: int) -> int:
    match fate:
        case "ok":
            return 200
        case "gone":
            return 404
        case "flaky":
            return 500 if visit % 2 else 200
        case _:
            return 500


def _response(connection: h11.Connection, status: int) -> bytes:
    headers = [("content-type", "text/plain"), ("content-length", str(len(_BODY)))]
    return b"".join(
        connection.send(event) or b""
        for event in (
            h11.Response(status_code=status, headers=headers),
            h11.Data(data=_BODY),
            h11.EndOfMessage(),
        )
    )


async def _next_request(stream: trio.SocketStream, connection: h11.Connection) -> str | None:
    """The path of the next whole request; None at the connection's end."""
    path: str | None = None
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await stream.receive_some(_READ_BYTES))
        elif isinstance(event, h11.Request):
            path = event.target.decode("ascii")
        elif isinstance(event, h11.EndOfMessage):
            return path
        elif isinstance(event, h11.ConnectionClosed):
            return None
