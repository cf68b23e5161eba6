"""What a call waits for: not for its own record to be on disk, but for the one before."""

from __future__ import annotations

import pytest
import trio

from actors.messages import CancelJob, PauseJob
from actors.ports import ArtifactChunk, ItemAsks, ItemDeferred
from actors.runner.artifacts import SMALL_MAX_BYTES
from actors.runner.intake import Intake
from actors.runner.line import DeskLine
from actors.runner.spending import APART_S
from state.errors import StorageFull
from state.model import JobStatus
from state.spending import NO_SPEND, PICO, Spend, SpendCap
from tests.support.servers import ALICE, ENDED, Server, create, until
from tests.support.spending import CENT, begun, calling, cents, recorded, result_of, tooling

SYNC_S = 10.0


async def names(server):
    return [made.name for made in await server.store.list_artifacts(ALICE, "job")]


@pytest.fixture
def said(monkeypatch):
    """The answers that items got, by the message: the items and the numbers of what they asked."""
    messages = []
    answer = DeskLine.answer

    def noting(line, answers):
        if answers:
            messages.append([(each.index, each.number) for each in answers])
        answer(line, answers)

    monkeypatch.setattr(DeskLine, "answer", noting)
    return messages


async def test_who_asks_together_is_told_together_and_once(said, autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([recorded(3) for _ in range(10)]))
        await until(desk, "job", *ENDED)
    assert [len(message) for message in said] == [10, 10, 10]
    assert len({number for message in said for _, number in message}) == 30


@pytest.fixture
def intakes(monkeypatch):
    """That of each job which has begun, to be told what its worker may say."""
    take, seen = Intake.take, []

    async def noting(intake, events):
        if intake not in seen:
            seen.append(intake)
        await take(intake, events)

    monkeypatch.setattr(Intake, "take", noting)
    return seen


async def test_who_asks_does_not_wait_until_others_may_be_done_again(
    said, intakes, nursery, autojump_clock
):
    """Their records are synced first."""
    server = Server()
    server.store.faults.delay("sync_artifacts", SYNC_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(1, s=100.0)] * 2))
        await trio.sleep(1)
        together = [
            ArtifactChunk(index=1, name="b", data=b"record", last=True),
            ItemAsks(index=0, number=9, most=NO_SPEND, so_far=NO_SPEND),
            ItemDeferred(index=1, attempts=1, delay_s=0.0),
        ]
        nursery.start_soon(intakes[0].take, together)
        await trio.sleep(1)
        assert said[-1] == [(0, 9)]
        assert await names(server) == [], "it did not come before the sync"


async def test_a_call_is_made_while_the_record_before_is_synced_and_no_two(autojump_clock):
    server = Server()
    server.store.faults.delay("sync_artifacts", SYNC_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([recorded(4)]))
        # The first record is on disk after 11 s, and those that follow 10 s after each other.
        assert await begun(server, desk) == [0.0, 1.0, 11.0, 21.0]


async def test_where_there_is_a_cap_each_call_waits_for_its_own_answer(autojump_clock):
    """Of the third: the record before is on disk after 11 s, and then its own has to be, too."""
    server = Server()
    server.store.faults.delay("sync_artifacts", SYNC_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([recorded(4)], cap=SpendCap(picousd=PICO)))
        assert await begun(server, desk) == [0.0, 1.0, 21.0, 22.0]


async def test_who_may_ask_ahead_begins_no_call_once_its_job_is_paused(said, autojump_clock):
    """Who is at work is told so, once."""
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([tooling(3), recorded(1, name="b")]))
        await trio.sleep(50)
        del said[:]
        await desk.ask(PauseJob("job"))
        await trio.sleep(20)
        assert [index for message in said for index, _ in message] == [0]
        await trio.sleep(80)
        view = desk.published.jobs["job"]
        assert (view.job.status, view.live) == (JobStatus.PAUSED, None)
        assert view.job.counts.spend == cents(2)


async def test_who_has_left_in_the_same_breath_is_not_told_to_stop(said, intakes, autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(1, s=100.0)] * 2))
        await trio.sleep(1)
        asks = ItemAsks(index=1, number=9, most=NO_SPEND, so_far=NO_SPEND)
        del said[:]
        await intakes[0].take([asks, ItemDeferred(index=1, attempts=1, delay_s=50.0)])
        await desk.ask(PauseJob("job"))
        assert [index for message in said for index, _ in message] == [0]


