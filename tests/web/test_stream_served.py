"""The socket on a real server: handshake, deflate, resets, readers that do not read."""

from __future__ import annotations

import json
import os
import socket as stdlib_socket
import struct
from types import SimpleNamespace

import pytest
import trio
from msgspec.structs import replace
from wsproto.connection import ConnectionState

from actors.messages import LiveProgress
from nightdesk.config import Config
from nightdesk.front import serve_front
from nightdesk.listeners import open_listener
from state.model import Counts
from tests.support.serving import ask, open_socket, served
from tests.web.conftest import GUEST
from tests.web.test_desk_routes import make_job
from web.app import build_app
from web.sending import STREAM as STREAM_KEY
from web.sending import Sender, make_step

STREAM = f"/api/desks/{GUEST}/stream"


def handshake(port, *lines):
    head = [
        f"GET {STREAM} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *lines,
    ]
    return ("\r\n".join(head) + "\r\n\r\n").encode()


async def read_until(stream, end):
    data = b""
    while end not in data:
        chunk = await stream.receive_some(65536)
        assert chunk, data
        data += chunk
    return data


async def test_deflate_is_never_agreed(deps, desk):
    async with served(build_app(deps)) as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
            await stream.send_all(handshake(port, offer))
            head = await read_until(stream, b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101")
    assert b"extensions" not in head.lower()


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("Origin: https://evil.example", 403),
        ("Origin: null", 403),
        ("X-Session-ID: x", 101),
    ],
)
async def test_a_foreign_page_gets_no_socket(deps, desk, line, status):
    async with served(build_app(deps)) as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            await stream.send_all(handshake(port, line))
            head = await read_until(stream, b"\r\n\r\n")
    assert int(head.split()[1]) == status


async def test_another_host_gets_no_socket(deps, desk):
    async with served(build_app(deps)) as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            await stream.send_all(handshake(port).replace(b"127.0.0.1", b"evil.example"))
            head = await read_until(stream, b"\r\n\r\n")
    assert head.split()[1] == b"421"


async def test_our_own_page_gets_frames_and_1012_at_the_end(deps, desk):
    async with served(build_app(deps)) as port:
        headers = [(b"Origin", f"http://127.0.0.1:{port}".encode())]
        async with open_socket(port, STREAM, headers) as socket:
            assert json.loads(await socket.receive())["type"] == "snapshot"
            await socket.send('{"type": "ping"}')
            assert json.loads(await socket.receive()) == {"type": "pong"}
            deps.stopping.set()
            assert await socket.receive() is None
            assert socket.close_code == 1012


async def test_an_unknown_desk_is_404_at_the_handshake(deps):
    async with served(build_app(deps)) as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            await stream.send_all(handshake(port))
            head = await read_until(stream, b"}}")
    assert head.split()[1] == b"404"
    assert deps.desks.desks == {}


async def test_a_peer_that_was_reset_leaves_nothing_behind(deps, desk):
    async with served(build_app(deps)) as port:
        streams = []
        for _ in range(20):
            stream = await trio.open_tcp_stream("127.0.0.1", port)
            await stream.send_all(handshake(port))
            await read_until(stream, b"snapshot")
            streams.append(stream)
        assert desk.subscribers == 20
        for stream in streams:
            linger = struct.pack("ii", 1, 0)
            stream.setsockopt(stdlib_socket.SOL_SOCKET, stdlib_socket.SO_LINGER, linger)
            await stream.aclose()
        job = await make_job(build_app(deps).test_client())
        await until(lambda: desk.subscribers == 0, desk, job["job"]["id"])
        assert (await ask(port, path="/healthz"))[0] == 200


async def test_a_socket_that_ends_gives_its_descriptor_back(deps, desk):
    """At once, and not with the next ping: who opens and leaves in a loop would use them all up."""
    listener = open_listener("127.0.0.1", 0, backlog=8)
    port = listener.getsockname()[1]
    async with trio.open_nursery() as nursery:
        stopping = trio.Event()
        await nursery.start(serve_front, build_app(deps), Config(), [listener], stopping, deps.log)
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            stream = await trio.open_tcp_stream("127.0.0.1", port)
            await stream.send_all(handshake(port))
            await read_until(stream, b"snapshot")
            await stream.aclose()
        with trio.fail_after(60):
            while len(os.listdir("/proc/self/fd")) > before:
                await trio.testing.wait_all_tasks_blocked(0.001)
        stopping.set()


