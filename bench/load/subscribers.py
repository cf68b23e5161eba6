"""Many subscribers, few commands: how long a change takes to reach everybody who watches.

Task: `host`, `port`, `groups` (each: `path` of the socket, `count` of subscribers, `commands`:
request texts that are sent in turn), `rounds`, `stagger_s` between the groups of a round, `rest_s`
between rounds. A command's answer names its revision; each subscriber's first status frame of that
revision is timed from the sending of the command, from its answer (a frame may come before it), and
from the first frame that any subscriber of the group saw: what the pushing alone takes.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import sys
import time
from typing import Any

from load.sockets import subscribe
from load.wire import Connection, WireError, connect, quantiles

_REVISION = re.compile(rb'"revision": ?(\d+)')
TIMES = ("answer", "since_sent", "since_answer", "since_first")
_STATUS = re.compile(rb'"type": ?"status"')


class Group:
    """The subscribers of one desk, and the connection that changes it."""

    def __init__(self, count: int, commands: list[str], connection: Connection) -> None:
        self.count = count
        self.commands = itertools.cycle([text.encode() for text in commands])
        self.connection = connection
        self.sent: dict[int, tuple[float, float]] = {}  # by revision; written by command
        self.frames: dict[int, list[float]] = {}  # by revision; written by on_text

    def on_text(self, payload: bytes) -> None:
        now = time.perf_counter()
        if _STATUS.search(payload):
            found = _REVISION.search(payload)
            if found is None:
                raise WireError(f"a status frame without a revision: {payload!r}")
            self.frames.setdefault(int(found[1]), []).append(now)

    async def command(self) -> None:
        sent = time.perf_counter()
        status, body = await self.connection.send(next(self.commands))
        if status != 200:
            raise WireError(f"a command was answered {status}: {body[:500]!r}")
        self.sent[json.loads(body)["revision"]] = (sent, time.perf_counter())

    def times(self) -> dict[str, list[float]]:
        """Answers, and frames since the three moments; none may be missing."""
        seen: dict[str, list[float]] = {name: [] for name in TIMES}
        for revision, (sent, answered) in self.sent.items():
            frames = self.frames.get(revision, [])
            if len(frames) != self.count:
                raise WireError(f"{len(frames)} of {self.count} saw revision {revision}")
            seen["answer"].append(answered - sent)
            seen["since_sent"] += [at - sent for at in frames]
            seen["since_answer"] += [at - answered for at in frames]
            seen["since_first"] += [at - min(frames) for at in frames]
        return seen


async def opened(task: dict[str, Any]) -> list[Group]:
    host, port = task["host"], task["port"]
    connections = await connect(host, port, len(task["groups"]))
    groups = [
        Group(given["count"], given["commands"], connection)
        for given, connection in zip(task["groups"], connections, strict=True)
    ]
    for group, given in zip(groups, task["groups"], strict=True):
        await asyncio.gather(
            *(subscribe(host, port, given["path"], group.on_text) for _ in range(group.count))
        )
    return groups


async def main() -> dict[str, Any]:
    task = json.load(sys.stdin)
    groups = await opened(task)
    await asyncio.sleep(1.0)  # the first snapshots
    for _ in range(task["rounds"]):
        async with asyncio.TaskGroup() as started:
            for group in groups:
                started.create_task(group.command())
                await asyncio.sleep(task["stagger_s"])
        await asyncio.sleep(task["rest_s"])
    times = [group.times() for group in groups]
    merged = {name: [at for one in times for at in one[name]] for name in TIMES}
    return {
        "frames": len(merged["since_sent"]),
        **{name: quantiles(merged[name]) for name in TIMES},
        "client_cpu_s": time.process_time(),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))
