"""Open loop: requests leave on a fixed beat whether or not the earlier ones were answered.

Task: `host`, `port`, `per_s`, `connections` (a number; a request that finds none free waits, and
its wait counts), `requests` (groups by name: lists of texts, sent in turn), `pattern` (names of
groups, in the order of the beat), `seconds`, `expect`. A latency runs from the beat, not from the
sending, so a stalled server is not flattered. The run also ends at SIGTERM, with what was measured.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import sys
import time
from typing import Any

from load.wire import Arrivals, Tally, WireError, connect


async def one(
    arrivals: Arrivals, data: bytes, due: float, expect: set[int], tallies: list[Tally]
) -> None:
    connection = await arrivals.take()
    status, body = await connection.send(data)
    arrivals.put(connection)
    if status not in expect:
        raise WireError(f"{status} to {data[:200]!r}: {body[:500]!r}")
    for tally in tallies:
        tally.add(status, time.perf_counter() - due)


async def main() -> dict[str, Any]:
    task = json.load(sys.stdin)
    groups = {
        name: itertools.cycle([text.encode() for text in texts])
        for name, texts in task["requests"].items()
    }
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    arrivals = Arrivals(await connect(task["host"], task["port"], task["connections"]))
    tallies = {name: Tally() for name in ("all", *groups)}
    expect = set(task["expect"])
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for beat, name in enumerate(itertools.cycle(task["pattern"])):
            due = started + beat / task["per_s"]
            if due - started > task["seconds"] or stopped.is_set():
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            mine = [tallies["all"], tallies[name]]
            group.create_task(one(arrivals, next(groups[name]), due, expect, mine))
    return {name: tally.result() for name, tally in tallies.items()}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))
