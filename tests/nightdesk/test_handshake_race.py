"""A peer that does not wait for the answer to its handshake gets one, from whoever is first."""

from __future__ import annotations

import h11
import pytest
import trio
from hypercorn.protocol.events import Data, EndBody, Request, Response, StreamClosed
from hypercorn.trio.task_group import TaskGroup

from nightdesk.config import Config
from nightdesk.front import hypercorn_config
from nightdesk.websockets import SocketStream
from web.rates import Rate

FRAME = b"\x81\x80\0\0\0\0"
HEADERS = [
    (b"host", b"x"),
    (b"upgrade", b"websocket"),
    (b"connection", b"upgrade"),
    (b"sec-websocket-version", b"13"),
    (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
]
REFUSAL = (
    {"type": "websocket.http.response.start", "status": 404, "headers": []},
    {"type": "websocket.http.response.body", "body": b"no", "more_body": False},
)


async def refusing(scope, receive, send, *_):
    for message in REFUSAL:
        await send(dict(message))


class Wire:
    """What a stream sends; a frame of the peer arrives in the moment of that event."""

    def __init__(self, arrives_at):
        self.stream = None
        self.sent = []
        self._arrives_at = arrives_at

    async def send(self, event):
        self.sent.append(event)
        if isinstance(event, self._arrives_at):
            await self.stream.handle(Data(stream_id=1, data=FRAME))

    def of(self, kind):
        return [event for event in self.sent if isinstance(event, kind)]


async def no_drain():
    await trio.lowlevel.checkpoint()


def stream_on(wire, app, tasks):
    wire.stream = SocketStream(
        Rate(100.0, 100), no_drain, app, hypercorn_config(Config(), []), None, tasks,
        False, ("127.0.0.1", 1), ("127.0.0.1", 2), wire.send, 1,
    )  # fmt: skip
    return wire.stream


async def knock(wire, app):
    async with TaskGroup() as tasks:
        request = Request(
            stream_id=1, headers=h11.Request(method="GET", target="/", headers=HEADERS).headers,
            http_version="1.1", method="GET", raw_path=b"/", state={},
        )  # fmt: skip
        await stream_on(wire, app, tasks).handle(request)


@pytest.mark.parametrize("arrives_at", [Response, EndBody, StreamClosed])
async def test_a_refusal_that_is_being_sent_is_the_only_answer(arrives_at):
    wire = Wire(arrives_at)
    await knock(wire, refusing)
    assert [event.status_code for event in wire.of(Response)] == [404]
    assert len(wire.of(EndBody)) == len(wire.of(StreamClosed)) == 1


async def test_a_refused_handshake_says_that_its_connection_ends():
    wire = Wire(())
    await knock(wire, refusing)
    assert (b"connection", b"close") in wire.of(Response)[0].headers


async def test_a_frame_before_any_answer_is_refused_and_the_application_is_not_heard():
    heard = []

    async def slow(scope, receive, send, *_):
        await receive()
        heard.append((await receive())["type"])
        for message in REFUSAL:
            await send(message)

    wire = Wire(())
    async with TaskGroup() as tasks:
        stream = stream_on(wire, slow, tasks)
        await stream.handle(
            Request(
                stream_id=1, headers=HEADERS, http_version="1.1", method="GET", raw_path=b"/",
                state={},
            )
        )  # fmt: skip
        await stream.handle(Data(stream_id=1, data=FRAME))
    assert [event.status_code for event in wire.of(Response)] == [400]
    assert heard == ["websocket.disconnect"]
