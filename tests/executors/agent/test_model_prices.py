"""What models cost: the user's own table, the list of the package, and what nobody knows."""

import json
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices import Usage
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st

from executors.agent.model.bill import Tariff, cost_analysis
from executors.agent.model.comparing import (
    USUAL,
    Known,
    compare,
    comparison_of,
    money_text,
)
from executors.agent.model.listed import SOURCE, _price
from executors.agent.model.own_prices import MAX_FILE_BYTES, MAX_MODELS, parse_own_prices
from executors.agent.model.prices import (
    BadPrices,
    Price,
    PriceTable,
    Rate,
    read_price,
    read_prices,
    spend_of,
)
from state.spending import Spend, usd
from tests.support.talking import ASK, WHOLE, answer

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
NIGHT = datetime(2026, 11, 1, 20, tzinfo=UTC)
CHEAP = {"input_usd_per_mtok": "0.28", "output_usd_per_mtok": "0.42"}


def own(**models):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prices.json"
        path.write_text(json.dumps(models), "utf-8")
        return read_prices(path)


def test_the_users_own_price_counts_before_the_list():
    table = own(**{"gpt-4": CHEAP})
    assert table.of("gpt-4").picousd(1_000_000, 0) == 280_000_000_000
    assert table.of("gpt-4").source == "own"
    assert PriceTable().of("gpt-4", at=NOON).picousd(1_000_000, 0) == 30 * 10**12
    assert PriceTable().of("gpt-4").source == SOURCE


def test_the_least_price_is_exact():
    price = own(tiny={"input_usd_per_mtok": "0.000001", "output_usd_per_mtok": 0}).of("tiny")
    assert price.picousd(1, 7) == 1
    assert price.picousd(3, 7) == 3


def test_what_was_in_the_cache_costs_less_where_that_is_known():
    table = own(a={**CHEAP, "cached_input_usd_per_mtok": 0.028}, b=CHEAP)
    assert table.of("a").picousd(1000, 0, 1000) == 28_000_000
    assert table.of("b").picousd(1000, 0, 1000) == 280_000_000
    assert table.of("a").picousd(1000, 0, 5000) == 28_000_000


@pytest.mark.parametrize(
    ("model", "url"),
    [
        ("demo-small", ""),
        ("demo-small", "http://127.0.0.1:9/v1"),
        ("", ""),
        ("x" * 10_000, ""),
        ("gpt-4", "https://api.deepseek.com"),
        ("no/such/model", "https://openrouter.ai/api/v1"),
    ],
)
def test_what_nobody_knows_is_unknown(model, url):
    assert PriceTable().of(model, url) is None
    assert spend_of(None, 10, 5) == Spend(
        calls=1, prompt_tokens=10, completion_tokens=5, unpriced=1
    )


def test_a_proxys_models_are_known_by_their_names():
    table = PriceTable()
    direct = table.of("deepseek-chat", "https://api.deepseek.com/v1", NOON)
    assert table.of("deepseek-chat", "http://127.0.0.1:4000/v1", NOON) == direct
    assert table.of("deepseek/deepseek-chat", "http://127.0.0.1:4000/v1", NOON) == direct


def test_a_price_may_hang_on_the_time_of_day_and_on_the_length():
    by_day = PriceTable().of("deepseek-chat", at=NOON)
    assert by_day.picousd(1000, 100, at=NOON) == 2 * by_day.picousd(1000, 100, at=NIGHT)
    by_length = PriceTable().of("gemini-2.5-pro")
    assert by_length.picousd(200_000, 0) == 250_000_000_000
    assert by_length.picousd(200_001, 0) == 500_002_500_000


def test_every_price_of_the_list_is_what_the_package_makes_of_it():
    """Theirs are billed by kinds of tokens that we do not have, too; those come to nothing here."""
    compared = 0
    for provider in get_snapshot().providers:
        for model in provider.models:
            price = _price(model, NOON)
            for counts in [(1000, 100, 0), (200_000, 1, 0), (300_001, 5_000, 1_000)]:
                if price is None:
                    continue
                usage = Usage(**dict(zip(FIELDS, counts, strict=True)))
                theirs = model.calc_price(usage, provider, genai_request_timestamp=NOON)
                ours = usd(price.picousd(*counts, NOON))
                assert 0 <= ours - theirs.total_price <= Decimal("1e-12"), model.id
                compared += 1
    assert compared > 3_000


FIELDS = ("input_tokens", "output_tokens", "cache_read_tokens")


