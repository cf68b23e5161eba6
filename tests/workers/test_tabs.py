"""The attachment of a tab job as the port says it: slots, leaving, cancelling, lists of domains."""

import pytest
import trio
from msgspec import Raw

from actors.ports import ItemDeferred, ItemEnded, JobBroken, LeasedItem
from executors.fetch.spec import FetchSpec
from executors.tab.spec import TabSpec
from state.model import EgressLists
from state.views import DeskKey
from tests.support.houses import Heard
from tests.support.leasing import brief
from tests.support.tabbed import LIMITS, url
from workers.by_pool import WorkersByPool
from workers.inline import InlineWorkers
from workers.tabs.pool import TabPool

DESK = DeskKey("a")


@pytest.fixture
async def others(nursery):
    workers = InlineWorkers({"fetch": FetchSpec()})
    await nursery.start(workers.run)
    return workers


@pytest.fixture
async def pool(nursery, others):
    pool = TabPool(FetchSpec(), others, Heard())
    nursery.start_soon(pool.run)
    return pool


def a_job(job_id="job", *, egress=None, **spec):
    plan = TabSpec(FetchSpec()).plan(spec, [url(0)], LIMITS)
    changes = {} if egress is None else {"egress": egress}
    return brief("a", job_id, kind="tab", pool="tab", spec=plan.spec, **changes)


def item(index):
    return LeasedItem(index, 0, "", Raw(b'"%b"' % url(index).encode()))


async def granted(attachment, seconds=1.0):
    """How many slots come in that time."""
    with trio.move_on_after(seconds):
        return await attachment.wait_granted()
    return 0


async def test_slots_are_the_room_of_tabs_and_no_more(pool, autojump_clock):
    async with pool.attach(a_job()) as job:
        job.want(10)
        assert await granted(job) == 0
        with pool.join(DESK, capacity=3):
            assert await granted(job) == 3
            with pytest.raises(ValueError, match="3 are held"):
                await job.lease([item(n) for n in range(4)])
            with pytest.raises(ValueError, match="3 are held"):
                job.give_back(4)
            with pool.join(DESK, capacity=9):
                # Two more: a job's own width counts over all tabs.
                assert await granted(job) == 2


async def test_what_is_not_needed_goes_to_another_job(pool, autojump_clock):
    async with pool.attach(a_job("one")) as one, pool.attach(a_job("two")) as two:
        one.want(5)
        with pool.join(DESK, capacity=2):
            assert await granted(one) == 2
            two.want(5)
            assert await granted(two) == 0
            one.want(0)
            one.give_back(2)
            assert await granted(two) == 2


@pytest.mark.parametrize("how", ["leave", "cancel"])
async def test_leaving_frees_slots_and_tells_the_tab(pool, how, autojump_clock):
    with pool.join(DESK, capacity=2) as tab:
        async with pool.attach(a_job("one")) as one:
            one.want(5)
            assert await granted(one) == 2
            await one.lease([item(0)])
            [lease] = await tab.wait_news()
            one.want(4)
            if how == "cancel":
                one.cancel()
                assert not tab.answer("one", 0, "opened")
                with trio.move_on_after(1) as waited:
                    await one.wait_events()
                assert waited.cancelled_caught
        [taken] = await tab.wait_news()
        assert (taken.job_id, taken.index) == (lease.job_id, lease.index)
        async with pool.attach(a_job("two")) as two:
            two.want(5)
            assert await granted(two) == 2


async def test_a_slot_of_a_tab_that_has_left_gives_its_item_back(pool, autojump_clock):
    async with pool.attach(a_job()) as job:
        job.want(1)
        with pool.join(DESK, capacity=1):
            assert await granted(job) == 1
        await job.lease([item(0)])
        events = await job.wait_events()
        assert ItemDeferred(index=0, attempts=0, delay_s=0.0) in events
        job.want(1)
        assert await granted(job) == 0
        with pool.join(DESK, capacity=1):
            assert await granted(job) == 1


async def test_new_lists_hold_from_the_next_lease_on(pool, autojump_clock):
    async with pool.attach(a_job()) as job:
        with pool.join(DESK, capacity=2) as tab:
            job.want(2)
            assert await granted(job) == 2
            await job.lease([item(0)])
            await tab.wait_news()
            job.permit(EgressLists(deny=("site.test",)))
            await job.lease([item(1)])
            [ended] = [e for e in await job.wait_events() if isinstance(e, ItemEnded)]
            assert (ended.index, ended.status) == (1, "failed")
            assert "denied" in ended.error
            job.want(1)
            assert await granted(job) == 1, "what was refused uses no room"


async def test_briefs_go_where_their_pool_is(pool, others, autojump_clock):
    workers = WorkersByPool({"tab": pool}, others)
    async with workers.attach(a_job()) as job:
        job.want(1)
        with pool.join(DESK, capacity=1):
            assert await granted(job) == 1
    async with workers.attach(brief(kind="strange")) as other:
        assert await other.wait_events() == [JobBroken("this server has no kind 'strange'")]


