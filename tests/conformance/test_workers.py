"""What every implementation of the Workers port does: processes and tasks alike."""

from __future__ import annotations

import hashlib

import pytest
import trio
from trio.testing import MockClock

from actors.ports import (
    ArtifactChunk,
    ItemEnded,
    ItemProgress,
    ItemsLost,
    JobBroken,
    WorkerLog,
    Workers,
)
from state.model import OutcomeStatus
from tests.support.houses import Inline, Processes, until_free
from tests.support.leasing import Hand, brief, lease_all, leased


@pytest.fixture(params=["inline", "processes"])
def kind(request):
    return request.param


@pytest.fixture
def clock(kind):
    """Virtual time for tasks only: processes take no part in it. Tests ask for it themselves, since
    pytest-trio looks for a clock among a test's own arguments."""
    return MockClock(autojump_threshold=0) if kind == "inline" else None


@pytest.fixture
def build(kind, clock, nursery):
    async def start(**options):
        house = Inline(**options) if kind == "inline" else Processes(**options)
        await nursery.start(house.workers.run)
        return house

    return start


async def test_every_item_ends_once_and_every_slot_comes_back(build, clock):
    house = await build(slots=50)
    workers: Workers = house.workers
    async with workers.attach(brief()) as attachment:
        items = [leased(n, {"do": "ok", "value": n}) for n in range(500)]
        hand = await Hand(attachment, concurrency=30).work(items)
    assert {index: result["value"] for index, result in hand.results().items()} == {
        n: n for n in range(500)
    }
    assert {ended.attempts for ended in hand.ended.values()} == {1}
    await until_free(house, 50)


async def test_an_item_lost_with_its_browser_comes_back_and_its_worker_lives_on(build, clock):
    house = await build(slots=4)
    async with house.workers.attach(brief()) as attachment:
        items = [leased(0, {"do": "lose", "until": 1}), leased(1, {"do": "ok"})]
        hand = await Hand(attachment).work(items)
        later = await Hand(attachment).work([leased(2, {"do": "ok"})])
    assert hand.lost == [ItemsLost((0,), "the browser died")]
    assert hand.results()[0] == {"strikes": 1}
    assert hand.ended[0].attempts == 2
    assert later.results()[2]["pid"] == hand.results()[1]["pid"]
    assert not house.heard.said("worker_died")
    await until_free(house, 4)


async def test_without_a_browser_the_job_breaks_once_and_no_item_ends(build, clock):
    house = await build(slots=4)
    async with house.workers.attach(brief()) as attachment:
        hand = await Hand(attachment).work([leased(n, {"do": "no_browser"}) for n in range(3)])
        await until_free(house, 4)
    assert hand.others == [JobBroken("no browser: install one")]
    assert not hand.ended
    assert not hand.lost
    assert not house.heard.said("worker_died")


async def test_two_seats_share_the_work_by_key(build, clock):
    house = await build(seats=2)
    async with house.workers.attach(brief()) as attachment:
        items = [leased(n, {"do": "ok"}, key=f"host-{n % 7}") for n in range(140)]
        hand = await Hand(attachment).work(items)
    pids = {index: result["pid"] for index, result in hand.results().items()}
    assert all(pids[n] == pids[n % 7] for n in range(140))
    assert len(set(pids.values())) == (2 if house.real else 1)


async def test_a_retry_is_deferred_until_its_attempts_are_used_up(build, clock):
    house = await build()
    async with house.workers.attach(brief(retries=2)) as attachment:
        items = [leased(0, {"do": "retry", "until": 1}), leased(1, {"do": "retry", "until": 9})]
        hand = await Hand(attachment).work(items)
    assert (hand.ended[0].status, hand.ended[0].attempts) == (OutcomeStatus.OK, 2)
    assert (hand.ended[1].status, hand.ended[1].attempts) == (OutcomeStatus.FAILED, 3)
    assert hand.ended[1].error == "not yet"
    assert [event.attempts for event in hand.deferred[1]] == [1, 2]
    first, second = hand.deferred[1]
    assert 0.25 <= first.delay_s <= 0.5 <= second.delay_s <= 1.0
    assert not first.hold_key


async def test_a_busy_host_holds_its_items_and_no_others(build, clock):
    house = await build()
    async with house.workers.attach(brief(retries=3)) as attachment:
        busy = {"do": "busy", "until": 1, "retry_after_s": 0.6}
        await lease_all(attachment, [leased(0, busy, key="slow")])
        (asked,) = await attachment.wait_events()
        await lease_all(
            attachment,
            [leased(1, {"do": "ok"}, key="slow"), leased(2, {"do": "ok"}, key="quick")],
        )
        events = {}
        while len(events) < 2:
            events.update({event.index: event for event in await attachment.wait_events()})
    assert (asked.attempts, asked.hold_key) == (1, True)
    assert asked.delay_s == pytest.approx(0.6)
    assert (events[1].attempts, events[1].hold_key, events[1].error) == (0, True, None)
    assert 0.05 < events[1].delay_s <= 0.6
    assert events[2].status == OutcomeStatus.OK