@given(
    st.integers(0, 2**40),
    st.integers(0, 2**40),
    st.decimals(0, 10**6, places=6),
    st.decimals(0, 10**6, places=6),
)
def test_cost_is_exact(prompt, completion, inside, outside):
    price = Price((Rate(inside, outside),))
    wanted = prompt * int(inside * 10**6) + completion * int(outside * 10**6)
    assert price.picousd(prompt, completion) == min(wanted, 2**62)


def test_a_price_is_stored_with_the_job():
    sonar = PriceTable().of("sonar-pro", "https://api.perplexity.ai", NOON)
    others = [PriceTable().of(model, at=NOON) for model in ("deepseek-chat", "gemini-2.5-pro")]
    for price in (sonar, *others):
        stored = json.loads(json.dumps(price.stored()))
        assert stored == price.stored()
        assert read_price(stored) == price


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not JSON at line 1, column 1"),
        (b'{"a": {"x": 1}\n,}', "not JSON at line 2, column 2"),
        (b"\xff", "not UTF-8 at byte 1"),
        (b"[]", "must be an object"),
        (b"[" * 100_000, "without end"),
        (b'{"a": 1}', "the model 'a' must be an object"),
        (b'{"a": {}}', "the model 'a': input_usd_per_mtok is missing"),
        (b'{"a": {"input_usd_per_mtok": 1}}', "output_usd_per_mtok is missing"),
        (b'{"a": {"input": 1}}', "the model 'a': unknown field 'input'; there are input_usd"),
        (
            b'{"a": {"input_usd_per_mtok": 1, "input_usd_per_mtok": 2}}',
            "stands there twice",
        ),
        (b'{"a": {}, "a": {}}', "'a' stands there twice"),
        (b'{"": {}}', "a name is 1 to 200 printable characters"),
        (b'{"a\\n": {}}', "a name is 1 to 200 printable characters"),
        (json.dumps({"x" * 201: {}}).encode(), "a name is 1 to 200"),
    ],
)
def test_a_bad_table_is_refused_by_its_place(data, words):
    with pytest.raises(BadPrices) as caught:
        parse_own_prices(data)
    assert words in str(caught.value)


BAD_PRICES = {
    "negative": '"-1"',
    "a negative number": "-0.1",
    "much": "1000000.000001",
    "fine": '"0.0000001"',
    "words": '"free"',
    "true": "true",
    "a list": "[1]",
    "NaN": "NaN",
    "Infinity": "Infinity",
    "a text of NaN": '"NaN"',
    "Python's": '"1_0"',
    "other digits": '"١"',
    "huge": "1e400",
    "a huge text": '"1e400"',
    "long": "9" * 5_000,
    "a long text": '"' + "9" * 5_000 + '"',
    "empty": '""',
}


def table_of(value):
    return b'{"a": {"input_usd_per_mtok": %b, "output_usd_per_mtok": 1}}' % value.encode()


@pytest.mark.parametrize("value", BAD_PRICES.values(), ids=BAD_PRICES)
def test_a_bad_price_is_refused(value):
    with pytest.raises(BadPrices):
        parse_own_prices(table_of(value))


@pytest.mark.parametrize("value", ['"0"', "0", "1000000", '"0.000001"', "2.50", "1e-6", '" 3 "'])
def test_a_good_price_is_taken(value):
    assert parse_own_prices(table_of(value))["a"][0] == Decimal(value.strip('" '))


def test_a_table_has_so_many_models_and_bytes_at_most(tmp_path):
    full = {f"m{n}": CHEAP for n in range(MAX_MODELS)}
    assert len(parse_own_prices(json.dumps(full).encode())) == MAX_MODELS
    with pytest.raises(BadPrices, match="more than 10,000 models"):
        parse_own_prices(json.dumps({**full, "more": CHEAP}).encode())
    path = tmp_path / "prices.json"
    path.write_bytes(b"{}" + b" " * (MAX_FILE_BYTES - 2))
    read_prices(path)
    path.write_bytes(b"{}" + b" " * (MAX_FILE_BYTES - 1))
    with pytest.raises(BadPrices, match="more than 1,048,576 bytes"):
        read_prices(path)
    with pytest.raises(OSError, match="No such file"):
        read_prices(tmp_path / "none.json")