async def test_two_jobs_of_one_tab_answer_for_themselves(pool, autojump_clock):
    async with pool.attach(a_job("one")) as one, pool.attach(a_job("two")) as two:
        with pool.join(DESK, capacity=2) as tab:
            for job in (one, two):
                job.want(1)
                assert await granted(job) == 1
                await job.lease([item(0)])
            assert tab.answer("two", 0, "opened")
            assert isinstance((await two.wait_events())[-1], ItemEnded)
            with trio.move_on_after(1):
                events = await one.wait_events()
                assert not any(isinstance(event, ItemEnded) for event in events)


async def test_a_tab_that_has_left_brings_no_room_however_it_speaks(pool, autojump_clock):
    async with pool.attach(a_job()) as job:
        with pool.join(DESK, capacity=1) as tab:
            await trio.sleep(1)
        tab.beat()
        assert not tab.answer("job", 0, "opened")
        job.want(1)
        assert await granted(job) == 0


async def test_what_was_taken_back_is_not_opened_by_asking_for_more(pool, autojump_clock):
    with pool.join(DESK, capacity=1, acknowledges=False) as tab:
        async with pool.attach(a_job()) as job:
            job.want(1)
            assert await granted(job) == 1
            await job.lease([item(0)])
            assert len(await tab.wait_news()) == 1
        async with pool.attach(a_job()) as again:
            again.want(1)
            assert await granted(again) == 1
            await again.lease([item(0)])
            assert [news.index for news in await tab.wait_news()] == [0, 0]
            with trio.move_on_after(1) as waited:
                await again.wait_events()
            assert waited.cancelled_caught, "it is still on its way"


async def test_a_tab_that_only_answers_is_alive(pool, autojump_clock):
    with pool.join(DESK, capacity=1) as tab:
        for _ in range(5):
            await trio.sleep(20)
            tab.answer("job", 0, "opened")
            assert pool.count(DESK) == 1
        await trio.sleep(31)
        assert pool.count(DESK) == 0
        tab.beat()
        assert pool.count(DESK) == 1
        await trio.sleep(31)
        assert pool.count(DESK) == 0, "silent once more"


async def test_a_job_waits_for_its_own_time_before_it_goes_on_without_tabs(pool, autojump_clock):
    async with pool.attach(a_job("one")):
        await trio.sleep(3_600)
        async with pool.attach(a_job("two", failover_after_min=1)) as two:
            two.want(1)
            assert await granted(two, 59) == 0
            assert await granted(two, 2) == 1


async def test_a_slot_that_is_not_used_yet_keeps_a_job_with_its_tabs(pool, autojump_clock):
    async with pool.attach(a_job(failover_after_min=1)) as job:
        job.want(1)
        with pool.join(DESK, capacity=1):
            assert await granted(job) == 1
        await trio.sleep(120)
        job.give_back(1)
        job.want(1)
        assert await granted(job) == 1, "it goes on without tabs now"


async def test_a_job_that_goes_on_without_tabs_leaves_later_ones_to_others(pool, autojump_clock):
    async with pool.attach(a_job("one", failover_after_min=1)) as one:
        one.want(3)
        assert await granted(one, 61) == 3
        async with pool.attach(a_job("two")) as two:
            two.want(1)
            with pool.join(DESK, capacity=1):
                assert await granted(two) == 1


async def test_a_lease_that_was_answered_before_it_was_sent_is_not_sent(pool, autojump_clock):
    """An answer that comes late, when the same tab has the URL anew."""
    async with pool.attach(a_job()) as job:
        with pool.join(DESK, capacity=2) as tab:
            job.want(2)
            assert await granted(job) == 2
            await job.lease([item(0), item(1)])
            assert tab.answer("job", 0, "opened")
            assert [each.index for each in await tab.wait_news()] == [1]
            ended = [e for e in await job.wait_events() if isinstance(e, ItemEnded)]
            assert [e.index for e in ended] == [0]


async def test_what_was_not_heard_yet_is_when_others_have_taken_over(pool, autojump_clock):
    async with pool.attach(a_job(failover_after_min=1)) as job:
        job.want(1)
        with pool.join(DESK, capacity=1):
            assert await granted(job) == 1
            await job.lease([item(0)])
        await trio.sleep(61)
        events = await job.wait_events()
        assert [e.index for e in events if isinstance(e, ItemDeferred)] == [0]
        assert events[-1].message.startswith("no tab for 1 min")


async def test_others_hear_nothing_of_tabs_that_come_and_go(pool, autojump_clock):
    """What nobody takes would be kept for as long as the job runs."""
    job = a_job(failover_after_min=1)
    async with pool.attach(job) as switch:
        switch.want(1)
        await trio.sleep(61)
        with pool._desk(DESK) as tabs:
            [attachment] = tabs._works
            for _ in range(10):
                with pool.join(DESK, capacity=1):
                    await trio.testing.wait_all_tasks_blocked()
            assert attachment.take_events() == []
