"""Calls as they go well, however an endpoint writes its answers."""

import json

import pytest
import trio

from executors.agent.model import exchange
from executors.agent.model.reply import MAX_CALLS
from executors.agent.ports import AnswerBroken, ChatRequest, ToolCall
from state.spending import Spend
from tests.support.talking import (
    ASK,
    DONE,
    GOOD,
    HANG,
    JSON_TYPE,
    SOON,
    STREAM_TYPE,
    WHOLE,
    answer,
    calls,
    delta,
    event,
    spoken,
    stream,
    used,
)

HELLO = (delta(content="hello"), delta("stop"), used(), DONE)
TOOL = {"type": "function", "function": {"name": "write", "parameters": {"type": "object"}}}
SPENT = Spend(calls=1, prompt_tokens=12, completion_tokens=3, unpriced=1)


async def test_a_stream_is_heard_as_it_comes_and_told_as_a_whole(talk):
    pieces = [delta(content="hel"), delta(content="lo"), delta("stop"), used(), DONE]
    heard = []
    async with talk.model(stream(*pieces), key="sk-1234567") as (model, talker):
        reply = await model.call(ASK, heard.append)
    assert heard == ["hel", "lo"]
    assert (reply.text, reply.finish, reply.spend) == ("hello", "stop", SPENT)
    assert reply.usage_from == "endpoint"
    [asked] = talker.heard
    assert (asked.method, asked.path) == ("POST", "/v1/chat/completions")
    assert asked.headers["authorization"] == "Bearer sk-1234567"
    assert asked.body == {
        "model": "small",
        "messages": ASK.messages,
        "max_tokens": 100,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_a_whole_answer(talk):
    schema = {"name": "verdict", "schema": {"type": "object"}}
    request = ChatRequest(messages=[], stream=False, tools=[TOOL], answer_schema=schema)
    reply, talker = await talk.once(answer(), request=request)
    assert (reply.text, reply.model, reply.spend) == ("hello", "small", SPENT)
    body = talker.heard[0].body
    assert body["response_format"] == {"type": "json_schema", "json_schema": schema}
    assert body["tools"] == [TOOL]
    assert "stream_options" not in body


async def test_a_connection_is_used_again(talk):
    async with talk.model(spoken(), answer()) as (model, talker):
        await model.call(ASK)
        await model.call(WHOLE)
        await model.call(WHOLE)
    assert (len(talker.heard), talker.connections) == (3, 1)


SSE_SHAPES = {
    "CRLF": lambda body: [body.replace(b"\n", b"\r\n")],
    "CR": lambda body: [body.replace(b"\n", b"\r")],
    "byte by byte": lambda body: [body[at : at + 1] for at in range(len(body))],
    "a BOM": lambda body: [b"\xef\xbb\xbf" + body],
    "comments": lambda body: [b": keep-alive\n\n" + body.replace(b"\n\n", b"\n\n: still here\n\n")],
    "no space": lambda body: [body.replace(b"data: ", b"data:")],
    "names and ids": lambda body: [body.replace(b"data: ", b"event: m\nid: 1\nretry: 5\ndata: ")],
    "no [DONE]": lambda body: [body.replace(DONE, b"")],
    "no last newline": lambda body: [body.removesuffix(b"\n\n")],
}


@pytest.mark.parametrize("shape", SSE_SHAPES)
async def test_streams_of_every_shape(talk, shape):
    body = b"".join(
        [
            'data: {"choices": [{"delta": {"content": "héllo 世界 🌙"}}]}\n\n'.encode(),
            delta("stop"),
            used(),
            DONE,
        ]
    )
    reply, talker = await talk.once(stream(*SSE_SHAPES[shape](body)))
    assert (reply.text, reply.finish, reply.spend) == ("héllo 世界 🌙", "stop", SPENT)
    assert len(talker.heard) == 1


async def test_an_event_may_have_many_lines(talk):
    lines = json.dumps({"choices": [{"delta": {"content": "hi"}}]}, indent=1).split("\n")
    body = "".join(f"data: {line}\n" for line in lines).encode() + b"\n"
    reply, _ = await talk.once(stream(body, delta("stop"), used(), DONE))
    assert reply.text == "hi"


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        pytest.param(ASK, answer(), id="whole, to a stream"),
        pytest.param(ASK, answer(GOOD, "200 OK", STREAM_TYPE), id="whole, called a stream"),
        pytest.param(WHOLE, spoken(), id="a stream, to a whole"),
        pytest.param(
            WHOLE,
            stream(delta(content="hello"), delta("stop"), used(), kind=JSON_TYPE),
            id="as JSON",
        ),
    ],
)
async def test_the_answer_decides_how_it_is_read(talk, request_, told):
    reply, talker = await talk.once(told, request=request_)
    assert (reply.text, reply.spend) == ("hello", SPENT)
    assert len(talker.heard) == 1


