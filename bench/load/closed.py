"""Closed loop: every connection sends its own requests in turn, the next when the last is answered.

Task: `host`, `port`, `connections` (a list of requests each, as text), `seconds` (they are sent
round and round for so long) or null (each once), `expect` (statuses; another one ends the run).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterable
from typing import Any

from load.wire import Connection, Tally, WireError, connect


async def drive(
    connection: Connection, requests: Iterable[bytes], end: float, expect: set[int], tally: Tally
) -> None:
    for data in requests:
        sent = time.perf_counter()
        if sent >= end:
            return
        status, body = await connection.send(data)
        if status not in expect:
            raise WireError(f"{status} to {data[:200]!r}: {body[:500]!r}")
        tally.add(status, time.perf_counter() - sent)


async def main() -> dict[str, Any]:
    task = json.load(sys.stdin)
    lists = [[text.encode() for text in texts] for texts in task["connections"]]
    seconds = task["seconds"]
    connections = await connect(task["host"], task["port"], len(lists))
    tally = Tally()
    end = tally.started + seconds if seconds else float("inf")
    expect = set(task["expect"])
    async with asyncio.TaskGroup() as group:
        for connection, texts in zip(connections, lists, strict=True):
            requests = itertools.cycle(texts) if seconds else texts
            group.create_task(drive(connection, requests, end, expect, tally))
    return tally.result()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))
