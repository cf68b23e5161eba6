"""What a call has used: told by the endpoint where that is sane, counted here where it is not."""

import random
import string
from pathlib import Path

import pytest

from executors.agent.model import counting
from executors.agent.model.counting import (
    Counting,
    exact_prompt,
    exact_tokens,
    rough_tokens,
    vocabulary_of,
)
from executors.agent.model.usage import BadUsage, Bounds, Usage, read_usage
from executors.agent.ports import ChatRequest
from tests.support.talking import ASK, DONE, WHOLE, answer, delta, spoken, stream


def bounds_of(came_tokens):
    return Bounds(
        prompt_tokens=100,
        has_come=came_tokens > 0,
        came_tokens=lambda: came_tokens,
        max_tokens=1000,
    )


BOUNDS = bounds_of(50)


def told(prompt=100, completion=50, **more):
    return {"prompt_tokens": prompt, "completion_tokens": completion} | more


@pytest.mark.parametrize(
    ("usage", "read"),
    [
        (told(), Usage(100, 50)),
        (told(1, 1), Usage(1, 1)),
        (told(BOUNDS.prompt_max, BOUNDS.completion_max), Usage(10_400, 1_200)),
        (told(total_tokens="much"), Usage(100, 50)),
        (told(total_tokens=-1), Usage(100, 50)),
        (told(prompt_tokens_details={"cached_tokens": 40}), Usage(100, 50, 40)),
        (told(prompt_cache_hit_tokens=40), Usage(100, 50, 40)),
        (told(prompt_tokens_details={"cached_tokens": 101}), Usage(100, 50)),
        (told(prompt_tokens_details={"cached_tokens": True}), Usage(100, 50)),
        (told(prompt_tokens_details={"cached_tokens": -1}), Usage(100, 50)),
        (told(prompt_tokens_details=[7]), Usage(100, 50)),
        (
            told(total_tokens=170, completion_tokens_details={"reasoning_tokens": 20}),
            Usage(100, 70),
        ),
        (
            told(total_tokens=150, completion_tokens_details={"reasoning_tokens": 20}),
            Usage(100, 50),
        ),
        (
            told(total_tokens=10**6 + 150, completion_tokens_details={"reasoning_tokens": 10**6}),
            Usage(100, 50),
        ),
    ],
)
def test_a_sane_usage_is_taken(usage, read):
    assert read_usage(usage, BOUNDS) == read


ABSURD = [-1, 0, 2**63, 10**400, 1.5, float("nan"), float("inf"), "100", True, None, [100], {}]


@pytest.mark.parametrize("value", ABSURD, ids=lambda value: str(value)[:12])
@pytest.mark.parametrize("field", ["prompt_tokens", "completion_tokens"])
def test_an_absurd_one_is_not(field, value):
    with pytest.raises(BadUsage, match=field):
        read_usage(told() | {field: value}, BOUNDS)


@pytest.mark.parametrize(
    "usage",
    [
        None,
        [],
        "12",
        7,
        {},
        {"usage": told()},
        told(10_401),
        told(100, 1_201),
        {"prompt_tokens": 5},
    ],
)
def test_what_is_no_usage_is_not(usage):
    with pytest.raises(BadUsage):
        read_usage(usage, BOUNDS)


def test_who_keeps_to_no_limit_is_believed_as_far_as_words_have_come():
    bounds = bounds_of(5_000)
    assert read_usage(told(100, 21_000), bounds).completion == 21_000
    with pytest.raises(BadUsage):
        read_usage(told(100, 21_001), bounds)


@pytest.mark.parametrize("value", ["NaN", "-5", "9223372036854775808", '"12"', "null", "[[[1]]]"])
async def test_a_call_is_counted_here_where_the_endpoint_counts_absurdly(talk, value):
    usage = b'{"prompt_tokens": %b, "completion_tokens": 3}' % value.encode()
    last = b'data: {"choices": [], "usage": %b}\n\n' % usage
    reply, _ = await talk.once(stream(delta(content="hello"), delta("stop"), last, DONE))
    assert reply.usage_from == "counted"
    assert (reply.spend.counted, reply.spend.calls) == (1, 1)
    # `user`, `Say hello.`, and what stands around them; `hello`.
    assert (reply.spend.prompt_tokens, reply.spend.completion_tokens) == (1 + 3 + 6 + 8, 1)
    [why] = talk.told
    assert "prompt_tokens" in why
    assert "are counted here" in why


async def test_a_call_without_usage_is_counted_here(talk):
    body = {"choices": [{"message": {"content": "hello", "reasoning": "Hm."}}]}
    reply, _ = await talk.once(answer(body), request=WHOLE)
    assert reply.usage_from == "counted"
    assert reply.spend.completion_tokens == 1 + 2


async def test_that_calls_are_counted_is_told_once(talk):
    async with talk.model(answer({"choices": [{"message": {"content": "hello"}}]})) as (model, _):
        for _ in range(3):
            assert (await model.call(WHOLE)).spend.counted == 1
    assert talk.told == ["the endpoint told no usage: the tokens of such calls are counted here"]


