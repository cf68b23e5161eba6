"""What a peer may do to its socket: it ends itself, with a word, and nobody else."""

from __future__ import annotations

import os
import socket
import struct
from contextlib import suppress

import pytest
import trio
from msgspec.structs import replace

from nightdesk.limits import DEFAULT_LIMITS
from tests.support.serving import ask, served
from tests.web.conftest import GUEST
from web.app import build_app
from web.rates import Rate

LIMITS = {"websocket_max_message_size": 64 * 1024}
STREAM = f"/api/desks/{GUEST}/stream"
SOON_S = 60.0
CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
PING_TEXT = b'{"type": "ping"}'


def frame(opcode, payload=b"", *, fin=True, masked=True, reserved=0, says_bytes=None):
    """One frame as a client sends it; `says_bytes` lies about its length."""
    size = len(payload) if says_bytes is None else says_bytes
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    mask = 0x80 if masked else 0
    if size < 126:
        head = bytes([first, mask | size])
    elif size < 2**16:
        head = bytes([first, mask | 126]) + struct.pack("!H", size)
    else:
        head = bytes([first, mask | 127]) + struct.pack("!Q", size)
    # A mask of nothing changes nothing.
    return head + (b"\0\0\0\0" if masked else b"") + payload


def fragments(count, payload):
    parts = [frame(TEXT, payload, fin=False)]
    return b"".join(parts + [frame(CONTINUED, payload, fin=False)] * (count - 1))


# What is sent after the handshake, and the codes that it may be closed with.
ATTACKS = {
    # Too much.
    "frame of 16 MiB": (frame(TEXT, b"x" * 200_000, says_bytes=16 * 2**20), {1009}),
    "frame of 2^62 bytes": (frame(BINARY, b"x" * 200_000, says_bytes=2**62), {1009}),
    "message of fragments that is too large": (fragments(70, b"x" * 1_000), {1009}),
    "message that is one byte too large": (frame(TEXT, b"x" * (64 * 1024 + 1)), {1009}),
    "fragments without end": (fragments(3_000, b"x"), {1008}),
    "empty fragments without end": (fragments(3_000, b""), {1008}),
    "tiny messages": (frame(TEXT) * 3_000, {1008}),
    "messages that are understood": (frame(TEXT, PING_TEXT) * 3_000, {1008}),
    "pings": (frame(PING, b"x" * 125) * 3_000, {1008}),
    "pongs": (frame(PONG) * 3_000, {1008}),
    # No text.
    "no UTF-8": (frame(TEXT, b"\xff\xfe"), {1007}),
    "no UTF-8 over two fragments": (
        frame(TEXT, b"\xce", fin=False) + frame(CONTINUED, b"x"),
        {1007},
    ),
    "a surrogate": (frame(TEXT, b"\xed\xa0\x80"), {1007}),
    # No frame.
    "not masked": (frame(TEXT, PING_TEXT, masked=False), {1002}),
    "first reserved bit, as deflate has it": (frame(TEXT, b"x", reserved=4), {1002}),
    "second reserved bit": (frame(TEXT, b"x", reserved=2), {1002}),
    "third reserved bit": (frame(TEXT, b"x", reserved=1), {1002}),
    "an opcode of none": (frame(3, b"x"), {1002}),
    "a control opcode of none": (frame(11), {1002}),
    "long length for a short frame": (b"\x81\xfe\0\x01\0\0\0\0x", {1002}),
    "length of 2^63": (b"\x81\xff\x80\0\0\0\0\0\0\0\0\0\0\0", {1002}),
    "long ping": (frame(PING, b"x" * 126), {1002}),
    "ping in parts": (frame(PING, b"x", fin=False), {1002}),
    "the middle of a message": (frame(CONTINUED, b"x"), {1002}),
    "a message in a message": (frame(TEXT, b"x", fin=False) + frame(TEXT, b"y"), {1002}),
    "an HTTP request": (b"GET / HTTP/1.1\r\n\r\n", {1002}),
    # Goodbyes.
    "close of one byte": (frame(CLOSE, b"x"), {1002}),
    "close with a code of none": (frame(CLOSE, struct.pack("!H", 999)), {1002}),
    "close with a code that is never sent": (frame(CLOSE, struct.pack("!H", 1006)), {1002}),
    "close with no text": (frame(CLOSE, struct.pack("!H", 1000) + b"\xff"), {1007}),
    "close, and more": (frame(CLOSE) + frame(TEXT, PING_TEXT) * 100, {1000, 1005}),
    "close twice": (frame(CLOSE, struct.pack("!H", 1001)) * 2, {1001}),
}


