"""What every store promises about filters: what they find, its total, its pages."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import Raw
from msgspec.structs import replace

from state.model import InputItem, OutcomeRecord, OutcomeStatus
from state.wanted import OutcomeFilter
from tests.support.states import ALICE

OK, FAILED, POISONED = OutcomeStatus.OK, OutcomeStatus.FAILED, OutcomeStatus.POISONED
LOST = OutcomeStatus.LOST
COUNT = 8


def url(index):
    return f"http://shop.test/{index}"


def an_ending(index, status=OK, run=1, error=None, **result):
    encoded = Raw(msgspec.json.encode(result))
    return OutcomeRecord(index=index, run=run, status=status, at=1.0, error=error, result=encoded)


RECORDS = (
    an_ending(0, url=url(0), http_status=200, extracted={"price": 12, "tag": ["new", "red"]}),
    an_ending(1, url=url(1), http_status=404, status=FAILED, error="404 Not Found"),
    an_ending(2, url=url(2), http_status=503, status=FAILED, error="503 Straße zu"),
    an_ending(3, url=url(3), http_status=None, status=FAILED, error="timed out"),
    an_ending(4, url=url(4), http_status=201, extracted={"price": "12", "tag": [], "on": True}),
    an_ending(5, url=url(5), http_status="200", extracted=["price"]),
    # No executor said anything of it: its worker died.
    an_ending(6, status=POISONED, error="its worker died"),
    an_ending(7, status=LOST),
)


@pytest.fixture
async def job(store):
    items = [InputItem(Raw(msgspec.json.encode(url(index)))) for index in range(COUNT - 1)]
    last = InputItem(Raw(msgspec.json.encode({"url": url(7)})))
    await store.write_inputs(ALICE, "job-1", [*items, last])
    await added(store, *RECORDS)
    return store


async def added(store, *records):
    log = await store.open_outcomes(ALICE, "job-1")
    await log.append(records)
    await log.sync()
    await log.aclose()


async def found(store, where, **more):
    page = await store.read_outcomes(ALICE, "job-1", where=where, **more)
    indexes = [record.index for record, _ in page.records]
    assert page.total >= len(indexes)
    return indexes


@pytest.mark.parametrize(
    ("where", "indexes"),
    [
        (OutcomeFilter(), [0, 1, 2, 3, 4, 5, 6]),
        (OutcomeFilter(http_status=((200, 200),)), [0]),
        (OutcomeFilter(http_status=((200, 299), (503, 503))), [0, 2, 4]),
        (OutcomeFilter(http_status=((0, 0),)), [3, 5, 6]),
        (OutcomeFilter(text="SHOP.test/1"), [1]),
        (OutcomeFilter(text="NOT FOUND"), [1]),
        (OutcomeFilter(text="strasse"), [2]),
        (OutcomeFilter(text="Red"), [0]),
        (OutcomeFilter(text="shop.test/6"), [6]),
        (OutcomeFilter(text="nowhere"), []),
        (OutcomeFilter(extracted=(("price", ""),)), [0, 4]),
        (OutcomeFilter(extracted=(("price", "12"),)), [0, 4]),
        (OutcomeFilter(extracted=(("price", "1"),)), []),
        (OutcomeFilter(extracted=(("tag", "red"),)), [0]),
        (OutcomeFilter(extracted=(("tag", ""),)), [0]),
        (OutcomeFilter(extracted=(("on", "true"), ("price", "12"))), [4]),
        (OutcomeFilter(http_status=((200, 299),), text="/4"), [4]),
    ],
)
async def test_a_filter_finds_what_it_names(job, where, indexes):
    assert await found(job, where) == indexes
    batches = [batch async for batch in job.iter_outcomes(ALICE, "job-1", where=where, batch=2)]
    assert [record.index for batch in batches for record, _ in batch] == indexes


@pytest.mark.parametrize(
    ("where", "indexes"),
    [
        (OutcomeFilter(ended_from=20.0), [2, 3]),
        (OutcomeFilter(ended_to=20.0), [0, 1]),
        (OutcomeFilter(ended_from=10.0, ended_to=20.5), [1, 2]),
        (OutcomeFilter(ended_from=10.0, ended_to=10.0), []),
        (OutcomeFilter(ended_from=0.0, text="shop.test/3"), [3]),
    ],
)
async def test_when_it_ended(store, where, indexes):
    items = [InputItem(Raw(msgspec.json.encode(url(index)))) for index in range(4)]
    await store.write_inputs(ALICE, "job-1", items)
    ended = [replace(an_ending(index, url=url(index)), at=10.0 * index) for index in range(4)]
    # One whose result is no object ends, too.
    await added(store, *ended[:3], replace(ended[3], result=Raw(b"[]")))
    assert await found(store, where) == indexes


async def test_totals_are_exact_on_every_page(job):
    where = OutcomeFilter(text="shop.test")
    for offset in range(9):
        page = await job.read_outcomes(ALICE, "job-1", where=where, offset=offset, limit=2)
        shown = [record.index for record, _ in page.records]
        assert (page.total, shown) == (7, [0, 1, 2, 3, 4, 5, 6][offset : offset + 2])
    assert (await job.read_outcomes(ALICE, "job-1", where=where, status=FAILED)).total == 4


async def test_what_ends_later_is_found_too_and_what_ends_anew_is_judged_anew(job):
    failed = OutcomeFilter(http_status=((400, 599),))
    assert await found(job, failed) == [1, 2]
    again = an_ending(1, run=2, url=url(1), http_status=200)
    await added(job, again, an_ending(7, run=2, url=url(7), http_status=500, status=FAILED))
    assert await found(job, failed) == [2, 7]
    assert await found(job, OutcomeFilter(http_status=((200, 200),))) == [0, 1]
    assert await found(job, failed, status=FAILED, run=2) == [7]
    assert await found(job, failed, status=FAILED, run=1) == [2]


async def test_more_filters_than_are_remembered_stay_right(job):
    for _ in range(2):
        for index in range(7):
            assert await found(job, OutcomeFilter(text=f"test/{index}")) == [index]


async def test_a_filter_of_a_job_that_never_ran_finds_nothing(store):
    await store.write_inputs(ALICE, "job-2", [InputItem(Raw(b'"http://a.test/"'))])
    page = await store.read_outcomes(ALICE, "job-2", where=OutcomeFilter(text="a"))
    assert (page.total, page.records) == (0, ())


async def test_failures_that_a_retry_has_passed_over_count_in_its_run(job):
    again = OutcomeFilter(http_status=((503, 503),))
    assert await found(job, None, status=FAILED, run=2) == []
    assert await found(job, None, status=FAILED, run=2, again=again) == [1, 3, 6]
    assert await found(job, None, status=POISONED, run=2, again=again) == [6]
    assert await found(job, None, status=OK, run=2, again=again) == [0, 4, 5]
    assert await found(job, OutcomeFilter(text="404"), status=FAILED, run=2, again=again) == [1]
    assert await pending(job, run=2, again=again) == [2, 7]
    await added(job, an_ending(2, run=2, url=url(2), http_status=404, status=FAILED))
    assert await found(job, None, status=FAILED, run=2, again=again) == [1, 2, 3, 6]
    assert await pending(job, run=2, again=again) == [7]
    # In a run that the job has not come to yet nothing stands but what stands for good.
    assert await pending(job, run=1, again=again) == [2, 7]


async def pending(store, **how):
    total, page = await store.read_pending(ALICE, "job-1", **how)
    assert total == len(page)
    return [index for index, _ in page]