async def test_cancel_stops_items_at_once_and_frees_their_slots(build, clock):
    house = await build(slots=5)
    async with house.workers.attach(brief()) as attachment:
        await lease_all(attachment, [leased(n, {"do": "hold"}) for n in range(5)])
        assert house.free_slots == 0
        attachment.cancel()
        await until_free(house, 5)
        with trio.move_on_after(0.05) as waited:
            await attachment.wait_events()
        assert waited.cancelled_caught


async def test_leaving_cancels_what_is_leased_and_returns_what_is_granted(build, clock):
    house = await build(slots=5)
    async with house.workers.attach(brief()) as attachment:
        attachment.want(5)
        assert await attachment.wait_granted() == 5
        await attachment.lease([leased(n, {"do": "hold"}) for n in range(3)])
    await until_free(house, 5)


async def test_leaving_waits_for_nobody_but_an_executor_gets_its_time(build, clock):
    house = await build(slots=5)
    async with house.workers.attach(brief(spec={"close_s": 0.05})) as attachment:
        await lease_all(attachment, [leased(0, {"do": "hold"})])
    await until_free(house, 5)


async def test_another_desks_first_item_waits_for_one_slot_only(build, clock):
    house = await build(slots=4)
    many = [leased(n, {"do": "sleep", "s": 0.01}) for n in range(200)]
    async with (
        house.workers.attach(brief("a", "big")) as big,
        house.workers.attach(brief("b", "small")) as small,
        trio.open_nursery() as nursery,
    ):
        hand = Hand(big, concurrency=200)
        nursery.start_soon(hand.work, many)
        await trio.testing.wait_all_tasks_blocked(0.001 if house.real else 0.0)
        assert house.free_slots == 0
        before = len(hand.ended)
        small.want(1)
        assert await small.wait_granted() == 1
        assert len(hand.ended) - before <= 2 * 4
        small.give_back(1)
        nursery.cancel_scope.cancel()


async def test_a_dead_worker_costs_what_it_held_and_nothing_else(build, clock):
    house = await build(slots=20)
    async with (
        house.workers.attach(brief("a", "one", retries=0)) as one,
        house.workers.attach(brief("b", "two", retries=0)) as two,
    ):
        before = await Hand(one).work([leased(n, {"do": "ok"}) for n in range(10)])
        await lease_all(two, [leased(7, {"do": "hold"})])
        after = await Hand(one).work([leased(50, {"do": "die"}), leased(51, {"do": "ok"})])
        (lost,) = await two.wait_events()
        again = await Hand(two).work([leased(7, {"do": "ok"}, attempts=1)])
    assert not before.lost
    assert (lost.indexes, lost.reason) == ((7,), "killed by signal 9")
    assert after.ended[50].status == OutcomeStatus.OK
    assert after.ended[50].attempts == 2
    assert sum(50 in event.indexes for event in after.lost) == 1
    assert again.ended[7].status == OutcomeStatus.OK
    await until_free(house, 20)


async def test_a_job_that_cannot_be_opened_is_broken_and_others_go_on(build, clock):
    house = await build(slots=20)
    async with (
        house.workers.attach(brief("a", "bad", spec={"open_error": "no model"})) as bad,
        house.workers.attach(brief("a", "good")) as good,
    ):
        broken = await Hand(bad).work([leased(n, {"do": "ok"}) for n in range(10)])
        assert broken.others == [JobBroken("ValueError: no model")]
        assert not broken.ended
        bad.want(5)
        await bad.lease([leased(11, {"do": "ok"})])
        hand = await Hand(good).work([leased(0, {"do": "ok"})])
        assert hand.ended[0].status == OutcomeStatus.OK
        await until_free(house, 20)


async def test_an_unknown_kind_is_an_outcome_too(build, clock):
    house = await build()
    async with house.workers.attach(brief(kind="strange")) as attachment:
        (event,) = await attachment.wait_events()
    assert event == JobBroken("this server has no kind 'strange'")


async def test_an_executor_without_its_other_half_is_broken(build, clock):
    house = await build()
    async with house.workers.attach(brief(kind="nowhere")) as attachment:
        hand = await Hand(attachment).work([leased(0, {"do": "ok"})])
    (event,) = hand.others
    assert "no_such_module" in event.error