async def test_a_call_that_has_passed_the_news_of_a_cap_is_answered(said, intakes, autojump_clock):
    """Or its item would wait for that for ever: nothing is decided for a call that is over."""
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(1, s=100.0)] * 2, cap=SpendCap(picousd=2 * PICO // 100)))
        await trio.sleep(1)
        cent = Spend(**CENT)
        # For the second there is no room before the first is over.
        passed = ItemAsks(index=0, number=9, most=cent, so_far=cent, ahead=True)
        await intakes[0].take([passed])
        assert said[-1] == [(0, 9)]


@pytest.mark.parametrize(("settles", "over"), [(True, 11.0), (False, 1.0)])
async def test_who_settles_waits_for_its_record(settles, over, autojump_clock):
    server = Server()
    server.store.faults.delay("sync_artifacts", SYNC_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([recorded(1, settles=settles)]))
        assert round((await result_of(server, desk))["over"], 3) == over


async def test_who_settles_each_call_makes_none_before(autojump_clock):
    server = Server()
    server.store.faults.delay("sync_artifacts", SYNC_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([recorded(3, settles=True)]))
        assert await begun(server, desk) == [0.0, 11.0, 22.0]


async def test_records_that_nobody_waits_for_are_synced_together(autojump_clock):
    """While others are at work for long, so that the sync at their end is not among those."""
    server = Server()
    # The first sync is at once, and what comes while it rests is taken along.
    items = [recorded(1, s=1.0 + number * APART_S / 20, name=f"i{number}-") for number in range(10)]
    for item in items:
        item["calls"].append({"cost": CENT, "s": 100.0})
    syncs = []
    meet = server.store.faults.meet

    async def noting(operation):
        if operation == "sync_artifacts":
            syncs.append(trio.current_time())
        await meet(operation)

    server.store.faults.meet = noting
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        began = trio.current_time()
        await desk.ask(create(items))
        await trio.sleep(1.0 + 2 * APART_S)
        at = [round(at - began, 6) for at in syncs]
        assert at == [1.0, pytest.approx(1.0 + APART_S)]
        assert len(await names(server)) == 10
        await until(desk, "job", *ENDED)


@pytest.mark.parametrize("settles", [True, False])
async def test_a_full_disk_holds_up_the_next_calls_and_what_was_paid_is_kept(
    settles, autojump_clock
):
    """Whether the item asks for its settlement first, or for both at once: then one call is on its
    way before anybody knows."""
    server = Server()
    wish = recorded(2, settles=settles)
    wish["calls"].append({"cost": CENT, "s": 1_000.0})
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        began = trio.current_time()
        server.store.faults.fail("sync_artifacts", StorageFull("full"), times=40)
        await desk.ask(create([wish]))
        await trio.sleep(10)
        view = desk.published.jobs["job"]
        # Paid, and not kept: the item waits in its worker, and makes no other call.
        assert view.counts.done == 0
        assert server.workers.free_slots == server.slots - 1
        assert view.job.status == "paused"
        view = await until(desk, "job", *ENDED)
        assert trio.current_time() - began > 1_010
        assert view.job.counts.spend == cents(3)
        assert view.job.counts.ok == 1
        assert await names(server) == ["a0", "a1"]


@pytest.mark.parametrize("asks", [True, False])
async def test_where_the_disk_is_known_to_fail_no_call_follows_a_record(asks, autojump_clock):
    """Known by the record of an item that has asked for its next call, or of one that has ended."""
    server = Server()
    server.store.faults.fail("sync_artifacts", StorageFull("full"), times=40)
    early = recorded(1)
    if asks:
        early["calls"].append({"cost": CENT, "s": 100.0})
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([early, recorded(2, s=1.1, name="late-")]))
        first, second = await begun(server, desk, 1)
        # 40 tries, one a second of each of two that try.
        assert (first, second > 15) == (0.0, True)


