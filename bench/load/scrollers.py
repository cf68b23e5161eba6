"""Many sockets of the task manager that watch one log scroll: which lines come, and how late.

Task: `host`, `port`, `path` of the socket, `count` of subscribers, `job` (the body of the create
request, posted to `jobs` once all listen), `lines` that each of its items says, `idle_s` after
which a subscriber that hears nothing has heard all that it will. A line is `line ITEM/NUMBER at
TIME`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from typing import Any

from kit.requests import text

from load.sockets import Subscriber
from load.wire import WireError, connect, quantiles

# Both vocabularies tell it; the document's is looked at. Messages are not taken apart one by one:
# the client would be slower than the server.
_LINE = re.compile(rb'"type":"task_log"[^{}]*"message":"line (\d+)/(\d+) at ([0-9.]+)"')


class Scroller(Subscriber):
    """Notes each line. What is not a whole line yet waits for the rest of it."""

    def __init__(self, path: str, host: str) -> None:
        super().__init__(path, host, lambda _: None)
        # All written by data_received.
        self.delays: list[float] = []
        self.newest: dict[int, int] = {}  # by item
        self.disorder = 0
        self.heard_at = time.perf_counter()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.opened.done() and not self._handshake():
            return
        now = self.heard_at = time.perf_counter()
        end = 0
        for found in _LINE.finditer(self.buffer):
            item, number = int(found[1]), int(found[2])
            self.disorder += self.newest.get(item, -1) + 1 != number
            self.newest[item] = number
            self.delays.append(now - float(found[3]))
            end = found.end()
        del self.buffer[:end]


async def opened(task: dict[str, Any]) -> list[Scroller]:
    host, port, loop = task["host"], task["port"], asyncio.get_running_loop()
    scrollers = []
    for _ in range(task["count"]):
        _, one = await loop.create_connection(
            lambda: Scroller(task["path"], f"{host}:{port}"), host, port
        )
        await one.opened
        scrollers.append(one)
    return scrollers


async def main() -> dict[str, Any]:
    task = json.load(sys.stdin)
    scrollers = await opened(task)
    await asyncio.sleep(2.0)  # what they are greeted with
    (connection,) = await connect(task["host"], task["port"], 1)
    netloc = f"{task['host']}:{task['port']}"
    status, body = await connection.send(text("POST", task["jobs"], netloc, task["job"]).encode())
    if status != 201:
        raise WireError(f"the job was not created: {status} {body[:500]!r}")
    began = time.perf_counter()
    said = task["lines"] * len(task["job"]["items"])
    for one in scrollers:
        one.heard_at = began
    while any(len(one.delays) < said for one in scrollers):
        await asyncio.sleep(0.2)
        if time.perf_counter() - max(one.heard_at for one in scrollers) > task["idle_s"]:
            break
    delays = [delay for one in scrollers for delay in one.delays]
    return {
        "began": began,
        "ended": time.perf_counter(),
        "said": said,
        "heard": len(delays),
        "lost": sum(said - len(one.delays) for one in scrollers),
        "disorder": sum(one.disorder for one in scrollers),
        "client_cpu_s": time.process_time(),
        **quantiles(delays),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))
