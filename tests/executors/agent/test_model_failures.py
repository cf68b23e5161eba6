"""Calls that fail: what is tried again and how soon, what is not, and what the user is told."""

import json

import pytest

from executors.agent.model import exchange
from executors.agent.model.answers import MAX_WORDS_CHARS
from executors.agent.model.client import Endpoint, Model, Terms
from executors.agent.model.trying import Timing, asked_wait_s, backoff_s
from executors.agent.ports import (
    AnswerBroken,
    ChatRequest,
    EndpointAway,
    KeyRefused,
    ModelUnknown,
    RequestRefused,
)
from state.spending import Spend
from tests.support.ports import refusing_port
from tests.support.talking import (
    ASK,
    CUT,
    DONE,
    HANG,
    SOON,
    USAGE,
    WHOLE,
    answer,
    delta,
    error,
    event,
    head,
    spoken,
    stream,
)
from workers.net.client import open_http

KEY = "sk-verysecret0123456789"
SPENT = Spend(calls=1, prompt_tokens=12, completion_tokens=3, unpriced=1)
MOON = "there is no moon"


async def failure(talk, kind, *answers, request=ASK, **more):
    """The error of one call, and the talker."""
    async with talk.model(*answers, **more) as (model, talker):
        with pytest.raises(kind) as caught:
            await model.call(request)
    return caught.value, talker


@pytest.mark.parametrize(
    ("told", "kind", "words"),
    [
        (error("401 Unauthorized", MOON), KeyRefused, "refuses the key: HTTP 401 Unauthorized: "),
        (error("403 Forbidden", MOON), KeyRefused, "refuses the key: HTTP 403 Forbidden: "),
        (error("402 Payment Required", MOON), KeyRefused, "wants paying: HTTP 402 "),
        (error("429 Too Many Requests", MOON, code="insufficient_quota"), KeyRefused, "paying"),
        (error("404 Not Found", MOON), ModelUnknown, "has no model small, or no such address"),
        (error("400 Bad Request", MOON, code="model_not_found"), ModelUnknown, "no model small"),
        (error("400 Bad Request", f"Model Not Exist: {MOON}"), ModelUnknown, "no model small"),
        (error("400 Bad Request", MOON), RequestRefused, "refuses the request: HTTP 400"),
        (error("413 Too Large", MOON), RequestRefused, "refuses the request: HTTP 413"),
        (error("422 Unprocessable", MOON), RequestRefused, "refuses the request: HTTP 422"),
        (
            error("400 Bad Request", MOON, code="context_length_exceeded"),
            RequestRefused,
            "has grown too long for the model small: HTTP 400",
        ),
        (
            error("400 Bad Request", f"maximum context length is 8192: {MOON}"),
            RequestRefused,
            "has grown too long",
        ),
        (answer([{"error": {"message": MOON, "code": 400}}], "400 Bad"), RequestRefused, "400"),
        (answer({"detail": MOON}, "401 No"), KeyRefused, "401"),
        (answer(MOON.encode(), "401 No", "content-type: text/plain"), KeyRefused, "401"),
    ],
)
async def test_what_no_other_try_would_change(talk, told, kind, words):
    raised, talker = await failure(talk, kind, told, request=WHOLE, key=KEY)
    assert words in str(raised)
    assert MOON in str(raised)
    assert len(talker.heard) == 1


async def test_after_a_refused_key_no_call_of_the_job_is_made(talk):
    async with talk.model(error("401 Unauthorized", MOON)) as (model, talker):
        for _ in range(3):
            with pytest.raises(KeyRefused, match=MOON):
                await model.call(ASK)
    assert len(talker.heard) == 1


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
async def test_what_is_tried_again(talk, status):
    reply, talker = await talk.once(error(f"{status} No", MOON), [CUT], spoken())
    assert reply.text == "hello"
    assert len(talker.heard) == 3
    assert f"HTTP {status}" in talk.told[0]


