"""Many subscribers, few commands: how long a change takes to reach everybody who watches.

Task: `host`, `port`, `groups` (each: `path` of the socket, `count` of subscribers, `commands`:
request texts that are sent in turn), `rounds`, `stagger_s` between the groups of a round, `rest_s`
between rounds. A command's answer names its revision; each subscriber's first status frame of that
revision is timed from the sending of the command and from its answer (a frame may come before it).
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

    def times(self) -> tuple[list[float], list[float], list[float]]:
        """(answers, frames since the command, frames since its answer); none may be missing."""
        answers, since_sent, since_answer = [], [], []
        for revision, (sent, answered) in self.sent.items():
            frames = self.frames.get(revision, [])
            if len(frames) != self.count:
                raise WireError(f"{len(frames)} of {self.count} saw revision {revision}")
            answers.append(answered - sent)
            since_sent += [at - sent for at in frames]
            since_answer += [at - answered for at in frames]
        return answers, since_sent, since_answer


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
    answers, since_sent, since_answer = map(
        list, map(itertools.chain.from_iterable, zip(*(g.times() for g in groups), strict=True))
    )
    return {
        "frames": len(since_sent),
        "answer": quantiles(answers),
        "since_sent": quantiles(since_sent),
        "since_answer": quantiles(since_answer),
        "client_cpu_s": time.process_time(),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main())))
