"""What items ask of money, and are answered, through every implementation of the Workers port."""

from __future__ import annotations

import json

import pytest
import trio
from trio.testing import MockClock

from actors.ports import ArtifactChunk, ItemAnswer, ItemAsks, ItemEnded
from state.model import OutcomeStatus
from state.spending import Spend
from tests.support.houses import Inline, Processes
from tests.support.leasing import brief, lease_all, leased

COST = {"calls": 1, "prompt_tokens": 7, "completion_tokens": 3, "picousd": 2**62, "unpriced": 1}


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


def calling(index, times=1, **call):
    return leased(index, {"do": "spend", "calls": [{"cost": COST, **call}] * times})


async def heard(attachment, kind, *, index=None):
    """Events up to one of that kind."""
    events = []
    while not (events and isinstance(events[-1], kind) and index in (None, events[-1].index)):
        events += await attachment.wait_events()
    return events


@pytest.mark.parametrize(("size", "ahead"), [(256 * 1024, True), (256 * 1024 + 1, False)])
async def test_who_may_asks_ahead_but_behind_what_is_a_file_of_its_own(size, ahead, house, clock):
    async with house.workers.attach(brief()) as attachment:
        call = {"cost": COST, "save": "a", "bytes": size, "settles": False}
        calls = [call, {"cost": COST, "s": 1_000}]
        await lease_all(attachment, [leased(4, {"do": "spend", "calls": calls})])
        (first,) = await heard(attachment, ItemAsks)
        attachment.answer([ItemAnswer(index=4, number=first.number, ahead=True)])
        *_, second = await heard(attachment, ItemAsks)
        assert (first.ahead, second.ahead) == (False, ahead)


async def test_an_item_that_comes_again_may_not_ask_ahead(house, clock):
    async with house.workers.attach(brief()) as attachment:
        for _ in range(2):
            await lease_all(attachment, [calling(4, settles=False)])
            (asks,) = await heard(attachment, ItemAsks)
            assert not asks.ahead
            attachment.answer([ItemAnswer(index=4, number=asks.number, ahead=True)])
            await heard(attachment, ItemEnded)


@pytest.mark.parametrize("size", [9, 300_000])
async def test_an_item_waits_for_its_answers_and_asks_behind_what_it_hands_over(size, house, clock):
    async with house.workers.attach(brief()) as attachment:
        await lease_all(attachment, [calling(4, save="a", bytes=size)])
        (reserves,) = await heard(attachment, ItemAsks)
        assert (reserves.index, reserves.so_far) == (4, Spend())
        assert reserves.most == Spend(**COST)
        attachment.answer([ItemAnswer(index=4, number=reserves.number)])
        *pieces, settles = await heard(attachment, ItemAsks)
        assert all(isinstance(piece, ArtifactChunk) for piece in pieces)
        assert sum(len(piece.data) for piece in pieces) == size
        assert (settles.index, settles.most, settles.so_far) == (4, None, Spend(**COST))
        assert settles.number != reserves.number
        attachment.answer([ItemAnswer(index=4, number=settles.number)])
        (ended,) = await heard(attachment, ItemEnded)
    assert ended.status is OutcomeStatus.OK
    assert ended.spend == Spend(**COST)


async def test_a_refusal_and_a_loss_are_raised_where_the_item_asked(house, clock):
    async with house.workers.attach(brief()) as attachment:
        await lease_all(attachment, [calling(0), calling(1)])
        asked = {}
        while len(asked) < 2:
            asked |= {each.index: each for each in await attachment.wait_events()}
        refused = ItemAnswer(index=0, number=asked[0].number, refused="the cap leaves $0")
        attachment.answer([refused])
        (ended,) = await heard(attachment, ItemEnded)
        told = json.loads(bytes(ended.result))
        assert (ended.index, told["refused"], told["calls"]) == (0, "the cap leaves $0", 0)
        attachment.answer([ItemAnswer(index=1, number=asked[1].number)])
        (settles,) = await heard(attachment, ItemAsks)
        attachment.answer([ItemAnswer(index=1, number=settles.number, unkept="the disk is full")])
        ended = (await heard(attachment, ItemEnded))[-1]
    assert ended.status is OutcomeStatus.FAILED
    assert ended.error == "NotKept: the disk is full"


async def test_items_that_are_answered_together_go_on_and_a_gone_one_holds_up_none(house, clock):
    async with house.workers.attach(brief()) as attachment:
        await lease_all(attachment, [calling(index) for index in range(5)])
        asked = []
        while len(asked) < 5:
            asked += await attachment.wait_events()
        gone = ItemAnswer(index=77, number=1)
        attachment.answer([gone, *(ItemAnswer(index=a.index, number=a.number) for a in asked)])
        settles = []
        while len(settles) < 5:
            settles += await attachment.wait_events()
    assert {each.index for each in settles} == set(range(5))
    assert all(each.most is None and each.so_far == Spend(**COST) for each in settles)


async def test_items_of_several_workers_are_answered_together(autojump_clock, nursery):
    """Each worker is told what its own have asked."""
    house = Inline(seats=3)
    await nursery.start(house.workers.run)
    wish = {"do": "spend", "calls": [{"cost": COST}]}
    async with house.workers.attach(brief()) as attachment:
        await lease_all(attachment, [leased(n, wish, key=f"host-{n}") for n in range(6)])
        asked = []
        while len(asked) < 6:
            asked += await attachment.wait_events()
        attachment.answer([ItemAnswer(index=each.index, number=each.number) for each in asked])
        settles = []
        with trio.fail_after(60):
            while len(settles) < 6:
                settles += await attachment.wait_events()
    assert {each.index for each in settles} == set(range(6))


async def test_an_answer_to_something_else_is_not_taken_for_ones_own(house, clock):
    async with house.workers.attach(brief()) as attachment:
        await lease_all(attachment, [calling(0, times=2)])
        (first,) = await heard(attachment, ItemAsks)
        attachment.answer([ItemAnswer(index=0, number=first.number + 1, refused="too early")])
        attachment.answer([ItemAnswer(index=9, number=first.number, refused="another's")])
        attachment.answer([ItemAnswer(index=0, number=first.number)])
        (second,) = await heard(attachment, ItemAsks)
        attachment.answer([ItemAnswer(index=0, number=first.number, unkept="too late")])
        attachment.answer([ItemAnswer(index=0, number=second.number)])
        (third,) = await heard(attachment, ItemAsks)
        assert third.so_far == Spend(**COST)
        assert len({first.number, second.number, third.number}) == 3


async def test_an_item_whose_job_is_left_waits_no_more(house, clock):
    async with house.workers.attach(brief()) as attachment:
        await lease_all(attachment, [calling(0)])
        await heard(attachment, ItemAsks)
    async with house.workers.attach(brief(job_id="next")) as attachment:
        await lease_all(attachment, [leased(0, {"do": "ok"})])
        (ended,) = await heard(attachment, ItemEnded)
    assert ended.status is OutcomeStatus.OK
