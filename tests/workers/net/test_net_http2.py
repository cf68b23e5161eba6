"""HTTP/2 servers that flood, reset or leave: each costs its one request, and nothing more."""

from __future__ import annotations

import pytest
import trio

from actors.ports import HttpConnectError, HttpProtocolError
from tests.support.secure import CERTIFICATE, SecureTarget, status
from workers.net.client import open_http
from workers.net.dial import client_tls


@pytest.fixture
async def http():
    settings = {"allow_target": ["127.0.0.1"]}
    tls = client_tls(CERTIFICATE)
    async with open_http(settings, lookup=lambda _: ["127.0.0.1"], tls=tls) as client:
        yield client


@pytest.fixture
def serve(nursery):
    async def served(answer):
        target = SecureTarget("h2", answer=answer)
        await nursery.start(target.run)
        return target

    return served


def frame(kind, flags, stream_id, payload):
    head = len(payload).to_bytes(3, "big") + bytes([kind, flags])
    return head + stream_id.to_bytes(4, "big") + payload


async def settings_without_end(state, stream_id, stream):
    while True:
        await stream.send_all(frame(4, 0, 0, b"") * 500)
        await stream.receive_some(65_536)


async def pings_without_end(state, stream_id, stream):
    while True:
        await stream.send_all(frame(6, 0, 0, bytes(8)) * 500)
        await stream.receive_some(65_536)


async def interim_without_end(state, stream_id, stream):
    while True:
        state.send_headers(stream_id, [(":status", "103")])
        await stream.send_all(state.data_to_send())


async def continuation_without_end(state, stream_id, stream):
    await stream.send_all(frame(1, 0, stream_id, b""))
    while True:
        await stream.send_all(frame(9, 0, stream_id, b""))


async def huge_head(state, stream_id, stream):
    fields = [(f"x-{n}", "v" * 1000) for n in range(100)]
    state.send_headers(stream_id, [(":status", "200"), *fields])


async def padding_without_end(state, stream_id, stream):
    """It is no body, and the flow control lets it through as fast as it is read."""
    state.send_headers(stream_id, [(":status", "200")])
    while True:
        if state.local_flow_control_window(stream_id) < 300:
            state.receive_data(await stream.receive_some(4096))
            continue
        state.send_data(stream_id, b"", pad_length=255)
        await stream.send_all(state.data_to_send())


async def bytes_alone(state, stream_id, stream):
    state.send_headers(stream_id, [(":status", "200")])
    for _ in range(40_000):
        state.send_data(stream_id, b"x")
    await stream.send_all(state.data_to_send())


async def goes_away(state, stream_id, stream):
    state.close_connection(last_stream_id=0)


async def resets_within_the_body(state, stream_id, stream):
    state.send_headers(stream_id, [(":status", "200")])
    state.send_data(stream_id, b"half")
    state.reset_stream(stream_id)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (interim_without_end, HttpProtocolError),
        (settings_without_end, HttpProtocolError),
        (pings_without_end, HttpProtocolError),
        (padding_without_end, HttpProtocolError),
        (bytes_alone, HttpProtocolError),
        (continuation_without_end, HttpProtocolError),
        (huge_head, HttpProtocolError),
        (goes_away, HttpConnectError),
        (resets_within_the_body, HttpConnectError),
    ],
)
async def test_what_ends_a_request(serve, http, ask, answer, error):
    target = await serve(answer)
    with trio.fail_after(60), pytest.raises(error) as caught:
        await ask(http, target.url())
    assert caught.type is error
    target.answer = status("200")
    with trio.fail_after(60):
        assert (await ask(http, target.url()))[0] == 200
    assert target.connections == 2


async def test_a_server_that_left_between_two_requests_is_asked_anew(serve, http, ask):
    async def answers_and_leaves(state, stream_id, stream):
        await status("200")(state, stream_id, stream)
        await stream.send_all(state.data_to_send())
        state.close_connection()

    target = await serve(answers_and_leaves)
    for _ in range(3):
        assert (await ask(http, target.url()))[2] == b"twotwotwo"


@pytest.mark.parametrize("padding", [None, 200], ids=["nothing in it", "padding alone"])
async def test_an_empty_frame_is_no_end_of_a_body(serve, http, ask, padding):
    async def pauses_with_empty_frames(state, stream_id, stream):
        state.send_headers(stream_id, [(":status", "200")])
        for piece in (b"", b"one", b"", b"", b"two", b""):
            state.send_data(stream_id, piece, pad_length=None if piece else padding)
        state.end_stream(stream_id)

    target = await serve(pauses_with_empty_frames)
    assert (await ask(http, target.url()))[2] == b"onetwo"
    assert (await ask(http, target.url()))[2] == b"onetwo"
    assert target.connections == 1
