"""What items find, on its way from every implementation of the Workers port."""

from __future__ import annotations

import json

import pytest
from trio.testing import MockClock

from actors.ports import ItemEnded, ItemsFound
from state.model import OutcomeStatus
from tests.support.houses import Inline, Processes
from tests.support.leasing import Hand, brief, lease_all, leased
from workers.protocol import ARTIFACT_CREDIT_BYTES, FOUND_BATCH, FOUND_BYTES


@pytest.fixture(params=["inline", "processes"])
def kind(request):
    return request.param


@pytest.fixture
def clock(kind):
    return MockClock(autojump_threshold=0) if kind == "inline" else None


@pytest.fixture
async def house(kind, clock, nursery):
    house = Inline() if kind == "inline" else Processes()
    await nursery.start(house.workers.run)
    return house


def finding(index, items, **wish):
    return leased(index, {"do": "find", "items": items, **wish})


async def told(attachment):
    """All that is told of one item up to its end."""
    events = []
    while not any(isinstance(event, ItemEnded) for event in events):
        events += await attachment.wait_events()
    return events


async def test_what_is_found_comes_in_order_and_before_the_end(house, clock):
    items = {f"/{number}": {"do": "ok", "value": number} for number in range(2_000)}
    async with house.workers.attach(brief()) as attachment:
        await lease_all(attachment, [finding(7, items)])
        *found, ended = await told(attachment)
    assert (ended.index, ended.status) == (7, OutcomeStatus.OK)
    assert all(isinstance(batch, ItemsFound) and batch.index == 7 for batch in found)
    assert max(len(batch.items) for batch in found) == FOUND_BATCH
    whole = [each for batch in found for each in batch.items]
    assert {each.name: json.loads(bytes(each.item)) for each in whole} == items
    assert [each.name for each in whole] == list(items)


async def test_no_batch_is_large_and_a_slow_desk_slows_the_finder(house, clock):
    items = {f"/{number}": {"do": "ok", "value": "x" * 30_000} for number in range(200)}
    found = []
    async with house.workers.attach(brief()) as attachment:
        await lease_all(attachment, [finding(0, items)])
        while not found or isinstance(found[-1], ItemsFound):
            taken = await attachment.wait_events()
            on_the_way = sum(event.size_bytes for event in taken if isinstance(event, ItemsFound))
            assert on_the_way <= ARTIFACT_CREDIT_BYTES
            found += taken
    *batches, _ = found
    assert max(batch.size_bytes for batch in batches) <= FOUND_BYTES
    assert sum(batch.size_bytes for batch in batches) > 4 * ARTIFACT_CREDIT_BYTES
    assert sum(len(batch.items) for batch in batches) == 200


@pytest.mark.parametrize(
    ("items", "error"),
    [
        ({"": {"do": "ok"}}, "ValueError: a found item has no key"),
        ({"/": {"do": "x" * FOUND_BYTES}}, "ValueError: a found item of "),
    ],
)
async def test_what_can_be_no_item_fails_the_one_that_found_it(house, clock, items, error):
    async with house.workers.attach(brief()) as attachment:
        hand = await Hand(attachment).work([finding(0, {"/ok": {"do": "ok"}, **items})])
    assert hand.ended[0].status is OutcomeStatus.FAILED
    assert hand.ended[0].error.startswith(error)


async def test_one_that_finds_nothing_says_nothing(house, clock):
    async with house.workers.attach(brief()) as attachment:
        hand = await Hand(attachment).work([finding(0, {})])
    assert hand.others == []
