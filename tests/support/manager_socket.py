"""A client of the task manager's socket on a scripted desk, whose tasks and logs a test moves."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager

import trio
from msgspec import Raw
from msgspec.structs import replace

from actors.messages import LiveProgress
from actors.rules.change import Change
from state.model import Counts, InputItem, JobStatus, LogLine
from tests.support.forged import bearer, token
from tests.support.servers import create

NOW = 1_700_000_000.0


def as_user(name):
    """What that user shows at that time."""
    return bearer(token(sub=name, iat=int(NOW) - 60, exp=int(NOW) + 3_600))


ME = as_user("ann")


def lines(first, count, *, at=NOW, level="info"):
    return [LogLine(at, level, f"line {n}") for n in range(first, first + count)]


def counts(ok):
    """Of four items so many are done, each with a picture."""
    return Counts(4, ok=ok, found=4, made=ok)


class Workshop:
    """The desk of a user, with tasks that do what a test says."""

    def __init__(self, desk, store):
        self.desk = desk
        self.store = store

    async def make(self, task="t1", *, kind="crawl", start=True, **more):
        """A task; returns its id."""
        items = [{"url": "https://example.com/"}] * 4
        await self.desk.ask(replace(create(items, job_id=task, kind=kind, start=start), **more))
        await self.store.write_inputs(self.desk.key, task, [InputItem(Raw(b"{}"))])
        return task

    async def work(self, task="t1", *, kind="crawl"):
        """A task that is at work."""
        await self.make(task, kind=kind)
        self.begin(task)
        return task

    def begin(self, task="t1"):
        run = self.desk.state.jobs[task].run + 1
        self.desk.move(task, JobStatus.RUNNING, run=run, started_at=NOW)

    async def log(self, task, said):
        """More lines, and the news of them."""
        await self.quietly(task, said)
        await self.tell(task)

    async def quietly(self, task, said):
        """More lines, of which nobody is told yet."""
        await self.store.append_log(self.desk.key, task, said)

    async def tell(self, task):
        self.tell_size(task, (await self.store.read_log(self.desk.key, task)).size)

    def tell_size(self, task, size):
        """Its log goes up to there."""
        self.desk.progress(task, LiveProgress(counts=counts(0), log_bytes=size))

    def wind_up(self, task):
        """Its runner is over, and nothing else of it has changed."""
        del self.desk.live[task]
        job = replace(self.desk.state.jobs[task], revision=self.desk.revision + 1)
        jobs = {**self.desk.state.jobs, task: job}
        self.desk.publish(Change(replace(self.desk.state, jobs=jobs)))

    def end(self, task="t1", status=JobStatus.COMPLETED, **fields):
        self.desk.live.pop(task, None)
        now = fields.pop("ended_at", NOW + 1_000_000_000)
        done = counts(4) if status is JobStatus.COMPLETED else Counts(4, ok=3, failed=1)
        self.desk.move(task, status, ended_at=now, counts=done, **fields)


class Client:
    """Hears what the socket says, and says things."""

    def __init__(self, socket):
        self.socket = socket
        self.heard = []

    async def next(self):
        with trio.fail_after(100):
            self.heard.append(json.loads(await self.socket.receive()))
        return self.heard[-1]

    async def until(self, found):
        """What comes up to the first message that `found` says yes to, that included."""
        told = [await self.next()]
        while not found(told[-1]):
            told.append(await self.next())
        return told

    async def until_type(self, kind, **data):
        return await self.until(
            lambda m: m["type"] == kind and data.items() <= m.get("data", {}).items()
        )

    async def until_line(self, text, kind="task_log"):
        return await self.until_type(kind, message=text)

    async def silence(self, seconds=5):
        """Whatever comes in that time."""
        told = []
        with trio.move_on_after(seconds):
            while True:
                told.append(json.loads(await self.socket.receive()))
        return told

    async def say(self, **message):
        await self.socket.send(json.dumps(message))


@asynccontextmanager
async def listening(client, path="/api/ws", *, headers=ME, greeted=True):
    async with client.websocket(path, headers=headers) as socket:
        one = Client(socket)
        if greeted:
            assert (await one.next())["type"] == "welcome"
        yield one


def messages(told, kind="task_log"):
    """What the lines among them say."""
    return [m["data"]["message"] for m in told if m["type"] == kind]
