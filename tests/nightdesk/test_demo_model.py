"""The scripted endpoint: it speaks the protocol, and does what a script says, wrong things too."""

from __future__ import annotations

import json

import httpx
import msgspec
import pytest

from nightdesk.demo_model.author import answer
from nightdesk.demo_model.endpoint import PLAIN, Endpoint, Manner
from nightdesk.demo_model.script import (
    Round,
    Say,
    Script,
    Scripts,
    Trouble,
    Use,
    settled,
    verdict,
    writes,
)
from nightdesk.demo_model.wire import Message, Request

WRITE = {
    "type": "function",
    "function": {
        "name": "write_file",
        "parameters": {
            "type": "object",
            "properties": {"path": {"type": "string"}, "text": {"type": "string"}},
            "required": ["path", "text"],
        },
    },
}


def asked(prompt: str, *more: dict, stream: bool = True, **fields) -> dict:
    body = {
        "model": "m",
        "messages": [{"role": "user", "content": prompt}, *more],
        "stream": stream,
        **fields,
    }
    if stream:
        body |= {"stream_options": {"include_usage": True}, "tools": [WRITE]}
    return body


@pytest.fixture
async def begin(nursery):
    """Starts an endpoint; returns it with a client of it."""

    async def start(manner: Manner = PLAIN) -> tuple[Endpoint, httpx.AsyncClient]:
        endpoint = await nursery.start(Endpoint(manner).serve)
        client = httpx.AsyncClient(base_url=endpoint.base_url, timeout=60, trust_env=False)
        return endpoint, client

    return start


async def heard(client: httpx.AsyncClient, body: dict) -> dict:
    """The streamed answer, put together again."""
    text, calls, finish, usage = "", {}, None, None
    answer = await client.post("/chat/completions", json=body)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/event-stream"
    lines = [line for line in answer.text.split("\n\n") if line]
    assert lines[-1] == "data: [DONE]"
    for line in lines[:-1]:
        event = json.loads(line.removeprefix("data: "))
        usage = event.get("usage", usage)
        for choice in event["choices"]:
            text += choice["delta"].get("content") or ""
            finish = choice["finish_reason"] or finish
            for piece in choice["delta"].get("tool_calls", ()):
                call = calls.setdefault(piece["index"], {"arguments": ""})
                call["arguments"] += piece["function"]["arguments"]
                call["name"] = piece["function"].get("name", call.get("name"))
    return {"text": text, "calls": list(calls.values()), "finish": finish, "usage": usage}


async def test_unscripted_it_writes_a_program_and_improves_it(begin):
    _, client = await begin()
    async with client:
        first = await heard(client, asked("write a game"))
        assert first["finish"] == "tool_calls"
        assert first["calls"][0]["name"] == "write_file"
        assert json.loads(first["calls"][0]["arguments"])["path"] == "guess.py"
        tool = {"role": "tool", "content": "written"}
        said = await heard(client, asked("write a game", tool))
        assert said["finish"] == "stop"
        judge = asked("write a game\n" + said["text"], stream=False)
        verdict_ = (await client.post("/chat/completions", json=judge)).json()
        told = json.loads(verdict_["choices"][0]["message"]["content"])
        assert (told["done"], told["score"]) == (False, 60)
        again = asked("write a game", {"role": "user", "content": told["missing"][0]})
        second = await heard(client, again)
        assert second["calls"] != first["calls"]
        last = await heard(client, asked("write a game" + told["missing"][0], tool))
        judge = asked("write a game\n" + last["text"], stream=False)
        verdict_ = (await client.post("/chat/completions", json=judge)).json()
        assert json.loads(verdict_["choices"][0]["message"]["content"])["done"] is True


def test_what_it_writes_is_python():
    _, said = answer(Request("m", (Message("user", "a game"),)), "coder")
    compile(said.tools[0].arguments["content"], "guess.py", "exec")


async def test_a_script_in_the_prompt_goes_round_by_round(begin):
    judged = (verdict(False, 10, "ä"), verdict(True, 99))
    script = Script(rounds=tuple(Round(judge=(said,)) for said in judged))
    prompt = f"#script: {msgspec.json.encode(script).decode()}\nDo it."
    endpoint, client = await begin()
    async with client:
        scores = []
        for number in range(3):
            await heard(client, asked(prompt, {"role": "user", "content": f"round {number}"}))
            judge = asked(prompt, {"role": "user", "content": f"judge {number}"}, stream=False)
            told = (await client.post("/chat/completions", json=judge)).json()
            scores.append(json.loads(told["choices"][0]["message"]["content"])["score"])
        assert scores == [10, 99, 99]
        assert [(h.round, h.role) for h in endpoint.course.heard] == [
            (1, "coder"),
            (1, "judge"),
            (2, "coder"),
            (2, "judge"),
            (3, "coder"),
            (3, "judge"),
        ]