async def test_sockets_are_pinged(deps, desk):
    deps = replace(deps, settings=replace(deps.settings, socket_ping_s=0.01))
    async with served(build_app(deps)) as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            await stream.send_all(handshake(port))
            with trio.fail_after(60):
                await read_until(stream, b"\x89\x00\x89\x00")


@pytest.mark.parametrize("waits", [True, False])
@pytest.mark.parametrize("frame", [b"\x81\x82\0\0\0\0\xff\xff", b"\x83\x80\0\0\0\0"])
async def test_a_peer_that_breaks_the_protocol_is_no_bug_of_ours(
    deps, desk, captured, frame, waits
):
    """It ends its own connection, whether it waits for the handshake's answer or not."""
    async with served(build_app(deps)) as port:
        for _ in range(10):
            stream = await trio.open_tcp_stream("127.0.0.1", port)
            async with stream:
                await stream.send_all(handshake(port) + (b"" if waits else frame))
                if waits:
                    await read_until(stream, b"\r\n\r\n")
                    await stream.send_all(frame)
                while await stream.receive_some(65536):
                    pass
        assert (await ask(port, path="/healthz"))[0] == 200
    assert [call for call in captured.calls if call.method_name == "error"] == []


async def test_a_push_that_meets_the_closing_of_its_connection_is_dropped():
    """Hypercorn's stream as it is for the one step in which another task sends its end of file."""

    class Closing:
        closed = False
        stream_id = 1
        connection = SimpleNamespace(state=ConnectionState.OPEN)

        async def send(self, event):
            raise trio.BusyResourceError("another task is sending")

    await Sender(SimpleNamespace(scope={STREAM_KEY: Closing()})).send(make_step(("{}",)))


async def until(reached, desk, job_id):
    """Publish until it is so; each turn lets the server run."""
    ok = 0
    with trio.fail_after(60):
        while not reached():
            ok += 1
            desk.progress(job_id, LiveProgress(counts=Counts(total=10**6, ok=ok)))
            await trio.testing.wait_all_tasks_blocked(0.001)


async def test_a_reader_that_stops_does_not_hold_the_others(deps, desk):
    """Its frames stay in its own socket; it costs the desk nothing and the reader beside it too."""
    app = build_app(deps)
    for _ in range(50):
        await make_job(app.test_client(), name="x" * 200)
    job_id = next(iter(desk.state.jobs))
    async with served(app) as port:
        stuck = trio.socket.socket()
        stuck.setsockopt(stdlib_socket.SOL_SOCKET, stdlib_socket.SO_RCVBUF, 4096)
        await stuck.connect(("127.0.0.1", port))
        await stuck.send(handshake(port))
        async with open_socket(port, STREAM) as reader:
            for ok in range(1, 4):
                desk.progress(job_id, LiveProgress(counts=Counts(total=2, ok=ok)))
                with trio.fail_after(60):
                    frame = {}
                    while frame.get("revision") != desk.revision:
                        frame = json.loads(await reader.receive())
        assert desk.subscribers >= 1
        stuck.close()


async def test_every_status_comes_through_a_real_socket_in_order(deps, desk):
    app = build_app(deps)
    job_id = (await make_job(app.test_client()))["job"]["id"]
    async with served(app) as port, open_socket(port, STREAM) as socket:
        frames = [json.loads(await socket.receive())]
        for action in ("start", "pause", "resume", "cancel"):
            path = f"/api/desks/{GUEST}/jobs/{job_id}/{action}"
            assert (await ask(port, "POST", path))[0] == 200
        while frames[-1].get("revision") != desk.revision or frames[-1]["type"] != "delta":
            frames.append(json.loads(await socket.receive()))
    steps = [(step["old"], step["new"]) for step in frames if step["type"] == "status"]
    assert steps == [
        ("pending", "queued"),
        ("queued", "paused"),
        ("paused", "queued"),
        ("queued", "cancelled"),
    ]
    assert frames[-1]["jobs"][0]["status"] == "cancelled"