async def test_what_is_set_aside_is_no_less_than_what_is_spent(talk):
    async with talk.model(spoken()) as (model, _):
        most = model.most(ASK)
        spent = (await model.call(ASK)).spend
    assert most.completion_tokens == ASK.max_tokens
    assert most.prompt_tokens >= spent.prompt_tokens
    assert (most.calls, most.unpriced) == (1, 1)


TEXTS = {
    "prose": "Close the browser, lose the network: what is done stays done, all else is next. "
    * 20,
    "Chinese": "把一批任务交给它，关掉网页，回来时看到的就是真实的进度；断电也不会丢失结果。" * 20,
    "Python": Path(counting.__file__).read_text("utf-8"),
    "JSON": '[{"id": 17, "name": "call_17", "path": "src/main.py"}, {"id": 18}]\n' * 50,
    "Russian": "Привет, мир! Это обычный текст, в котором много разных слов и предложений. " * 20,
    "Japanese": "これは日本語の文章です。明日は雨が降るかもしれません。" * 20,
    "indented": "\n".join("    " * (n % 5) + "x = [1, 2]" for n in range(300)),
}


@pytest.mark.parametrize("kind", TEXTS)
async def test_the_rough_count_is_rather_too_high(kind):
    exact = await exact_tokens([TEXTS[kind]], "gpt-4o")
    assert exact <= rough_tokens(TEXTS[kind]) <= 3 * exact


async def test_what_has_no_words_counts_by_its_letters():
    rng = random.Random(7)
    letters = "".join(rng.choices(string.ascii_letters + string.digits, k=20_000))
    exact = await exact_tokens([letters], "gpt-4o")
    assert 0.8 * exact <= rough_tokens(letters) <= 2 * exact


async def test_counts_are_those_of_the_vocabulary():
    assert await exact_tokens(["hello world", "tiktoken is great!"], "gpt-4") == 2 + 6
    assert await exact_tokens([], "gpt-4") == await exact_tokens([""], "gpt-4") == 0
    assert await exact_tokens(["\ud800"], "gpt-4") > 0


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-4", "cl100k_base"),
        ("openai/gpt-3.5-turbo", "cl100k_base"),
        ("gpt-4-0613", "cl100k_base"),
        ("gpt-4o", "o200k_base"),
        ("gpt-4.1-mini", "o200k_base"),
        ("deepseek-chat", "o200k_base"),
    ],
)
def test_the_vocabulary_is_the_models_or_the_nearest(model, name):
    assert vocabulary_of(model) == name


async def test_all_that_the_model_reads_is_counted():
    call = {"id": "a", "type": "function", "function": {"name": "write", "arguments": "{}"}}
    plain = ChatRequest(messages=[{"role": "assistant", "content": "hello"}])
    longer = ChatRequest(
        messages=[{"role": "assistant", "content": "hello", "tool_calls": [call]}],
        tools=[{"type": "function", "function": {"name": "write"}}],
        answer_schema={"name": "verdict"},
    )
    assert await exact_prompt(longer, "gpt-4o") > await exact_prompt(plain, "gpt-4o") + 15
    assert Counting().rough_prompt(longer) > Counting().rough_prompt(plain) + 15


def test_a_long_text_is_counted_once(monkeypatch):
    counted = []
    real = counting.rough_tokens
    monkeypatch.setattr(counting, "rough_tokens", lambda text: counted.append(text) or real(text))
    book = Counting()
    texts = ["word " * 1000, "other " * 1000, "short"]
    request = ChatRequest(messages=[{"role": "user", "content": text} for text in texts])
    first = book.rough_prompt(request)
    assert book.rough_prompt(request) == first
    assert [len(text) > 1000 for text in counted].count(True) == 2


def test_tools_and_schema_are_counted_once(monkeypatch):
    counted = []
    monkeypatch.setattr(counting, "rough_tokens", lambda text: counted.append(text) or 1)
    book = Counting()
    tools, schema = ({"type": "function"},), {"name": "verdict"}
    for number in range(3):
        asked = [{"content": str(number)}]
        book.rough_prompt(ChatRequest(messages=asked, tools=tools, answer_schema=schema))
    assert counted == ["0", '[{"type":"function"}]', '{"name":"verdict"}', "1", "2"]


async def test_what_has_come_is_counted_only_where_more_is_told_than_was_allowed(talk, monkeypatch):
    counted = []
    monkeypatch.setattr(counting, "rough_tokens", lambda text: counted.append(text) or 1)
    reply, _ = await talk.once(spoken())
    assert reply.usage_from == "endpoint"
    assert reply.text
    assert reply.text not in counted


def test_so_many_texts_are_remembered_at_most(monkeypatch):
    monkeypatch.setattr(counting, "_CACHED_MAX", 10)
    book = Counting()
    for number in range(100):
        book.rough(f"{number} " * 300)
        assert len(book._known) <= 10
