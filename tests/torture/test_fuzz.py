"""A share of the fuzz on every commit, and that it sees what it is there for."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager

import pytest
import trio

from torture.fuzz.experiment import run
from torture.fuzz.frames import problem_of_frames
from torture.fuzz.inputs import Input, Sent
from torture.fuzz.judge import Log, answer_problem
from torture.fuzz.wire import Caller, Wrong
from torture.verdict import Scale

MANAGER = (
    b'{"status": {"code": 404, "message": "x"}, "message": "x", '
    b'"error": "not_found", "details": {"a": 1}}'
)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ASKS = Input("request", Sent.REQUEST, (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",))
HEADERS = [
    ("content-security-policy", "x"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
]


def test_a_share_of_the_inputs_holds():
    verdict = run(Scale(share=0.01))
    assert [found.what for found in verdict.violations] == []
    assert verdict.ran == 200
    for seen in ("101:", "200:", "400:", "401:", "404:", "405:", "421:"):
        assert seen in verdict.facts["statuses"]


# ------------------------------------------------------- a server that is not as it should be


@asynccontextmanager
async def caller_of(*answers):
    """A caller of a server that gives these answers, one a request, and then closes."""

    async def serve(stream):
        for answer in answers:
            await stream.receive_some()
            await stream.send_all(answer)

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, serve, 0)
        caller = Caller(("127.0.0.1", listeners[0].socket.getsockname()[1]))
        try:
            yield caller
        finally:
            caller.close()
        nursery.cancel_scope.cancel()


async def test_a_connection_that_is_closed_without_a_word_is_seen():
    async with caller_of(OK) as caller:
        assert await caller.send(ASKS) == [200]
        with pytest.raises(Wrong, match="closed without a word after 1 answers"):
            await caller.send(ASKS)


async def test_an_answer_that_is_cut_short_is_seen():
    async with caller_of(OK[:-1]) as caller:
        with pytest.raises(Wrong, match="no HTTP came back"):
            await caller.send(ASKS)


async def test_a_connection_that_is_said_to_end_may():
    last = OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n")
    async with caller_of(last) as caller:
        assert [await caller.send(ASKS), await caller.send(ASKS)] == [[200], [200]]


@pytest.mark.parametrize("sent", [Sent.REQUEST, Sent.STREAM, Sent.SOCKET])
async def test_a_server_that_does_not_answer_is_seen(autojump_clock, sent):
    async def silent(stream):
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, silent, 0)
        caller = Caller(("127.0.0.1", listeners[0].socket.getsockname()[1]))
        with pytest.raises(Wrong, match="within 5"):
            await caller.send(Input("x", sent, ASKS.pieces))
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("status", "headers", "body", "wrong"),
    [
        (200, HEADERS, b"anything", None),
        (200, HEADERS[1:], b"", "no content-security-policy"),
        (500, HEADERS, b"", "status 500"),
        (404, HEADERS, b"<h1>Not Found</h1>", "another shape"),
        (404, HEADERS, b'{"error": {"code": "not_found", "message": ""}}', "another shape"),
        (400, HEADERS, b'{"error": {"code": "not_found", "message": "", "details": {}}}', "shape"),
        (404, HEADERS, b'{"error": {"code": "not_found", "message": "", "details": {}}}', None),
        (404, HEADERS, MANAGER, None),
        (400, HEADERS, MANAGER, "another shape"),
        (404, HEADERS, MANAGER.replace(b": 404", b": 0"), "another shape"),
        (404, HEADERS, MANAGER.replace(b'"x"', b'"y"', 1), "another shape"),
    ],
)
def test_what_is_wrong_with_an_answer_is_seen(status, headers, body, wrong):
    said = answer_problem(status, headers, body, "GET")
    assert said is None if wrong is None else wrong in said


@pytest.mark.parametrize(
    ("frames", "wrong"),
    [
        (b'\x81\x10{"type": "pong"}', None),
        (b"\x88\x02\x03\xe8", None),
        (b"\x81\x02no", "no JSON"),
        (b'\x81\x0d{"type": "x"}', "no known type"),
        (b"\x01\x02{}", "begins with 0x1"),
        (b"\x82\x02{}", "kind 2"),
        (b"\x88\x01\x03", "half a code"),
    ],
)
def test_what_is_wrong_with_frames_is_seen(frames, wrong):
    said = problem_of_frames(b"HTTP/1.1 101 \r\n\r\n" + frames)
    assert said is None if wrong is None else wrong in said


def test_the_log_is_read_line_by_line(tmp_path):
    file = tmp_path / "log"
    lines = [
        json.dumps({"level": "debug", "event": "request"}),
        json.dumps({"level": "warning", "event": "a connection failed"}),
        "Exception ignored in: <x>",
        '{"level": "error", "event": "half a li',
    ]
    file.write_text("\n".join(lines))
    log = Log(file)
    assert [said[:12] for said in log.problems()] == ["the log says", "the log has "]
    with file.open("a") as more:
        more.write('ne"}\n')
    assert [said[:12] for said in log.problems()] == ["the log says"]
    assert log.holds(("ignored", "not there")) == ["ignored"]