async def test_an_unknown_exception_fails_its_item_only(build, clock):
    house = await build()
    async with house.workers.attach(brief(retries=3)) as attachment:
        items = [leased(0, {"do": "raise", "error": "a bug"}), leased(1, {"do": "ok"})]
        hand = await Hand(attachment).work(items)
    assert hand.ended[0].status == OutcomeStatus.FAILED
    assert hand.ended[0].error == "RuntimeError: a bug"
    assert hand.ended[1].status == OutcomeStatus.OK
    assert WorkerLog("error", "RuntimeError: a bug", 0) in hand.others


async def test_an_artifact_comes_whole_and_before_its_items_end(build, clock):
    house = await build()
    size = 3_000_000
    async with house.workers.attach(brief()) as attachment:
        await lease_all(attachment, [leased(3, {"do": "artifact", "name": "a.bin", "bytes": size})])
        events = []
        while not any(isinstance(event, ItemEnded) for event in events):
            events += await attachment.wait_events()
    *chunks, ended = events
    assert all(isinstance(chunk, ArtifactChunk) for chunk in chunks)
    assert [chunk.last for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert {(chunk.index, chunk.name) for chunk in chunks} == {(3, "a.bin")}
    whole = b"".join(chunk.data for chunk in chunks)
    assert hashlib.sha256(whole).digest() == hashlib.sha256(bytes(size)).digest()
    assert ended.status == OutcomeStatus.OK


async def test_an_empty_artifact_is_one_too(build, clock):
    house = await build()
    async with house.workers.attach(brief()) as attachment:
        item = leased(0, {"do": "artifact", "name": "empty", "bytes": 0})
        hand = await Hand(attachment).work([item])
    assert hand.others == [ArtifactChunk(index=0, name="empty", data=b"", last=True)]


async def test_log_lines_are_limited_and_progress_is_the_newest(build, clock):
    house = await build()
    async with house.workers.attach(brief()) as attachment:
        hand = await Hand(attachment).work([leased(0, {"do": "talk", "lines": 6_000, "steps": 2})])
    lines = [event for event in hand.others if isinstance(event, WorkerLog)]
    progress = [event for event in hand.others if isinstance(event, ItemProgress)]
    assert [line.message for line in lines[:5_000]] == [f"line {n}" for n in range(5_000)]
    if not house.real:  # where time passes meanwhile, more may be said
        assert len(lines) == 5_001
        assert "5,000 lines at once" in lines[-1].message
    assert progress == [
        ItemProgress(0, 0.0, "step 0", 0, 2),
        ItemProgress(0, 0.5, "step 1", 1, 2),
    ]


async def test_workers_are_replaced_without_losing_an_item(build, clock):
    house = await build(max_items=40)
    async with house.workers.attach(brief()) as attachment:
        hand = await Hand(attachment).work([leased(n, {"do": "ok"}) for n in range(200)])
    assert not hand.lost
    assert {ended.attempts for ended in hand.ended.values()} == {1}
    retired = house.heard.said("worker_retired")
    assert {values["why"] for values in retired} == {"items"}
    if house.real:
        assert len({result["pid"] for result in hand.results().values()}) >= 4


async def test_old_workers_are_replaced_without_losing_an_item(build, clock):
    house = await build(max_age_s=0.001)
    async with house.workers.attach(brief()) as attachment:
        hand = await Hand(attachment).work(
            [leased(n, {"do": "sleep", "s": 0.05}) for n in range(20)]
        )
        await house.heard.wait_said("worker_retired")
    assert not hand.lost
    assert {ended.attempts for ended in hand.ended.values()} == {1}
    assert {values["why"] for values in house.heard.said("worker_retired")} == {"age"}


async def test_the_next_worker_knows_the_pace_of_a_host(build, clock):
    house = await build(max_items=1)
    async with house.workers.attach(brief(retries=1)) as attachment:
        await lease_all(attachment, [leased(0, {"do": "busy", "retry_after_s": 60}, key="h")])
        (first,) = await attachment.wait_events()
        await house.heard.wait_said("worker_retired")
        await lease_all(attachment, [leased(1, {"do": "ok"}, key="h")])
        (second,) = await attachment.wait_events()
    assert (first.index, first.attempts) == (0, 1)
    assert (second.index, second.attempts, second.hold_key) == (1, 0, True)
    assert 0 < second.delay_s <= 60


async def test_only_granted_slots_can_be_used(build, clock):
    house = await build(slots=3)
    async with house.workers.attach(brief()) as attachment:
        attachment.want(10)
        assert await attachment.wait_granted() == 3
        with pytest.raises(ValueError, match="3 are held"):
            await attachment.lease([leased(n, {"do": "ok"}) for n in range(4)])
        with pytest.raises(ValueError, match="3 are held"):
            attachment.give_back(4)
        attachment.want(0)
        attachment.give_back(3)
        assert house.free_slots == 3