async def test_what_is_on_disk_waits_on_for_room_in_the_purse(autojump_clock):
    server = Server()
    server.store.faults.delay("sync_artifacts", 1.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        # Of four cents, the slow one has two set aside for 10 s, and pays one.
        slow = {"cost": CENT, "most": CENT | {"picousd": PICO // 50}, "s": 10.0}
        items = [{"do": "spend", "calls": [slow]}, recorded(3, s=0)]
        await desk.ask(create(items, cap=SpendCap(picousd=4 * PICO // 100)))
        await trio.sleep(5)
        assert await names(server) == ["a0", "a1"]
        assert await begun(server, desk, 1) == [0.0, 0.0, 10.0]
        assert desk.published.jobs["job"].counts.spend == cents(4)


async def test_room_in_the_purse_does_not_come_before_the_record_that_is_waited_for(
    autojump_clock,
):
    """Though it is found while the disk is at work."""
    server = Server()
    server.store.faults.delay("sync_artifacts", 5.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        # Of four cents, the slow one has two set aside for 8 s, and pays one.
        slow = {"cost": CENT, "most": CENT | {"picousd": PICO // 50}, "s": 8.0}
        items = [{"do": "spend", "calls": [slow]}, recorded(3)]
        await desk.ask(create(items, cap=SpendCap(picousd=4 * PICO // 100)))
        # The second record was handed over after 2 s, and is durable after 11.
        assert await begun(server, desk, 1) == [0.0, 1.0, 11.0]


async def test_who_is_done_again_begins_when_its_former_records_are_on_disk(autojump_clock):
    """It goes on from them. And it waits for its own then, as if it were the first."""
    server = Server()
    server.store.faults.delay("sync_artifacts", SYNC_S)
    dies = {"do": "spend", "calls": [{"cost": CENT, "s": 1.5, "dies": "die"}], "until": 1}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([recorded(3, s=0.5), dies]))
        # It dies while its second record waits: the first is on disk after 10.5 s, that after 20.5.
        assert await begun(server, desk) == [20.5, 21.0, 31.0]


async def test_a_disk_that_fails_does_not_keep_the_lost_from_being_done_again(autojump_clock):
    server = Server()
    dies = {"do": "spend", "calls": [{"cost": CENT, "s": 1.5, "dies": "die"}], "until": 1}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.fail("sync_artifacts", StorageFull("full"), times=9)
        await desk.ask(create([recorded(2), dies]))
        view = await until(desk, "job", *ENDED)
        assert (view.job.status, view.counts.ok) == ("completed", 2)


async def test_items_at_work_without_a_record_wait_for_no_disk(autojump_clock):
    server = Server()
    server.store.faults.fail("sync_artifacts", StorageFull("full"), times=40)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        calls = calling(3)
        for call in calls["calls"]:
            call["settles"] = False
        await desk.ask(create([recorded(1, s=1.0), calls]))
        assert await begun(server, desk, 1) == [0.0, 1.0, 2.0]


async def test_what_a_record_says_is_paid_where_its_item_ends_before_it_asks(autojump_clock):
    """A job that is cancelled while a tool is at work, and a worker that dies of it."""
    server = Server()
    calls = [{"cost": CENT, "s": 1.0, "save": "a", "tool_s": 100.0}]
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([{"do": "spend", "calls": calls}]))
        await trio.sleep(10)
        assert desk.published.jobs["job"].counts.spend == cents(1)
        server.workers.kill()
        await trio.sleep(10)
        assert desk.published.jobs["job"].counts.spend == cents(2), "it knew nothing of the first"
        await desk.ask(CancelJob("job"))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.spend == cents(2)


async def test_a_call_that_is_on_record_has_nothing_set_aside(autojump_clock):
    server = Server()
    # Of two cents the first has two set aside, and pays one.
    call = {"cost": CENT, "most": CENT | {"picousd": PICO // 50}, "s": 1.0, "save": "a"}
    slow = {"do": "spend", "calls": [call | {"tool_s": 100.0}]}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        cap = SpendCap(picousd=2 * PICO // 100)
        await desk.ask(create([slow, calling(1)], cap=cap))
        assert await begun(server, desk, 1) == [1.0]


async def test_an_item_that_comes_again_begins_when_its_record_is_on_disk(autojump_clock):
    """It is to go on from it, whatever it was put off for."""
    server = Server()
    server.store.faults.delay("sync_artifacts", SYNC_S)
    again = recorded(1, then="retry", until=1)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([again], retries=1))
        (first,) = await begun(server, desk)
        # And only then counts the time until it is tried again.
    assert first > 11.0


async def test_what_the_disk_did_not_take_is_done_again_behind_what_it_took(autojump_clock):
    """A call whose record is on its way is not paid again, as that of the next was not kept."""
    server = Server()
    server.store.faults.delay("sync_artifacts", SYNC_S)
    server.store.faults.fail("artifact", StorageFull("full"))
    item = recorded(2)
    item["calls"][1] |= {"bytes": SMALL_MAX_BYTES + 1, "settles": True}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([item]))
        first, _ = await begun(server, desk)
        assert await names(server) == ["a0", "a1"]
    # The first record is on disk after 11 s.
    assert first > 11.0
