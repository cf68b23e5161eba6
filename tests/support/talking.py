"""A server of models that says byte by byte what a test wants, and hears what it was asked.

For the calls of `executors.agent.model`, through the real client of `workers.net`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any, NamedTuple

import trio

from actors.ports import HttpService
from executors.agent.model.client import Endpoint, Model, Terms
from executors.agent.model.trying import Timing
from executors.agent.ports import ChatRequest
from workers.net.client import open_http

# Steps of an answer besides bytes: the connection ends, or nothing more comes.
CUT = "cut"
HANG = "hang"
Steps = Sequence[bytes | str]

SOON = Timing(backoff_s=0.001, backoff_max_s=0.002, idle_s=30.0, total_s=30.0)
ASK = ChatRequest(messages=[{"role": "user", "content": "Say hello."}], max_tokens=100)
WHOLE = ChatRequest(messages=ASK.messages, max_tokens=100, stream=False)
USAGE = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
GOOD: dict[str, Any] = {
    "model": "small",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}
    ],
    "usage": USAGE,
}


class Heard(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Talker:
    """Serves on loopback. Each request gets the next answer, and the last one again."""

    def __init__(self, *answers: Steps) -> None:
        self.answers = list(answers)
        self.heard: list[Heard] = []
        self.connections = 0
        self.port = 0

    async def serve(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED):
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listener.socket.getsockname()[1]
        task_status.started()
        await trio.serve_listeners(self._connection, [listener])

    async def _connection(self, stream: trio.SocketStream) -> None:
        self.connections += 1
        try:
            async with stream:
                read = b""
                while True:
                    while b"\r\n\r\n" not in read:
                        if not (data := await stream.receive_some()):
                            return
                        read += data
                    head, _, read = read.partition(b"\r\n\r\n")
                    read = await self._request(stream, head, read)
        except (trio.BrokenResourceError, _Cut):
            return

    async def _request(self, stream: trio.SocketStream, head: bytes, read: bytes) -> bytes:
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in fields}
        size = int(headers.get("content-length", "0"))
        while len(read) < size:
            read += await stream.receive_some()
        body, read = read[:size], read[size:]
        method, path, _ = first.split()
        self.heard.append(Heard(method, path, headers, json.loads(body) if body else None))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        for step in answer:
            if step == CUT:
                raise _Cut
            if step == HANG:
                await trio.sleep_forever()
            await stream.send_all(step)
        return read


class _Cut(Exception):
    """The connection ends here."""


def answer(body: Any = GOOD, status: str = "200 OK", *fields: str) -> Steps:
    """A whole answer: JSON, or bytes as they are."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = () if any(each.startswith("content-type") for each in fields) else (JSON_TYPE,)
    return [head(status, f"content-length: {len(data)}", *kind, *fields) + data]


JSON_TYPE = "content-type: application/json"
STREAM_TYPE = "content-type: text/event-stream; charset=utf-8"


def head(status: str, *fields: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode()


def error(status: str, message: str = "no", *fields: str, **more: Any) -> Steps:
    """An error in the shape that most have."""
    return answer({"error": {"message": message, **more}}, status, *fields)


def stream(*pieces: bytes | str, ends: bool = True, kind: str = STREAM_TYPE) -> Steps:
    """A streamed answer of these pieces of its body (CUT and HANG among them)."""
    steps: list[bytes | str] = [head("200 OK", kind, "transfer-encoding: chunked")]
    for piece in pieces:
        is_step = isinstance(piece, str)
        steps.append(piece if is_step else b"%x\r\n%b\r\n" % (len(piece), piece))
    return [*steps, b"0\r\n\r\n"] if ends else steps


def event(told: Any) -> bytes:
    return b"data: " + json.dumps(told).encode() + b"\n\n"


def delta(finish: str | None = None, **fields: Any) -> bytes:
    """One event of a stream."""
    return event({"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]})


def used(usage: Any = None) -> bytes:
    """The event that tells the usage, as OpenAI sends it: without a choice."""
    return event({"choices": [], "usage": USAGE if usage is None else usage})


DONE = b"data: [DONE]\n\n"


def spoken(text: str = "hello", usage: Any = None) -> Steps:
    """An ordinary stream."""
    return stream(delta(role="assistant", content=text), delta("stop"), used(usage), DONE)


def calls(*told: Any) -> Iterator[bytes]:
    """Events of tool calls, one a piece."""
    for each in told:
        yield delta(tool_calls=[each])


@asynccontextmanager
async def service_of(
    talker: Talker, nursery: trio.Nursery, *, login: str = ""
) -> AsyncIterator[HttpService]:
    """The served talker as the worker's client reaches it, under /v1."""
    await nursery.start(talker.serve)
    settings = {
        "origin": f"http://127.0.0.1:{talker.port}",
        "prefix": "/v1",
        "authorization": login,
    }
    async with open_http({"services": {"talker": settings}}) as client:
        yield client.service("talker")


class Talk:
    """A talker, and models that are called at it."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self.told: list[str] = []

    @asynccontextmanager
    async def model(
        self,
        *answers: Steps,
        timing: Timing = SOON,
        login: str = "",
        wall: Callable[[], float] = lambda: 0.0,
        **terms: Any,
    ) -> AsyncIterator[tuple[Model, Talker]]:
        talker = Talker(*answers)
        async with service_of(talker, self._nursery, login=login) as service:
            endpoint = Endpoint(service, timing=timing, random=Random(1), wall=wall)
            yield Model("small", endpoint, Terms(told=self.told.append, **terms)), talker

    async def once(self, *answers: Steps, request: ChatRequest = ASK, **more: Any):
        """The reply of one call, and the talker."""
        async with self.model(*answers, **more) as (model, talker):
            return await model.call(request), talker
