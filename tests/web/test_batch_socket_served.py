"""BatchGo's socket on a real server, spoken to by a client that is not ours."""

from __future__ import annotations

import json

import pytest
import trio
from msgspec.structs import replace
from trio_websocket import open_websocket_url

from state.model import JobStatus
from tests.support.forged import token
from tests.support.serving import open_socket, served
from tests.web.test_batch_socket import ann, make_task
from web.app import build_app

__all__ = ["ann"]


async def told(socket, kind):
    with trio.fail_after(60):
        while True:
            message = json.loads(await socket.get_message())
            if message["type"] == kind:
                return message


async def test_a_browser_s_handshake_is_answered_with_its_protocol(deps, ann):
    """Whoever offers a protocol hangs up where none is taken."""
    task = await make_task(ann)
    async with served(build_app(deps)) as port:
        url = f"ws://127.0.0.1:{port}/api/v1/batchgo/ws"
        async with open_websocket_url(url, subprotocols=["bearer", token()]) as socket:
            assert socket.subprotocol == "bearer"
            await socket.send_message('{"type":"ping"}')
            await told(socket, "pong")
            ann.move(task, JobStatus.RUNNING)
            ann.move(task, JobStatus.COMPLETED, ended_at=1.0)
            assert (await told(socket, "batch_task_completed"))["task_id"] == task


async def test_the_server_s_end_is_1012(deps, ann):
    async with (
        served(build_app(deps)) as port,
        open_socket(port, f"/ws?token={token()}") as socket,
    ):
        await socket.send('{"type":"ping"}')
        assert json.loads(await socket.receive())["type"] == "pong"
        deps.stopping.set()
        assert await socket.receive() is None
        assert socket.close_code == 1012


async def test_a_token_in_the_address_is_in_no_log(deps, captured, ann):
    async with (
        served(build_app(deps), log=captured) as port,
        open_websocket_url(f"ws://127.0.0.1:{port}/ws?token={token()}") as socket,
    ):
        await socket.send_message('{"type":"client_ready"}')
        await socket.send_message('{"type":"ping"}')
        await told(socket, "pong")
    assert token().split(".")[2] not in str(captured.calls)


async def test_another_origin_is_let_in_where_the_operator_named_it(deps, ann):
    origin = "https://shop.example"
    headers = [(b"Origin", origin.encode())]
    for allowed in ((), (origin,)):
        settings = replace(deps.settings, allow_origin=frozenset(allowed))
        async with served(build_app(replace(deps, settings=settings))) as port:
            asked = open_socket(port, f"/ws?token={token()}", headers)
            if not allowed:
                with pytest.raises(AssertionError):
                    await asked.__aenter__()
                continue
            async with asked as socket:
                await socket.send('{"type":"ping"}')
                assert json.loads(await socket.receive())["type"] == "pong"


async def test_a_message_that_is_too_large_ends_the_socket(deps, ann):
    async with (
        served(build_app(deps), websocket_max_message_size=1024) as port,
        open_socket(port, f"/ws?token={token()}") as socket,
    ):
        await socket.send("x" * 2_000)
        assert await socket.receive() is None
        assert socket.close_code == 1009