def handshake(port, *lines):
    head = [
        f"GET {STREAM} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    kept = [line for line in head if line.split(":")[0] not in {x.split(":")[0] for x in lines}]
    return ("\r\n".join([*kept, *(line for line in lines if ":" in line)]) + "\r\n\r\n").encode()


async def read_end(stream):
    """All that comes until the server closes, be it with something of ours unread."""
    said = b""
    with trio.fail_after(SOON_S), suppress(trio.BrokenResourceError):
        while data := await stream.receive_some(65536):
            said += data
    return said


async def opened(port, then=b""):
    """A socket whose first frame has come, after which `then` is sent, or as much of it as the
    server waits for."""
    stream = await greeted(await trio.open_tcp_stream("127.0.0.1", port), port)
    with suppress(trio.BrokenResourceError):
        await stream.send_all(then)
    return stream


async def greeted(stream, port):
    """The stream, as a socket whose first frame has come."""
    await stream.send_all(handshake(port))
    said = await read_until(stream, lambda said: b'"snapshot"' in said)
    assert said.startswith(b"HTTP/1.1 101")
    return stream


async def read_until(stream, is_enough):
    """What comes until it is enough; fails where the server closes before."""
    said = b""
    with trio.fail_after(SOON_S):
        while not is_enough(said):
            data = await stream.receive_some(65536)
            assert data, said
            said += data
    return said


def close_code(said):
    """Of the close frame at the end of what a server has said; 1005 where it has none."""
    at = max(said.rfind(b"\x88" + bytes([size])) for size in range(126))
    size = said[at + 1]
    assert len(said) == at + 2 + size
    return struct.unpack("!H", said[at + 2 : at + 4])[0] if size >= 2 else 1005


async def until_left(desk):
    """Until nobody watches the desk any more."""
    with trio.fail_after(SOON_S):
        while desk.subscribers:
            await trio.testing.wait_all_tasks_blocked(0.001)


@pytest.mark.parametrize("name", ATTACKS)
async def test_a_peer_that_breaks_the_rules_is_told_and_gone(deps, desk, captured, name):
    sent, codes = ATTACKS[name]
    async with served(build_app(deps), log=captured, **LIMITS) as port:
        stream = await opened(port, sent)
        async with stream:
            assert close_code(await read_end(stream)) in codes
        await until_left(desk)
        assert (await ask(port, path="/healthz"))[0] == 200
    assert [call for call in captured.calls if call.method_name in ("warning", "error")] == []


async def test_a_message_of_the_largest_size_is_answered(deps, desk):
    async with served(build_app(deps), **LIMITS) as port:
        largest = frame(TEXT, b" " * (64 * 1024 - len(PING_TEXT)) + PING_TEXT)
        stream = await opened(port, largest)
        async with stream, trio.open_nursery():
            await read_until(stream, lambda said: b"pong" in said)


async def test_the_pace_of_messages_is_exact(deps, desk):
    limits = replace(DEFAULT_LIMITS, socket_messages=Rate(0.001, 5))
    async with served(build_app(deps), limits=limits, **LIMITS) as port:
        stream = await opened(port, frame(TEXT, PING_TEXT) * 5)
        async with stream:
            await read_until(stream, lambda said: said.count(b'{"type":"pong"}') >= 5)
            await stream.send_all(frame(TEXT, PING_TEXT))
            assert close_code(await read_end(stream)) == 1008


HANDSHAKES = {
    "an old version": ("Sec-WebSocket-Version: 8",),
    "no version": ("Sec-WebSocket-Version",),
    "no key": ("Sec-WebSocket-Key",),
    "an empty key": ("Sec-WebSocket-Key: ",),
    "a long key": ("Sec-WebSocket-Key: " + "x" * 1_000,),
    "a body": ("Content-Length: 5",),
    "a body without end": ("Transfer-Encoding: chunked",),
}


@pytest.mark.parametrize("name", HANDSHAKES)
async def test_what_is_no_handshake_is_refused_in_the_one_shape(deps, desk, name):
    async with served(build_app(deps), **LIMITS) as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            await stream.send_all(handshake(port, *HANDSHAKES[name]))
            said = await read_end(stream)
    assert said.startswith(b"HTTP/1.1 400")
    assert b'"code":"invalid_request"' in said
    assert b"content-security-policy" in said
    assert desk.subscribers == 0


@pytest.mark.parametrize("early", [frame(TEXT, PING_TEXT), frame(TEXT) * 5_000, b"\0" * 100_000])
async def test_frames_before_the_answer_end_it(deps, desk, captured, early):
    async with served(build_app(deps), log=captured, **LIMITS) as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            await stream.send_all(handshake(port) + early)
            await read_end(stream)
        await until_left(desk)
        assert (await ask(port, path="/healthz"))[0] == 200
    assert [call for call in captured.calls if call.method_name in ("warning", "error")] == []


@pytest.mark.parametrize("send_timeout_s", [0.2, 3_600.0])
async def test_who_floods_and_does_not_read_leaves_nothing_behind(deps, desk, send_timeout_s):
    """To tell the application that its peer is gone meant to wait for what waited for the peer:
    one that is cut for its slowness, and one that resets its connection."""
    limits = replace(
        DEFAULT_LIMITS,
        socket_messages=Rate(0.0, 1),
        socket_send_timeout_s=send_timeout_s,
        min_send_bytes_per_s=10**9,
    )
    async with served(build_app(deps), limits=limits, **LIMITS) as port:
        peer = trio.socket.socket()
        # Small, so that little is enough to fill it.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        await peer.connect(("127.0.0.1", port))
        stream = await greeted(trio.SocketStream(peer), port)
        await flood(peer)
        if send_timeout_s > SOON_S:
            linger = struct.pack("ii", 1, 0)
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            await stream.aclose()
        await until_left(desk)
        await stream.aclose()


async def flood(peer):
    """Send messages until the server takes no more, or closes."""
    with socket.socket(fileno=os.dup(peer.fileno())) as raw, suppress(ConnectionError):
        raw.setblocking(False)
        while fill(raw):
            await trio.testing.wait_all_tasks_blocked(0.01)


def fill(raw):
    """Whether there was room for anything."""
    filled = False
    with suppress(BlockingIOError):
        while raw.send(frame(TEXT, b"x") * 1_000):
            filled = True
    return filled


@pytest.mark.parametrize(("desks", "all_"), [(2, 10), (10, 2)])
async def test_so_many_sockets_and_the_next_is_told_to_come_later(with_settings, desk, desks, all_):
    deps = with_settings(max_sockets_per_desk=desks, max_sockets=all_)
    async with served(build_app(deps), **LIMITS) as port:
        first, second = await opened(port), await opened(port)
        third = await trio.open_tcp_stream("127.0.0.1", port)
        async with second, third:
            await third.send_all(handshake(port))
            said = await read_until(third, lambda said: said.endswith(b"sockets"))
            assert close_code(said) == 1013
            await first.aclose()
            while desk.subscribers == 2:
                await trio.testing.wait_all_tasks_blocked(0.001)
            await (await opened(port)).aclose()