async def test_an_endpoint_that_stays_away(talk):
    raised, talker = await failure(talk, EndpointAway, error("503 No", MOON, "retry-after: 0"))
    assert len(talker.heard) == SOON.tries == 6
    assert f"HTTP 503 Service Unavailable: {MOON} (6 tries)" in str(raised)
    assert raised.retry_after_s == 0.0


async def test_nobody_listens():
    with refusing_port() as port:
        settings = {"origin": f"http://127.0.0.1:{port}"}
        await nobody_answers({"services": {"gone": settings}})


async def nobody_answers(settings):
    async with open_http(settings) as client:
        model = Model("small", Endpoint(client.service("gone"), timing=SOON), Terms())
        with pytest.raises(EndpointAway, match=r"connection refused by .* \(6 tries\)"):
            await model.call(ASK)


async def test_a_wait_that_is_asked_for_is_kept(talk):
    limited = error("429 No", MOON, "retry-after-ms: 31")
    reply, _ = await talk.once(limited, spoken(), timing=Timing(backoff_s=0.0))
    assert reply.text == "hello"
    limit = f"the endpoint answered HTTP 429 Too Many Requests: {MOON}"
    assert talk.told == [f"{limit}; asked again in 0.031 s"]


async def test_who_asks_for_too_long_a_wait_is_away(talk):
    limited = error("429 No", MOON, "retry-after: 601")
    async with talk.model(limited, spoken()) as (model, talker):
        with pytest.raises(EndpointAway, match="asks to be left alone for 601 s") as caught:
            await model.call(ASK)
        assert caught.value.retry_after_s == 601.0
        assert len(talker.heard) == 1
        # Nobody is kept waiting for it without a word.
        assert (await model.call(ASK)).text == "hello"


@pytest.mark.parametrize(
    ("fields", "wait_s"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:16:45 GMT"}, 5.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "7"}, 1.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"x-ratelimit-reset": "1700000000"}, 1_699_999_000.0),
        ({"x-ratelimit-reset": "1700000000000"}, 1_699_999_000.0),
        ({"x-ratelimit-reset": "20"}, 20.0),
        ({"x-ratelimit-reset-requests": "1m2.5s", "x-ratelimit-remaining-requests": "0"}, 62.5),
        ({"x-ratelimit-reset-tokens": "120ms", "x-ratelimit-remaining-tokens": "0"}, 0.12),
        ({"x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-remaining-tokens": "90"}, None),
        ({"x-ratelimit-reset": "1.2.3s"}, None),
        ({}, None),
    ],
)
def test_how_long_an_endpoint_wants_to_be_left_alone(fields, wait_s):
    assert asked_wait_s(fields, now=1000.0) == wait_s


class Middle:
    """A random number that is none."""

    def random(self) -> float:
        return 0.5


def test_waits_double_up_to_a_limit():
    waits = [backoff_s(Timing(), failed, Middle()) for failed in (1, 2, 3, 8, 9, 4000)]
    assert waits == [0.375, 0.75, 1.5, 45.0, 45.0, 45.0]


@pytest.mark.parametrize("at", range(4))
async def test_a_stream_that_is_cut_is_no_reply(talk, at):
    pieces = [delta(content="hel"), delta(content="lo"), delta(tool_calls=[{"index": 0}])][:at]
    reply, talker = await talk.once(stream(*pieces, CUT, ends=False), spoken("whole"))
    assert (reply.text, len(talker.heard)) == ("whole", 2)
    # What had come was worked on, and nobody has said for how much.
    lost = reply.spend.minus(SPENT)
    assert (lost.calls, lost.counted) == ((1, 1) if at else (0, 0))
    assert lost.completion_tokens == (0, 1, 1, 1)[at]


async def test_a_reply_that_is_refused_for_its_size_is_not_free(talk):
    many = [{"index": number, "function": {"name": "list_files"}} for number in range(65)]
    answer = stream(delta(content="I look."), delta(tool_calls=many), ends=False)
    with pytest.raises(AnswerBroken) as raised:
        await talk.once(*[answer] * 3)
    spend = raised.value.spend
    assert (spend.calls, spend.counted) == (3, 3)
    assert spend.completion_tokens > 3 * 64