async def test_thoughts_are_no_text(talk):
    pieces = [delta(reasoning_content="Hm, hm."), delta(content="hello"), delta("stop"), used()]
    reply, _ = await talk.once(stream(*pieces, DONE))
    assert reply.text == "hello"


async def test_halves_of_a_character_are_put_together(talk):
    halves = [
        b'data: {"choices": [{"delta": {"content": "\\ud83c"}}]}\n\n',
        b'data: {"choices": [{"delta": {"content": "\\udf19"}}]}\n\n',
        b'data: {"choices": [{"delta": {"content": " \\ud83c!"}}]}\n\n',
    ]
    reply, _ = await talk.once(stream(*halves, delta("stop"), used(), DONE))
    assert reply.text == "🌙 \N{REPLACEMENT CHARACTER}!"


async def test_a_refusal_and_parts_are_text(talk):
    parts = [{"type": "text", "text": "hel"}, {"type": "image"}, {"type": "text", "text": "lo"}]
    reply, _ = await talk.once(stream(delta(content=parts), delta("stop"), used(), DONE))
    assert reply.text == "hello"
    reply, _ = await talk.once(stream(delta(refusal="I must not."), delta("stop"), used(), DONE))
    assert reply.text == "I must not."


def piece(arguments=None, *, name=None, **more):
    function = {"name": name, "arguments": arguments}
    return {"function": {key: value for key, value in function.items() if value is not None}} | more


WRITE = ToolCall("a", "write", '{"path": "x"}')
TWO = (ToolCall("a", "write", "{}"), ToolCall("b", "read", "{}"))
TOOL_CALLS = {
    "in pieces": (
        [
            piece("", name="write", index=0, id="a"),
            piece('{"path"', index=0),
            piece(': "x"}', index=0),
        ],
        (WRITE,),
    ),
    "no index": ([piece('{"path"', name="write", id="a"), piece(': "x"}')], (WRITE,)),
    "the id again": (
        [piece('{"path"', name="write", index=0, id="a"), piece(': "x"}', index=0, id="a")],
        (WRITE,),
    ),
    "the name again": (
        [piece('{"path"', name="write", index=0, id="a"), piece(': "x"}', name="write", index=0)],
        (WRITE,),
    ),
    "the name in pieces": (
        [
            piece(name="wr", index=0, id="a"),
            piece(name="ite", index=0),
            piece('{"path": "x"}', index=0),
        ],
        (WRITE,),
    ),
    "arguments as an object": ([piece({"path": "x"}, name="write", id="a")], None),
    "two, mixed": (
        [
            piece("{", name="write", index=0, id="a"),
            piece("{", name="read", index=1, id="b"),
            piece("}", index=0),
            piece("}", index=1),
        ],
        TWO,
    ),
    "two, by their ids": (
        [piece("{}", name="write", id="a"), piece("{", name="read", id="b"), piece("}", id="b")],
        TWO,
    ),
    "two, one index": (
        [piece("{}", name="write", index=0, id="a"), piece("{}", name="read", index=0, id="b")],
        TWO,
    ),
    "two, no ids": (
        [piece("{}", name="write", id=""), piece("{}", name="read")],
        (ToolCall("call_1", "write", "{}"), ToolCall("call_2", "read", "{}")),
    ),
    "ids twice": (
        [piece("{}", name="write", index=0, id="a"), piece("{}", name="read", index=1, id="a")],
        (ToolCall("a", "write", "{}"), ToolCall("a_2", "read", "{}")),
    ),
    "junk": ([None, 7, {"function": 3, "index": True}, piece("{}", name="write", id="a")], None),
}


