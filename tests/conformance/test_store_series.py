"""What every store promises about what happened when: exact totals, equal buckets, every ending."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import UNSET, Raw
from msgspec.structs import replace

from state.buckets import SeriesAsk
from state.model import OutcomeRecord, OutcomeStatus
from state.spending import Spend
from tests.support.states import ALICE, an_item

OK, FAILED, SKIPPED = OutcomeStatus.OK, OutcomeStatus.FAILED, OutcomeStatus.SKIPPED
BEGUN = 1_700_000_000.0
LIFE = SeriesAsk(points=60, begun_at=BEGUN, until=BEGUN + 60)


def an_ending(index, after, status=OK, **fields):
    result = Raw(msgspec.json.encode(fields.pop("result", {})))
    usual = {"run": 1, "duration_ms": 100.0, "result": result}
    return OutcomeRecord(index=index, at=BEGUN + after, status=status, **{**usual, **fields})


async def a_job(store, *records, items=10):
    await store.write_inputs(ALICE, "job-1", [an_item(index) for index in range(items)])
    await added(store, *records)


async def added(store, *records):
    log = await store.open_outcomes(ALICE, "job-1")
    await log.append(records)
    await log.sync()
    await log.aclose()


async def series(store, **changes):
    return await store.read_series(ALICE, "job-1", replace(LIFE, **changes))


def counted(page):
    """When, and how many: ok, failed, skipped, lost."""
    return [(bucket.at - BEGUN, bucket.counts) for bucket in page.buckets]


async def test_each_ending_is_in_the_bucket_of_its_time(store):
    await a_job(
        store,
        an_ending(0, 0.5),
        an_ending(1, 0.9, FAILED),
        an_ending(2, 1.0, SKIPPED),
        an_ending(3, 59.9, OutcomeStatus.POISONED, error="its worker died"),
        an_ending(4, 59.9, OutcomeStatus.LOST),
    )
    page = await series(store, points=61)
    assert counted(page) == [(0, (1, 1, 0, 0)), (1, (0, 0, 1, 0)), (59, (0, 1, 0, 1))]
    assert (page.from_at, page.width_s) == (BEGUN, 1.0)
    assert page.total.counts == (1, 2, 1, 1)
    wider = await series(store, points=2)
    assert wider.width_s == 32.0
    assert sum(bucket.counts[1] for bucket in wider.buckets) == 2


async def test_what_is_new_is_added_and_may_be_asked_for_alone(store):
    await a_job(store, an_ending(0, 1), an_ending(1, 5))
    first = await series(store, points=61)
    await added(store, an_ending(2, 5.5), an_ending(3, 30))
    after = await series(store, points=61, since=first.buckets[-1].at)
    assert counted(after) == [(5, (2, 0, 0, 0)), (30, (1, 0, 0, 0))]
    assert after.total.counts == (4, 0, 0, 0)


async def test_an_item_that_ends_again_is_seen_each_time_and_told_to_be_replaced(store):
    await a_job(store, an_ending(0, 1, FAILED), an_ending(1, 2, SKIPPED), an_ending(2, 3))
    await added(store, an_ending(0, 20, run=2), an_ending(1, 21, FAILED, run=2))
    await added(store, an_ending(1, 40, run=3))
    page = await series(store)
    assert page.total.counts[:3] == (3, 2, 1)
    assert page.replaced == (0, 2, 1)
    # So many there are of each now.
    assert [n - again for n, again in zip(page.total.counts, page.replaced, strict=False)] == [
        3,
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("result", "error", "kind"),
    [
        ({"http_status": 429}, "429 Too Many Requests", "429"),
        ({"http_status": 404}, "404 Not Found", "4xx"),
        ({"http_status": 503}, "timed out", "5xx"),
        ({}, "timed out after 30 s (total)", "timeout"),
        ({}, "a.test did not answer in time", "timeout"),
        ({"http_status": None}, "connection refused by a.test", "connection"),
        ({"http_status": True}, "a.test: the certificate has expired", "connection"),
        ({"http_status": "404"}, "the page has no price", "other"),
        ([404], None, "other"),
    ],
)
async def test_errors_are_told_apart(store, result, error, kind):
    await a_job(store, an_ending(0, 1, FAILED, result=result, error=error))
    page = await series(store)
    names = ("429", "4xx", "5xx", "timeout", "connection", "other")
    found = dict(zip(names, page.total.errors, strict=True))
    assert found == {**dict.fromkeys(names, 0), kind: 1}


async def test_times_are_those_of_endings_that_tell_them(store):
    times = [*range(1, 100), 5_000]
    records = [an_ending(n, 1, duration_ms=float(ms)) for n, ms in enumerate(times)]
    await a_job(store, *records, an_ending(100, 1, duration_ms=0.0), items=101)
    found = (await series(store)).total.times
    assert (found.least_ms, found.most_ms) == (1.0, 5_000.0)
    assert found.median_ms == pytest.approx(50, rel=0.05)
    assert found.p95_ms == pytest.approx(95, rel=0.05)
    nothing = await series(store, from_at=BEGUN + 30, to_at=BEGUN + 40)
    assert nothing.buckets == ()


async def test_money_and_bytes_are_where_they_were_spent(store):
    def spent(usd, tokens):
        return Spend(calls=1, prompt_tokens=tokens, picousd=usd)

    await a_job(
        store,
        an_ending(0, 1, OutcomeStatus.SPENT, spend=spent(100, 7), duration_ms=0.0),
        an_ending(0, 11, spend=spent(150, 9), result={"bytes": 2_000}),
        an_ending(1, 11, spend=UNSET, result={"bytes": "many"}),
        an_ending(0, 21, FAILED, run=2, spend=spent(150, 9), result={"bytes": 40}),
    )
    page = await series(store)
    assert [(b.picousd, b.tokens, b.size_bytes) for b in page.buckets] == [
        (100, 7, 0),
        (50, 2, 2_000),
        (0, 0, 40),
    ]
    assert (page.total.picousd, page.total.tokens, page.total.size_bytes) == (150, 9, 2_040)


async def test_a_part_of_the_life_has_what_is_within_it(store):
    await a_job(store, *[an_ending(n, 6.0 * n) for n in range(10)])
    page = await series(store, from_at=BEGUN + 12, to_at=BEGUN + 25, points=100)
    assert [at for at, _ in counted(page)] == [12, 18, 24]
    assert page.total.counts[0] == 10
    assert page.astray == 0
    backwards = await series(store, from_at=BEGUN + 25, to_at=BEGUN + 12)
    assert backwards.from_at <= BEGUN + 25 <= backwards.to_at


async def test_a_job_of_three_weeks_and_one_that_never_ran(store):
    day = 86_400.0
    three_weeks = {"until": BEGUN + 21 * day, "points": 240}
    await a_job(store, *[an_ending(n, n * 2 * day) for n in range(10)])
    page = await series(store, **three_weeks)
    assert len(page.buckets) == 10
    assert (page.to_at - page.from_at) / page.width_s <= 240
    assert page.width_s < day / 8
    await store.write_inputs(ALICE, "job-2", [an_item(0)])
    idle = await store.read_series(ALICE, "job-2", LIFE)
    assert (idle.buckets, idle.total.counts, idle.total.times) == ((), (0, 0, 0, 0), None)
    assert idle.to_at > idle.from_at


async def test_a_clock_that_was_wrong_loses_nothing_and_makes_no_chart_of_years(store):
    await a_job(
        store,
        an_ending(0, 30),
        an_ending(1, -3_600),  # it was put back by an hour: that is shown
        an_ending(2, -BEGUN),  # 1970
        an_ending(3, 10 * 365 * 86_400.0),
        an_ending(4, -2 * BEGUN),
    )
    page = await series(store)
    assert page.from_at == pytest.approx(BEGUN - 3_600, abs=64)
    assert page.to_at == pytest.approx(BEGUN + 60, abs=128)
    assert sum(bucket.counts[0] for bucket in page.buckets) == 5
    assert page.astray == 3


async def test_cells_are_few_however_much_there_is(store):
    """More moments than are kept apart: the totals and the shape stay."""
    await a_job(store, *[an_ending(n, n * 0.5) for n in range(5_000)], items=5_000)
    page = await series(store, until=BEGUN + 2_500, points=1_000)
    assert sum(bucket.counts[0] for bucket in page.buckets) == 5_000
    assert page.width_s == 4.0
    assert {bucket.counts[0] for bucket in page.buckets[1:-1]} == {8}
