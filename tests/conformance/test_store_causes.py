"""What every store promises of failures: groups that hold all of them, each found by its filter."""

from __future__ import annotations

import random

import msgspec
import pytest
from msgspec import Raw
from msgspec.structs import replace

from state.groups import GROUPS_MAX
from state.model import InputItem, OutcomeRecord, OutcomeStatus
from state.table import CAUSES_MAX
from state.wanted import NO_HOST, ORDERS, Order, OutcomeFilter
from tests.support.states import ALICE

OK, FAILED, POISONED = OutcomeStatus.OK, OutcomeStatus.FAILED, OutcomeStatus.POISONED
SKIPPED = OutcomeStatus.SKIPPED


def an_ending(index, status=FAILED, run=1, error=None, at=1.0, attempts=1, ms=5.0, **result):
    return OutcomeRecord(
        index=index,
        run=run,
        status=status,
        at=at,
        error=error,
        attempts=attempts,
        duration_ms=ms,
        result=Raw(msgspec.json.encode(result)),
    )


async def a_job(store, addresses, records):
    items = [InputItem(Raw(msgspec.json.encode(address))) for address in addresses]
    await store.write_inputs(ALICE, "job-1", items)
    await added(store, *records)


async def added(store, *records):
    log = await store.open_outcomes(ALICE, "job-1")
    await log.append(records)
    await log.sync()
    await log.aclose()


async def indexes(store, where=None, **more):
    page = await store.read_outcomes(ALICE, "job-1", where=where, **more)
    return [record.index for record, _ in page.records]


def where_of(group):
    return OutcomeFilter(cause=group.cause, host=group.host or "")


async def test_all_that_failed_is_in_one_group_each(store):
    addresses = [f"http://{name}/{n}" for n, name in enumerate(["a.test", "B.test:81", "a.test"])]
    addresses += ["http://u:p@a.test?x", {"no": "address"}, "http://c.test/5", "http://d.test/"]
    await a_job(store, addresses, [
        an_ending(0, http_status=429, at=3.0),
        an_ending(1, http_status=429, at=4.0),
        an_ending(2, http_status=429, at=2.0),
        an_ending(3, error="timed out: after 3 s"),
        an_ending(4, error="timed out (5 s)"),
        an_ending(5, status=POISONED, error="its worker died"),
        an_ending(6, status=OK, http_status=200),
    ])  # fmt: skip
    page = await store.read_causes(ALICE, "job-1", run=1)
    assert page.failed == sum(group.n for group in page.groups) == 6
    assert [(group.cause, group.host, group.n) for group in page.groups] == [
        ("429", "a.test", 2),
        ("429", "b.test:81", 1),
        ("poisoned", "c.test", 1),
        ("timed out", NO_HOST, 1),
        ("timed out", "a.test", 1),
    ]
    first = page.groups[0]
    assert (first.examples, first.since, first.latest) == ((0, 2), 2.0, 3.0)
    for group in page.groups:
        assert tuple(await indexes(store, where_of(group), status=FAILED)) == group.examples
    # An item that ends anew is in no group of before; one that is done again in none at all.
    await added(store, an_ending(0, status=OK, run=2), an_ending(1, run=2, http_status=500))
    page = await store.read_causes(ALICE, "job-1", run=2)
    assert [(group.cause, group.n) for group in page.groups] == [("500", 1)]
    again = OutcomeFilter(cause="429")
    page = await store.read_causes(ALICE, "job-1", run=2, again=again)
    assert page.failed == 4
    assert {group.cause for group in page.groups} == {"500", "poisoned", "timed out"}


async def test_the_same_of_two_hosts_is_one_cause(store):
    hosts = ["a.test", "b.test:81", "long.a.test"]
    await a_job(store, [f"http://{host}/" for host in hosts], [
        an_ending(
            at,
            error=f"the name {host.partition(':')[0]} could not be resolved: no answer",
            url=f"http://{host}/",
        )
        for at, host in enumerate(hosts)
    ])  # fmt: skip
    page = await store.read_causes(ALICE, "job-1", run=1)
    assert {group.cause for group in page.groups} == {"the name … could not be resolved"}
    assert [group.host for group in page.groups] == ["a.test", "b.test:81", "long.a.test"]
    for group in page.groups:
        assert tuple(await indexes(store, where_of(group))) == group.examples


async def test_many_hosts_are_one_group_and_what_is_too_much_is_told(store):
    count = CAUSES_MAX + 20
    addresses = [f"http://h{n}.test/" for n in range(count)]
    await a_job(store, addresses, [an_ending(n, error=f"cause {n}") for n in range(count)])
    page = await store.read_causes(ALICE, "job-1", run=1)
    assert (page.failed, len(page.groups)) == (count, GROUPS_MAX)
    *named, rest = page.groups
    assert rest.cause is None
    assert rest.n == count - len(named) == count - GROUPS_MAX + 1
    assert all(group.n == 1 for group in named)
    await added(store, *[an_ending(n, http_status=429 if n % 7 else 503) for n in range(count)])
    page = await store.read_causes(ALICE, "job-1", run=1)
    assert [(group.cause, group.host, group.hosts_n) for group in page.groups] == [
        ("429", None, 445),
        ("503", None, 75),
    ]
    assert len(page.groups[0].hosts) == 3
    assert sum(group.n for group in page.groups) == count