@pytest.mark.parametrize("shape", TOOL_CALLS)
async def test_tool_calls_of_every_shape(talk, shape):
    told, wanted = TOOL_CALLS[shape]
    reply, _ = await talk.once(stream(*calls(*told), delta("tool_calls"), used(), DONE))
    if wanted is None:
        assert [call.name for call in reply.tool_calls if call.name] == ["write"]
        assert json.loads(reply.tool_calls[-1].arguments) in ({"path": "x"}, {})
    else:
        assert reply.tool_calls == wanted
    assert reply.finish == "tool_calls"


async def test_the_old_function_call(talk):
    old = {"name": "write", "arguments": '{"path": "x"}'}
    message = {"role": "assistant", "content": None, "function_call": old}
    told = {"choices": [{"message": message, "finish_reason": "function_call"}]}
    reply, _ = await talk.once(answer(told), request=WHOLE)
    assert reply.tool_calls == (ToolCall("call_1", "write", '{"path": "x"}'),)


@pytest.mark.parametrize(("count", "is_good"), [(MAX_CALLS, True), (MAX_CALLS + 1, False)])
async def test_a_reply_has_so_many_tool_calls_at_most(talk, count, is_good):
    told = stream(*calls(*(piece("{}", name="a", index=n) for n in range(count))), delta("stop"))
    if is_good:
        reply, _ = await talk.once(told)
        assert len(reply.tool_calls) == MAX_CALLS
    else:
        with pytest.raises(AnswerBroken, match=f"more than {MAX_CALLS} tool calls"):
            await talk.once(told)


async def test_a_usage_in_the_last_choice_counts(talk):
    last = {"choices": [{"delta": {}, "finish_reason": "stop", "usage": {"prompt_tokens": 1}}]}
    last["usage"] = {"prompt_tokens": 12, "completion_tokens": 3}
    reply, _ = await talk.once(stream(delta(content="hello"), event(last), DONE))
    assert reply.spend == SPENT


async def test_a_reply_is_whole_though_its_connection_breaks_after_the_last_word(talk):
    pieces = stream(delta(content="hello"), delta("stop"), "cut", ends=False)
    reply, talker = await talk.once(pieces)
    assert (reply.text, reply.usage_from, len(talker.heard)) == ("hello", "counted", 1)


async def test_a_usage_that_does_not_come_is_not_waited_for_long(talk, monkeypatch):
    monkeypatch.setattr(exchange, "USAGE_S", 0.05)
    pieces = stream(delta(content="hello"), delta("stop"), HANG, ends=False)
    with trio.fail_after(SOON.total_s / 2):
        reply, _ = await talk.once(pieces)
    assert (reply.text, reply.usage_from) == ("hello", "counted")


async def test_what_comes_after_done_is_nothing(talk):
    junk = delta(content=" and more"), b"data: {nope\n\n"
    reply, talker = await talk.once(stream(*HELLO, *junk))
    assert (reply.text, reply.spend, len(talker.heard)) == ("hello", SPENT, 1)


async def test_what_hangs_after_done_is_left(talk, monkeypatch):
    monkeypatch.setattr(exchange, "USAGE_S", SOON.total_s)
    pieces = stream(delta(content="hello"), delta("stop"), used(), DONE, HANG, ends=False)
    with trio.fail_after(SOON.total_s / 2):
        reply, _ = await talk.once(pieces)
    assert reply.spend == SPENT