async def test_a_stream_that_ends_early_by_the_book_is_cut_as_well(talk):
    reply, talker = await talk.once(stream(delta(content="hel")), spoken("whole"))
    assert (reply.text, len(talker.heard)) == ("whole", 2)


async def test_what_a_failed_try_has_cost_counts(talk):
    early = event({"choices": [{"delta": {"content": "hel"}}], "usage": USAGE})
    reply, _ = await talk.once(stream(early, CUT, ends=False), spoken())
    assert reply.text == "hello"
    assert reply.spend == SPENT.plus(SPENT)


async def test_what_failed_tries_have_cost_is_in_the_error(talk):
    early = event({"choices": [{"delta": {"content": "hel"}}], "usage": USAGE})
    raised, _ = await failure(talk, EndpointAway, stream(early, CUT, ends=False))
    assert raised.spend.calls == 6
    assert raised.spend.prompt_tokens == 6 * USAGE["prompt_tokens"]


async def test_so_it_is_where_a_later_try_is_hopeless(talk):
    early = event({"choices": [{"delta": {"content": "hel"}}], "usage": USAGE})
    cut = stream(early, CUT, ends=False)
    raised, _ = await failure(talk, KeyRefused, cut, error("401 No", MOON))
    assert raised.spend == SPENT


BROKEN = {
    "garbage": answer(b"\x00\xff<<<not json>>>"),
    "HTML": answer(b"<html>hello</html>", "200 OK", "content-type: text/html"),
    "nothing": answer(b""),
    "no choices": answer({"choices": []}),
    "a list": answer([1, 2]),
    "a text": answer("hello"),
    "null": answer(None),
    "deep": answer(b"[" * 100_000),
    "a bad event": stream(b"data: {nope\n\n", DONE),
    "an empty stream": stream(DONE),
    "only comments": stream(b": ping\n\n: ping\n\n"),
}


@pytest.mark.parametrize("shape", BROKEN)
async def test_what_is_no_answer_is_asked_for_three_times(talk, shape):
    raised, talker = await failure(talk, AnswerBroken, BROKEN[shape], request=WHOLE)
    assert len(talker.heard) == SOON.tries_of_broken == 3
    assert "(3 tries)" in str(raised)


@pytest.mark.parametrize(
    ("told", "kind", "tries"),
    [
        ({"error": {"message": MOON, "code": 429}}, EndpointAway, 6),
        ({"error": {"message": MOON, "type": "server_error"}}, EndpointAway, 6),
        ({"error": {"message": MOON, "code": "invalid_api_key"}}, KeyRefused, 1),
        ({"error": {"message": MOON, "type": "authentication_error"}}, KeyRefused, 1),
        ({"error": {"message": MOON, "code": "context_length_exceeded"}}, RequestRefused, 1),
        ({"error": {"message": MOON, "code": "strange"}}, AnswerBroken, 3),
        ({"error": MOON}, AnswerBroken, 3),
        ({"choices": [{"finish_reason": "error", "error": {"message": MOON}}]}, AnswerBroken, 3),
    ],
)
async def test_errors_inside_of_an_answer(talk, told, kind, tries):
    for steps in (stream(delta(content="hel"), event(told)), answer(told)):
        raised, talker = await failure(talk, kind, steps)
        assert MOON in str(raised)
        assert len(talker.heard) == tries


async def test_silence_is_not_waited_for_without_end(talk):
    timing = Timing(backoff_s=0.0, idle_s=0.05, tries=2)
    for steps in ([HANG], stream(delta(content="hel"), HANG, ends=False)):
        raised, talker = await failure(talk, EndpointAway, steps, timing=timing)
        assert len(talker.heard) == 2
        assert "did not answer" in str(raised)


async def test_a_stream_that_goes_on_and_on_is_left(talk):
    timing = Timing(backoff_s=0.0, total_s=0.1, tries=2)
    raised, _ = await failure(talk, EndpointAway, stream(delta(content="hel"), HANG), timing=timing)
    assert "took longer than 0.1 s (2 tries)" in str(raised)