async def test_the_same_request_gets_the_same_answer_and_is_noticed(begin):
    manner = Manner(scripts=Scripts(by_text={"x": settled(3)}))
    endpoint, client = await begin(manner)
    async with client:
        first = await heard(client, asked("x"))
        assert await heard(client, asked("x")) == first
        assert len(endpoint.course.twice()) == 1
        assert endpoint.course.counts()[("x", 1, "coder")] == 2


async def test_tasks_of_one_script_are_told_apart(begin):
    endpoint, client = await begin(Manner(scripts=Scripts(by_text={"": settled(2)})))
    async with client:
        for name in ("a", "b"):
            await heard(client, asked(f"#task: {name}\nwrite"))
        assert {h.task: h.turn for h in endpoint.course.heard} == {"a": 0, "b": 0}


@pytest.mark.parametrize(
    ("trouble", "status", "retry_after"),
    [
        (Trouble(status=429, retry_after="7"), 429, "7"),
        (Trouble(status=503), 503, None),
        (Trouble(status=401, body="<html>"), 401, None),
        (Trouble(garbage="{nonsense"), 200, None),
    ],
)
async def test_a_try_that_fails_is_followed_by_the_answer(begin, trouble, status, retry_after):
    script = Script(rounds=(Round(judge=(verdict(True, 80, before=(trouble,)),)),))
    endpoint, client = await begin(Manner(scripts=Scripts(by_text={"x": script})))
    async with client:
        first = await client.post("/chat/completions", json=asked("x", stream=False))
        assert first.status_code == status
        assert first.headers.get("retry-after") == retry_after
        second = await client.post("/chat/completions", json=asked("x", stream=False))
        assert json.loads(second.json()["choices"][0]["message"]["content"])["score"] == 80
        assert [h.whole for h in endpoint.course.heard] == [False, True]


@pytest.mark.parametrize("trouble", [Trouble(drop=True), Trouble(cut=40), Trouble(hang_s=0.0)])
@pytest.mark.parametrize("stream", [True, False])
async def test_connections_break_off(begin, trouble, stream):
    say = Say(text="long " * 100, before=(trouble,))
    script = Script(rounds=(Round(coder=(say,), judge=(say,)),))
    endpoint, client = await begin(Manner(scripts=Scripts(by_text={"x": script})))
    async with client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post("/chat/completions", json=asked("x", stream=stream))
        assert not endpoint.course.answered()
        whole = await client.post("/chat/completions", json=asked("x", stream=stream))
        assert "long long" in whole.text


@pytest.mark.parametrize(
    ("usage", "told"),
    [
        ("none", None),
        (
            {"prompt_tokens": -1, "completion_tokens": 2**63},
            {"prompt_tokens": -1, "completion_tokens": 2**63},
        ),
    ],
)
async def test_usage_is_absent_or_absurd_on_request(begin, usage, told):
    script = Script(rounds=(Round(coder=(Say(text="hi", usage=usage),)),))
    _, client = await begin(Manner(scripts=Scripts(by_text={"x": script})))
    async with client:
        assert (await heard(client, asked("x")))["usage"] == told


async def test_malicious_tool_calls_go_out_as_written(begin):
    uses = (
        Use(name="write_file", arguments='{"path": "../../etc/passwd", "text": "x"}', id="same"),
        Use(name="no_such_tool", arguments="{broken", id="same"),
    )
    script = Script(rounds=(Round(coder=(Say(tools=uses),)),))
    _, client = await begin(Manner(scripts=Scripts(by_text={"x": script})))
    async with client:
        calls = (await heard(client, asked("x")))["calls"]
        assert [call["arguments"] for call in calls] == [use.arguments for use in uses]


async def test_keys_models_and_rates_are_kept_to(begin):
    manner = Manner(keys=("right",), models=("m",), calls_max=0, retry_after="3")
    _, client = await begin(manner)
    async with client:
        assert (await client.get("/models")).status_code == 401
        client.headers["authorization"] = "Bearer right"
        assert (await client.get("/models")).json()["data"][0]["id"] == "m"
        full = await client.post("/chat/completions", json=asked("x"))
        assert (full.status_code, full.headers["retry-after"]) == (429, "3")
    _, client = await begin(Manner(models=("other",)))
    async with client:
        unknown = await client.post("/chat/completions", json=asked("x"))
        assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "model_not_found")


async def test_what_is_no_request_or_no_script_is_refused(begin):
    _, client = await begin()
    async with client:
        for body in (b"{", b"[]", b'{"model": 1}', json.dumps(asked("#script: {no")).encode()):
            answer = await client.post("/chat/completions", content=body)
            assert answer.status_code == 400, body
        assert (await client.get("/elsewhere")).status_code == 404
        assert (await client.get("/chat/completions")).status_code == 405


def test_a_script_survives_being_quoted_in_json():
    prompt = '#script: {"rounds": [{"coder": [{"text": "a \\"quote\\""}]}]}\nDo it. "Now"'
    plain = Scripts().of([prompt])
    assert plain is not None
    assert Scripts().of([json.dumps({"task": prompt})]) == plain
    assert plain[1].rounds[0].coder[0].text == 'a "quote"'
    assert writes("a", "b").tools[0].name == "@write"
