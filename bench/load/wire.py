"""One keep-alive HTTP/1.1 connection and the small statistics that every load client prints.

Just enough of HTTP for our own server: a status line, `Content-Length`, no chunks, no pipelining.
A reply that it cannot read is an error that ends the run; nothing is guessed.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class WireError(Exception):
    """The server said something that this client does not speak."""


class _Wire(asyncio.Protocol):
    """The bytes of one connection; `send` gives a future of (status, body)."""

    def __init__(self) -> None:
        self.buffer = b""  # written by data_received
        self.transport: Any = None  # written by connection_made
        self.waiting: asyncio.Future[tuple[int, bytes]] | None = None  # by send, data_received

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(WireError(f"the server closed the connection: {error}"))

    def send(self, data: bytes) -> asyncio.Future[tuple[int, bytes]]:
        self.waiting = asyncio.get_running_loop().create_future()
        self.transport.write(data)
        return self.waiting

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0 or self.waiting is None:
            return
        status, head = int(self.buffer[9:12]), self.buffer[:end]
        size = end + 4 + self._body_size(head, status)
        if len(self.buffer) < size:
            return
        body, self.buffer = self.buffer[end + 4 : size], self.buffer[size:]
        waiting, self.waiting = self.waiting, None
        if b"\r\nconnection: close" in head.lower():
            self.transport.close()
        if not waiting.cancelled():
            waiting.set_result((status, body))

    @staticmethod
    def _body_size(head: bytes, status: int) -> int:
        if status in (204, 304):
            return 0
        found = _LENGTH.search(head)
        if found is None:
            raise WireError(f"a reply without Content-Length: {head!r}")
        return int(found[1])


class Connection:
    """Sends one request at a time; opens again where the server ended it after an answer."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.wire: _Wire | None = None  # written by open

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        _, self.wire = await loop.create_connection(_Wire, self.host, self.port)

    async def send(self, data: bytes) -> tuple[int, bytes]:
        if self.wire is None or self.wire.transport.is_closing():
            await self.open()
        return await self.wire.send(data)


async def connect(host: str, port: int, count: int) -> list[Connection]:
    """`count` open connections, opened a hundred at a time."""
    made = [Connection(host, port) for _ in range(count)]
    for start in range(0, count, 100):
        await asyncio.gather(*(one.open() for one in made[start : start + 100]))
    return made


class Tally:
    """Latencies (seconds) and statuses of one run. Written by the tasks of one loop."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.statuses: dict[int, int] = {}
        self.started = time.perf_counter()

    def add(self, status: int, latency: float) -> None:
        self.latencies.append(latency)
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def result(self) -> dict[str, Any]:
        seconds = time.perf_counter() - self.started
        return {
            "count": len(self.latencies),
            "seconds": seconds,
            "per_s": len(self.latencies) / seconds,
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "client_cpu_s": time.process_time(),
            **quantiles(self.latencies),
        }


def quantiles(latencies: Sequence[float]) -> Mapping[str, float]:
    """p50, p99 and max in milliseconds; empty where nothing was measured."""
    ordered = sorted(latencies)
    if not ordered:
        return {}
    return {
        "p50_ms": 1e3 * ordered[len(ordered) // 2],
        "p99_ms": 1e3 * ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
        "max_ms": 1e3 * ordered[-1],
    }


class Arrivals:
    """Which connection is free, and who waits for one: first come, first served."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self.free = deque(connections)  # written by take and put
        self.waiters: deque[asyncio.Future[Connection]] = deque()  # written by take and put

    async def take(self) -> Connection:
        if self.free:
            return self.free.popleft()
        waiter: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()
        self.waiters.append(waiter)
        return await waiter

    def put(self, connection: Connection) -> None:
        if self.waiters:
            self.waiters.popleft().set_result(connection)
        else:
            self.free.append(connection)