async def test_an_answer_has_so_many_bytes_at_most(talk, monkeypatch):
    monkeypatch.setattr(exchange, "MAX_ANSWER_BYTES", 100_000)
    comment = b": " + b"x" * 20_000 + b"\n\n"
    for steps in (stream(*[comment] * 6, DONE), answer(b"[" + b" " * 120_000 + b"]")):
        raised, _ = await failure(talk, AnswerBroken, steps)
        assert "more than 100,000 bytes" in str(raised)


async def test_redirects_are_not_followed_and_the_key_goes_nowhere(talk):
    to = f"https://evil.example/?k={KEY}"
    away = [head("307 Temporary Redirect", f"location: {to}", "content-length: 0")]
    raised, talker = await failure(talk, RequestRefused, away, key=KEY)
    assert "to https://evil.example/?k=•••" in str(raised)
    assert len(talker.heard) == 1


@pytest.mark.parametrize("where", ["terms", "service"])
async def test_no_text_holds_the_key(talk, where):
    more = {"key": KEY} if where == "terms" else {"login": f"Bearer {KEY}"}
    said = f"Incorrect API key: {KEY} (Bearer {KEY})"
    echoes = [error("401 No", said), error("500 No", said), error("418 No", said), answer(b"?")]
    echoes.append(stream(event({"error": {"message": said}})))
    echoes.append([f"HTTP/1.1 {KEY}\r\n\r\n".encode(), CUT])
    for steps in echoes:
        async with talk.model(steps, **more) as (model, talker):
            with pytest.raises(Exception, match="endpoint") as caught:
                await model.call(ASK)
        assert talker.heard[0].headers["authorization"] == f"Bearer {KEY}"
        assert KEY not in str(caught.value)
    assert KEY not in json.dumps(talk.told)


async def test_the_words_of_an_endpoint_are_inert_and_short(talk):
    nasty = "\x1b[31mred\x07\u202e" + "long " * 500
    raised, _ = await failure(talk, RequestRefused, error("400 No", nasty), request=WHOLE)
    assert str(raised).isprintable()
    assert len(str(raised)) < MAX_WORDS_CHARS + 100
    assert str(raised).endswith("…")


SCHEMA = ChatRequest(messages=[], stream=False, answer_schema={"name": "v", "schema": {}})


async def test_an_endpoint_without_stream_options_is_asked_without_them(talk):
    refusal = error("400 No", "Unknown field: stream_options")
    async with talk.model(refusal, spoken()) as (model, talker):
        assert (await model.call(ASK)).text == "hello"
        await model.call(ASK)
    asked = ["stream_options" in each.body for each in talker.heard]
    assert asked == [True, False, False]


async def test_an_endpoint_that_knows_no_schema_is_asked_for_json_then_for_nothing(talk):
    refusal = error("400 No", "This response_format type is unavailable now")
    async with talk.model(refusal, refusal, answer()) as (model, talker):
        await model.call(SCHEMA)
        await model.call(SCHEMA)
    asked = [each.body.get("response_format", {}).get("type") for each in talker.heard]
    assert asked == ["json_schema", "json_object", None, None]


async def test_an_endpoint_that_calls_the_limit_otherwise(talk):
    refusal = error("400 No", "Unsupported: 'max_tokens'. Use 'max_completion_tokens' instead.")
    _, talker = await talk.once(refusal, spoken())
    assert [each.body.get("max_completion_tokens") for each in talker.heard] == [None, 100]
    assert "max_tokens" not in talker.heard[1].body


async def test_a_refusal_that_names_nothing_is_asked_once_more_with_less(talk):
    async with talk.model(error("422 No", MOON)) as (model, talker):
        for asked in (2, 4):
            with pytest.raises(RequestRefused, match=MOON):
                await model.call(ASK)
            assert len(talker.heard) == asked
    assert "stream_options" in talker.heard[2].body


async def test_what_cannot_be_written_is_refused_here(talk):
    bad = ChatRequest(messages=[{"role": "user", "content": "\ud800"}])
    raised, talker = await failure(talk, RequestRefused, spoken(), request=bad)
    assert "cannot be written as JSON" in str(raised)
    assert talker.heard == []