async def test_a_call_is_priced(talk):
    price = own(small={**CHEAP, "cached_input_usd_per_mtok": "0.02"}).of("small")
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "prompt_cache_hit_tokens": 10}
    body = {"choices": [{"message": {"content": "hello"}}], "usage": usage}
    async with talk.model(answer(body), price=price) as (model, _):
        spend = (await model.call(WHOLE)).spend
        assert model.most(ASK).picousd > spend.picousd
    assert spend.picousd == 2 * 280_000 + 10 * 20_000 + 3 * 420_000
    assert spend.unpriced == 0


# ------------------------------------------------------------------------------------- comparing

USED = Spend(calls=25, prompt_tokens=7_890, completion_tokens=7_344, picousd=5_293_680_000)


def test_what_the_same_tokens_would_cost_elsewhere():
    compared = compare({"small": USED}, own(small=CHEAP), at=NOON)
    assert [each.title for each in compared] == ["small", *(each.title for each in USUAL)]
    assert compared[0].is_used
    assert compared[0].total_usd == Decimal("0.00529368")
    totals = {each.model: each.total_usd for each in compared[1:]}
    assert totals == {
        "deepseek-chat": Decimal("0.0102087"),
        "gpt-4": Decimal("0.67734"),
        "gpt-3.5-turbo": Decimal("0.014961"),
        "claude-3-opus": Decimal("0.66915"),
        "claude-3-sonnet": Decimal("0.13383"),
    }
    assert compared[0].input_usd + compared[0].output_usd == compared[0].total_usd


def test_all_models_of_a_batch_are_added_up_for_the_others():
    spends = {"small": USED, "judge": USED}
    two = compare(spends, own(small=CHEAP, judge=CHEAP), at=NOON)
    assert [each.is_used for each in two] == [True, True, *[False] * len(USUAL)]
    one = compare({"small": USED}, own(small=CHEAP), at=NOON)
    assert two[-1].total_usd == 2 * one[-1].total_usd


def test_unknown_is_never_nothing():
    spend = Spend(calls=2, prompt_tokens=10, completion_tokens=5, picousd=7, unpriced=1)
    other = Known("Nobody's", "no-such-model", "")
    compared = compare({"demo-small": spend}, PriceTable(), [other], at=NOON)
    assert [each.total_usd for each in compared] == [None, None]
    assert [each["totalCost"] for each in comparison_of(compared)] == ["unknown"]


def test_halves_that_do_not_make_the_total_are_not_told():
    """Much of it was in a cache, and cost less."""
    cheaper = Spend(calls=1, prompt_tokens=1000, completion_tokens=10, picousd=30_000_000)
    [used] = compare({"small": cheaper}, own(small=CHEAP), (), at=NOON)
    assert (used.input_usd, used.output_usd, used.total_usd) == (None, None, Decimal("0.00003"))


def test_a_price_that_is_another_by_night_is_that_of_its_moment():
    """Else what a file says would hang by the hour in which it is asked for."""
    spends = {"deepseek-chat": USED}
    urls = {"deepseek-chat": "https://api.deepseek.com"}
    day, night = (
        cost_analysis(spends, Tariff(PriceTable(), urls, NOON.replace(hour=hour)))
        for hour in (12, 20)
    )
    [by_day, by_night] = (each["comparison"][0]["outputCost"] for each in (day, night))
    assert (by_day, by_night) == ("0.0080784", "0.0040392")
    assert Decimal(day["outputCost"]) != Decimal(night["outputCost"])


def test_the_block_of_result_files():
    told = cost_analysis({"small": USED, "": USED}, Tariff(own(small=CHEAP), {}, NOON))
    assert told.pop("comparison")[0] == {
        "name": "DeepSeek Chat",
        "model": "deepseek-chat",
        "inputCost": "0.0042606",
        "outputCost": "0.0161568",
        "totalCost": "0.0204174",
    }
    stats = {"totalTokens": 15_234, "promptTokens": 7_890, "completionTokens": 7_344, "calls": 25}
    costs = {"totalCost": "0.00529368", "inputCost": "0.0022092", "outputCost": "0.00308448"}
    # Calls whose model nobody knows are in the sum, and have no entry.
    assert told == {
        "currency": "USD",
        "totalCost": "0.01058736",
        "inputCost": "0.00750288",
        "outputCost": "0.00308448",
        "unpricedCalls": 0,
        "countedCalls": 0,
        "models": [{"model": "small", **stats, **costs}],
    }


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "0"), ("1E-12", "0.000000000001"), ("10", "10"), ("1E+3", "1000"), ("0.50", "0.5")],
)
def test_money_as_text(amount, text):
    assert money_text(Decimal(amount)) == text