async def test_orders_are_those_of_python(store):
    rng = random.Random(7)
    count = 60
    records = [
        an_ending(
            n,
            status=rng.choice([OK, FAILED, SKIPPED, POISONED]),
            at=float(rng.randrange(9)),
            attempts=rng.randrange(1, 4),
            ms=float(rng.randrange(5)),
            bytes=rng.choice([0, 7, 2**40, -1, "many", None]),
            http_status=rng.choice([200, 404, None, "x"]),
            error=rng.choice(["b: 1", "a (2)", None]),
        )
        for n in range(count)
        if n % 5
    ]
    await a_job(store, [f"http://h.test/{n}" for n in range(count)], records)
    rank = {OK: 1, SKIPPED: 2, FAILED: 3, POISONED: 4}

    def size(record):
        value = msgspec.json.decode(record.result)["bytes"]
        return value if isinstance(value, int) and value > 0 else 0

    keys = {
        "index": lambda r: r.index,
        "status": lambda r: rank[r.status],
        "time": lambda r: r.at,
        "duration": lambda r: r.duration_ms,
        "attempts": lambda r: r.attempts,
        "size": size,
    }
    for by, key in keys.items():
        for down in (False, True):
            expected = [r.index for r in sorted(records, key=key, reverse=down)]
            order = Order(by, down)
            assert await indexes(store, order=order) == expected, by
            page = await indexes(store, order=order, offset=20, limit=10)
            assert page == expected[20:30]
    assert set(ORDERS) - set(keys) == {"result"}
    by_result = await indexes(store, order=Order("result"))
    told = {r.index: msgspec.json.decode(r.result)["http_status"] for r in records}
    numbers = [told[n] if isinstance(told[n], int) else 0 for n in by_result]
    assert numbers == sorted(numbers)
    # Of those that are found alone, and of what has ended anew since.
    where = OutcomeFilter(attempts_from=2)
    before = await indexes(store, where, order=Order("time", True))
    assert before == [r.index for r in sorted(records, key=lambda r: -r.at) if r.attempts > 1]
    newest = replace(next(r for r in records if r.index != before[0]), at=99.0, attempts=3)
    await added(store, newest)
    assert (await indexes(store, where, order=Order("time", True)))[0] == newest.index


async def test_an_order_is_that_of_now_while_the_job_goes_on(store):
    """Its file stays open, as a running job's does: nothing is forgotten of what was read."""
    await a_job(store, ["http://h.test/"] * 3, [])
    log = await store.open_outcomes(ALICE, "job-1")
    order = Order("time", True)
    steps = ((2, 1.0, [2]), (0, 2.0, [0, 2]), (1, 3.0, [1, 0, 2]), (2, 4.0, [2, 1, 0]))
    for index, at, newest in steps:
        await log.append([an_ending(index, at=at)])
        await log.sync()
        assert await indexes(store, order=order) == newest
    await log.aclose()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (OutcomeFilter(host="a.test"), [0, 2]),
        (OutcomeFilter(host=NO_HOST), [3]),
        (OutcomeFilter(cause="404"), [1]),
        (OutcomeFilter(cause="200"), []),
        # One that was passed over has not failed, whatever it says.
        (OutcomeFilter(cause="timed out"), [2]),
        (OutcomeFilter(attempts_from=3), [2]),
        (OutcomeFilter(duration_from_ms=10, duration_to_ms=30), [1]),
        (OutcomeFilter(duration_from_ms=30), [2, 3]),
        (OutcomeFilter(host="a.test", attempts_from=1, duration_to_ms=5), [0]),
    ],
)
async def test_filters_of_where_and_why_and_how_long(store, where, expected):
    addresses = ["http://a.test/x", "http://b.test/", "http://A.test", {"row": 1}, "http://c.test"]
    await a_job(store, addresses, [
        an_ending(0, status=OK, ms=1.0, http_status=200, url="http://a.test/x"),
        an_ending(1, ms=10.0, http_status=404),
        an_ending(2, ms=30.0, attempts=3, error="timed out"),
        an_ending(3, ms=99.0, error="row 3: bad"),
        an_ending(4, status=SKIPPED, ms=6.0, error="timed out"),
    ])  # fmt: skip
    assert await indexes(store, where) == expected
    indexed = [r.index async for b in store.iter_outcomes(ALICE, "job-1", where=where)
               for r, _ in b]  # fmt: skip
    assert indexed == expected
