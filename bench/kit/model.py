"""The model that all agents of a table ask, as a process of its own: `kit.served` has the server.

Run as a script by `tables.agents`: it prints its base URL, and serves until it is stopped. It is a
bare asyncio protocol so that it is not what the table measures. Each answer goes out 50 ms after
its request has come. A task (`#task: NAME` in its messages) is three rounds of three calls: the
coder writes a file by a tool, says so, is judged, and is done after the third. What belongs to no
task is given a text. Streams are streamed: a first event, then the others, the usage and the end.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
from functools import cache

LATENCY_S = 0.05
# The kernel is asked to wait for whole milliseconds, rounded up: so they are right on average.
HALF_TICK_S = 0.000_5
ROUNDS, CALLS_A_ROUND = 3, 3
CONTENT_CHARS = 200
HEAD_END = b"\r\n\r\n"

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.I)
_STREAMED = re.compile(rb'"stream": ?true')
_TASK = re.compile(rb"#task: ([\w.-]+)")
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)
_WHOLE_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
_USAGE = {"prompt_tokens": 500, "completion_tokens": 50, "total_tokens": 550}


class Model(asyncio.Protocol):
    """One connection. `calls` is how many each task has made, shared by all connections and written
    by this loop only."""

    def __init__(self, calls: dict[bytes, int]) -> None:
        self.calls = calls
        self.loop = asyncio.get_running_loop()
        self.rest = b""  # written by data_received
        self.transport: asyncio.Transport | None = None  # written by connection_made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        at = self.loop.time() + LATENCY_S - HALF_TICK_S
        self.rest += data
        end = self.rest.find(HEAD_END) + len(HEAD_END)
        if end < len(HEAD_END):
            return
        length = int(_LENGTH.search(self.rest, 0, end)[1])
        if len(self.rest) >= end + length:
            body, self.rest = self.rest[end : end + length], self.rest[end + length :]
            self.loop.call_at(at, self.say, self.pieces(body))

    def say(self, pieces: tuple[bytes, ...]) -> None:
        for piece in pieces:
            self.transport.write(piece)

    def pieces(self, body: bytes) -> tuple[bytes, ...]:
        """The answer, as it is sent. Made at once, so that it does not come on top of the time."""
        named = _TASK.search(body)
        if named is None:
            return said("It is written. " * 4)
        task = named[1]
        turn = self.calls[task] = self.calls.get(task, -1) + 1
        round_, step = divmod(turn, CALLS_A_ROUND)
        if (step < CALLS_A_ROUND - 1) != (_STREAMED.search(body) is not None):
            return (b"HTTP/1.1 409 Conflict\r\ncontent-length: 0\r\n\r\n",)
        if step == 0:
            return streamed({"tool_calls": [written(task.decode(), round_ + 1)]}, "tool_calls")
        return said("It is written.") if step == 1 else judged(round_ + 1)


def written(task: str, round_: int) -> dict[str, object]:
    """A tool call that writes the task's file anew."""
    content = f"{round_} {task} ".ljust(CONTENT_CHARS, "x")
    arguments = json.dumps({"path": "a.txt", "content": content})
    function = {"name": "write_file", "arguments": arguments}
    return {"index": 0, "id": f"call_{task}_{round_}", "type": "function", "function": function}


def streamed(delta: dict[str, object], finish: str) -> tuple[bytes, ...]:
    first = event({"role": "assistant", "content": ""}, None)
    usage = b"data: %s\n\n" % json.dumps({**base(True), "choices": [], "usage": _USAGE}).encode()
    rest = (event(delta, None), event({}, finish), usage, b"data: [DONE]\n\n")
    return _STREAM_HEAD + chunk(first), b"".join(map(chunk, rest)) + b"0\r\n\r\n"


@cache
def said(text: str) -> tuple[bytes, ...]:
    return streamed({"content": text}, "stop")


@cache
def judged(round_: int) -> tuple[bytes, ...]:
    verdict = {"done": round_ == ROUNDS, "score": 30 * round_, "missing": ["more"]}
    message = {"role": "assistant", "content": json.dumps(verdict)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = json.dumps({**base(False), "choices": [choice], "usage": _USAGE}).encode()
    return (_WHOLE_HEAD % len(body) + body,)


def base(is_chunk: bool) -> dict[str, object]:
    sort = "chat.completion.chunk" if is_chunk else "chat.completion"
    return {"id": "chatcmpl-bench", "object": sort, "created": 1_700_000_000, "model": "demo"}


def event(delta: dict[str, object], finish: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: %s\n\n" % json.dumps({**base(True), "choices": [choice]}).encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def main() -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    calls: dict[bytes, int] = {}
    server = await loop.create_server(lambda: Model(calls), "127.0.0.1", 0, backlog=4096)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await stopped.wait()


if __name__ == "__main__":
    asyncio.run(main())
