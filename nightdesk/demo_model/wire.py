"""Answers as bytes: a chat completion whole or by server-sent events, and errors as OpenAI's API
has them. Pure; called by `endpoint`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from nightdesk.demo_model.script import Say, Use

_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    529: "Overloaded",
}
_CREATED = 1_700_000_000
_DONE = b"data: [DONE]\n\n"
# So that a call's arguments come in pieces, too.
_ARGUMENT_PIECES = 3


class Function(Struct, frozen=True):
    """Of a tool: its name, and the JSON schema of its arguments."""

    name: str = ""
    parameters: dict[str, Any] = {}


class Tool(Struct, frozen=True):
    """Of a request."""

    function: Function = Function()


class Message(Struct, frozen=True):
    """Of a request; `content` is a text, or parts with texts."""

    role: str = ""
    content: Any = None

    @property
    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        parts = self.content if isinstance(self.content, list) else ()
        return "\n".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))


class StreamOptions(Struct, frozen=True):
    """Of a request."""

    include_usage: bool = False


class Request(Struct, frozen=True):
    """What we read of a request's body; the rest of it may be anything."""

    model: str
    messages: tuple[Message, ...]
    stream: bool = False
    stream_options: StreamOptions | None = None
    tools: tuple[Tool, ...] = ()

    @property
    def with_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage


_requests = msgspec.json.Decoder(Request)
_json = msgspec.json.Encoder()


def read_request(body: bytes) -> Request:
    """Raises msgspec.DecodeError (ValidationError too)."""
    return _requests.decode(body)


def head(status: int, *fields: bytes, length: int | None = None) -> bytes:
    """The head of a response; without a length its body comes in chunks."""
    reason = _REASONS.get(status, "Status").encode()
    body = b"transfer-encoding: chunked" if length is None else b"content-length: %d" % length
    return b"\r\n".join((b"HTTP/1.1 %d %s" % (status, reason), *fields, body, b"", b""))


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


def json_answer(status: int, value: Any, *fields: bytes) -> bytes:
    """A whole response."""
    body = _json.encode(value)
    return head(status, b"content-type: application/json", *fields, length=len(body)) + body


def error_answer(status: int, message: str, kind: str, *fields: bytes) -> bytes:
    error = {"message": message, "type": kind, "param": None, "code": kind}
    return json_answer(status, {"error": error}, *fields)


def completion(say: Say, request: Request, call: str, body_bytes: int) -> bytes:
    """The body of an answer that is not streamed."""
    calls = _tool_calls(say, request, call)
    message: dict[str, Any] = {"role": "assistant", "content": say.text if say.text else None}
    if calls:
        message["tool_calls"] = calls
    value: dict[str, Any] = {
        "id": f"chatcmpl-{call}",
        "object": "chat.completion",
        "created": _CREATED,
        "model": request.model,
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(say)}],
    }
    usage = _usage(say, calls, body_bytes)
    if usage is not None:
        value["usage"] = usage
    return _encoded(value)


def events(say: Say, request: Request, call: str, body_bytes: int) -> list[bytes]:
    """The events of an answer that is streamed, one after the other."""
    base = {
        "id": f"chatcmpl-{call}",
        "object": "chat.completion.chunk",
        "created": _CREATED,
        "model": request.model,
    }
    calls = _tool_calls(say, request, call)
    deltas = [{"role": "assistant", "content": ""}, *_text_deltas(say), *_call_deltas(calls)]
    sent = [_event(base, delta, None) for delta in deltas]
    sent.append(_event(base, {}, _finish(say)))
    usage = _usage(say, calls, body_bytes) if request.with_usage else None
    if usage is not None:
        sent.append(b"data: %s\n\n" % _encoded({**base, "choices": [], "usage": usage}))
    sent.append(_DONE)
    return sent


def _event(base: dict[str, Any], delta: dict[str, Any], finish: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: %s\n\n" % _json.encode({**base, "choices": [choice]})


def _text_deltas(say: Say) -> Iterator[dict[str, Any]]:
    step = max(1, say.piece_chars)
    for start in range(0, len(say.text), step):
        yield {"content": say.text[start : start + step]}


def _call_deltas(calls: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for index, call in enumerate(calls):
        function = {"name": call["function"]["name"], "arguments": ""}
        yield {"tool_calls": [{"index": index, **call, "function": function}]}
        arguments = call["function"]["arguments"]
        step = len(arguments) // _ARGUMENT_PIECES + 1
        for start in range(0, len(arguments), step):
            piece = {"arguments": arguments[start : start + step]}
            yield {"tool_calls": [{"index": index, "function": piece}]}


def _tool_calls(say: Say, request: Request, call: str) -> list[dict[str, Any]]:
    return [_tool_call(use, request, f"call_{call[:8]}_{at}") for at, use in enumerate(say.tools)]


def _tool_call(use: Use, request: Request, unique: str) -> dict[str, Any]:
    name, arguments = use.name, use.arguments
    if name.startswith("@") and not isinstance(arguments, str):
        name, arguments = _as_offered(name[1:], arguments, request.tools)
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    identity = unique if use.id is None else use.id
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": text}}


def _as_offered(
    sort: str, arguments: dict[str, Any], tools: Sequence[Tool]
) -> tuple[str, dict[str, Any]]:
    """The request's tool of that sort, with our arguments under its names: the path under that
    which speaks of a path or a file, the content under the first other that it must have."""
    found = next((tool.function for tool in tools if sort in tool.function.name), None)
    if found is None:
        return sort, arguments
    names = list(found.parameters.get("properties", {}))
    path = next((name for name in names if "path" in name or "file" in name or "dir" in name), None)
    wanted = [name for name in found.parameters.get("required", names) if name != path]
    renamed = {}
    if path is not None and "path" in arguments:
        renamed[path] = arguments["path"]
    if wanted and "content" in arguments:
        renamed[wanted[0]] = arguments["content"]
    return found.name, renamed


def _finish(say: Say) -> str:
    return say.finish if say.finish is not None else ("tool_calls" if say.tools else "stop")


def _usage(say: Say, calls: Sequence[dict[str, Any]], body_bytes: int) -> Any:
    """About four bytes a token, which is what such counts come to."""
    if say.usage == "none":
        return None
    if say.usage != "sane":
        return say.usage
    written = len(say.text) + sum(len(call["function"]["arguments"]) for call in calls)
    prompt, completion_ = body_bytes // 4 + 1, written // 4 + 1
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion_,
        "total_tokens": prompt + completion_,
    }


def _encoded(value: Any) -> bytes:
    """With whatever absurd number a script has for usage: NaN and more than 64 bits, too."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
