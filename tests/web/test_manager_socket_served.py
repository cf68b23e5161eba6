"""The task manager's socket on a real server: many that listen, one that does not."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack

import pytest
import trio
from msgspec.structs import replace

from state.memory import MemoryStore
from state.views import desk_key
from tests.support.manager_socket import ME, NOW, Workshop, lines
from tests.support.serving import open_socket, served
from web.app import build_app

HEADERS = [(name.title(), value) for name, value in ME.items()]
LISTENERS = 4
LINES = 1_200


@pytest.fixture
def deps(deps):
    return replace(deps, store=MemoryStore(), now=lambda: NOW)


@pytest.fixture
async def shop(deps):
    return Workshop(await deps.desks.create(desk_key("user:ann"), guest=False), deps.store)


async def heard(socket, count, kind="task_log"):
    """What the next lines say, of one vocabulary."""
    said = []
    with trio.fail_after(60):
        while len(said) < count:
            message = json.loads(await socket.receive())
            if message["type"] == kind:
                said.append(message["data"]["message"])
    return said


async def greeted(socket):
    with trio.fail_after(60):
        while json.loads(await socket.receive())["type"] != "task_status":
            pass


async def listening(stack, port):
    socket = await stack.enter_async_context(open_socket(port, "/api/ws", HEADERS))
    await greeted(socket)
    return socket


async def test_one_that_reads_nothing_holds_up_nobody_and_misses_nothing(deps, shop):
    await shop.work()
    said = [f"line {n}" for n in range(LINES)]
    async with served(build_app(deps)) as port, AsyncExitStack() as stack:
        lazy = await listening(stack, port)
        others = [await listening(stack, port) for _ in range(LISTENERS - 1)]
        got = {}

        async def listen(place, socket):
            got[place] = await heard(socket, LINES)

        async with trio.open_nursery() as nursery:
            for place, socket in enumerate(others):
                nursery.start_soon(listen, place, socket)
            for first in range(0, LINES, 300):
                await shop.log("t1", lines(first, 300))
        assert list(got.values()) == [said] * len(others)
        # What it was not told yet is where it was.
        assert await heard(lazy, LINES) == said
        await lazy.send('{"type":"ping"}')
        with trio.fail_after(60):
            while json.loads(await lazy.receive()) != {"type": "pong"}:
                pass


async def test_the_server_s_end_is_1012(deps, shop):
    await shop.work()
    async with served(build_app(deps)) as port, AsyncExitStack() as stack:
        socket = await listening(stack, port)
        deps.stopping.set()
        with trio.fail_after(60):
            assert await socket.receive() is None
        assert socket.close_code == 1012
