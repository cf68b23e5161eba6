"""A server, the site that its jobs fetch from, and inputs sent to it stage by stage."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import trio
from hypothesis.strategies import SearchStrategy
from msgspec import Struct

from nightdesk.crashtest.server import Server
from torture.fuzz.described import Description
from torture.fuzz.inputs import Input, Maker
from torture.fuzz.judge import Log, answer_problem
from torture.fuzz.requests import requests
from torture.fuzz.sockets import sockets
from torture.fuzz.stage import TIMEOUT_S, Stage, set_stage
from torture.fuzz.streams import streams
from torture.fuzz.wire import LIMIT_S, LONG_POLL_S, Caller, Wrong

STAGE_INPUTS = 250
CALLERS = 8
# Of all inputs, so many come from where.
SHARES = {"described": 25, "request": 35, "stream": 25, "socket": 15}
_STRATEGIES = {"request": requests, "stream": streams, "socket": sockets}
_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\npage"
# What is looked at is not the rates: nothing would get past them. Nothing leaves the machine.
_ARGUMENTS = (
    *("--port", "0", "--log-format", "json", "--log-level", "debug", "--sample-site", "off"),
    *("--desk-rate-per-s", "0", "--new-desk-rate-per-s", "0", "--miss-rate-per-s", "0"),
    *("--long-poll-max-s", str(LONG_POLL_S), "--allow-domain", "127.0.0.1"),
    # A caller keeps its connection while the others have their turn, however long that takes.
    *("--head-timeout-s", "600"),
    # As many as fit where the limit of open files is low, of which the log would tell.
    *("--max-outgoing-sockets", "100"),
)


class Found(Struct, frozen=True):
    """What was wrong, and the inputs that it was seen with."""

    what: str
    numbers: tuple[int, ...]


class Target:
    """A running server, as the experiment sees it."""

    def __init__(
        self, server: Server, url: str, data: Path, site: str, document: Any, limit_s: float
    ) -> None:
        self.server = server
        self.url = url
        self.data = data
        self.log = Log(data.with_suffix(".log"))
        self._site = site
        self._limit_s = limit_s
        self._description = Description(document)
        # What came back, by status; and the secrets and desks of all stages. Written by `stage` and
        # the callers.
        self.statuses: Counter[int] = Counter()
        self.secrets: list[str] = []
        self.desks: list[str] = []

    async def stage(self) -> Stage:
        stage = await trio.to_thread.run_sync(set_stage, self.url, self.data, self._site)
        self.secrets += stage.secrets()
        self.desks += stage.desks
        return stage

    async def run(
        self, stage: Stage, seed: int, numbers: Iterable[int], callers: int
    ) -> list[Found]:
        """Send these inputs by so many callers at once."""
        made = self._inputs(stage, seed, iter(numbers))
        found: list[Found] = []
        async with trio.open_nursery() as nursery:
            for _ in range(callers):
                caller = Caller(stage.address, self._limit_s)
                nursery.start_soon(self._call, caller, made, found)
        return found

    def input(self, stage: Stage, seed: int, number: int) -> Input:
        """That input, to be shown."""
        return next(self._inputs(stage, seed, iter([number])))[1]

    async def _call(
        self, caller: Caller, made: Iterator[tuple[int, Input]], found: list[Found]
    ) -> None:
        for number, one in made:
            try:
                self.statuses.update(await caller.send(one))
            except (Wrong, OSError) as wrong:
                found.append(Found(f"{one.source} {number}: {wrong}", (number,)))
        caller.close()

    def _inputs(
        self, stage: Stage, seed: int, numbers: Iterator[int]
    ) -> Iterator[tuple[int, Input]]:
        makers: dict[str, Maker] = {}
        for number in numbers:
            label = f"{seed}:{number}"
            source = random.Random(label).choices(tuple(SHARES), tuple(SHARES.values()))[0]
            if source == "described":
                yield number, _judged(self._description.make(label, stage))
                continue
            if source not in makers:
                strategy: SearchStrategy[Input] = _STRATEGIES[source](stage)
                makers[source] = Maker(strategy)
            yield number, _judged(makers[source].make(label))


def _judged(one: Input) -> Input:
    """With what holds for every answer looked at first."""
    own = one.check

    def check(status: int, headers: list[tuple[str, str]], body: bytes) -> str | None:
        problem = answer_problem(status, headers, body, one.method)
        return problem or (own(status, headers, body) if own else None)

    return Input(one.source, one.sent, one.pieces, one.method, check)


@asynccontextmanager
async def serving(data: Path, limit_s: float = LIMIT_S) -> AsyncIterator[Target]:
    """A server on `data` and its target site, until the block ends. `limit_s` is what it may take
    for an answer."""
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, _page, 0, host="127.0.0.1"))
        site = f"127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        server = await Server.started(data, [*_ARGUMENTS, "--allow-target", site])
        try:
            url = await server.wait_url()
            async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_S) as client:
                document = (await client.get(f"{url}/openapi.json")).json()
            yield Target(server, url, data, site, document, limit_s)
        finally:
            await server.abandon()
            nursery.cancel_scope.cancel()


async def _page(stream: trio.SocketStream) -> None:
    """Answers every request with the same page."""
    rest = b""
    async for data in stream:
        heads = (rest + data).split(b"\r\n\r\n")
        rest = heads.pop()
        await stream.send_all(_PAGE * len(heads))
