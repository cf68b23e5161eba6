"""Tabs that close, fall silent, never answer or never come: no URL is lost, none opened twice."""

import random

import pytest
import trio

from actors.messages import CancelJob, PauseJob
from actors.ports import WAITS_FOR_TAB, TabWithdrawn
from state.model import Counts, JobStatus
from tests.actors.test_tabs import live, log_of, outcomes
from tests.support.servers import ALICE, ENDED, until, until_counts
from tests.support.tabbed import TabServer, mute, page


@pytest.fixture
def server():
    return TabServer()


async def test_what_a_closed_tab_held_goes_to_another_and_costs_no_attempt(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        with mute(server.tabs) as gone:
            await desk.ask(server.job(3, sequential=True))
            [lease] = await gone.wait_news()
            assert lease.index == 0
        async with page(server.tabs) as tab:
            view = await until(desk, "job", *ENDED)
        assert not gone.answer("job", 0, "opened"), "it has left"
        gone.beat()
        assert server.tabs.count(ALICE) == 0
    assert view.job.counts == Counts(3, ok=3)
    assert tab.got == [0, 1, 2]
    assert {record.attempts for record in (await outcomes(server)).values()} == {1}
    assert "the tab was closed: the URL goes to another tab" in await log_of(server)


async def test_one_of_two_tabs_is_killed_midway_and_every_url_is_opened_once(
    server, autojump_clock
):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with page(server.tabs, capacity=2, opens=1.0) as stays:
            async with page(server.tabs, capacity=3, opens=1.0) as killed:
                await desk.ask(server.job(60, concurrency=5))
                await until_counts(desk, "job", 25)
                await trio.sleep(0.5)
            assert len(killed.got) > len(killed.opened), "it held something"
            view = await until(desk, "job", *ENDED)
    assert view.job.counts == Counts(60, ok=60)
    assert sorted(stays.opened + killed.opened) == list(range(60))


async def test_a_tab_silent_for_30_s_is_gone_until_it_speaks(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        with mute(server.tabs) as tab:
            await desk.ask(server.job(1, answer_timeout_s=300))
            await tab.wait_news()
            await trio.sleep(29)
            assert (live(desk).in_flight, server.tabs.count(ALICE)) == (1, 1)
            await trio.sleep(2)
            assert (live(desk).in_flight, server.tabs.count(ALICE)) == (0, 0)
            assert live(desk).stage == WAITS_FOR_TAB
            tab.beat()
            assert server.tabs.count(ALICE) == 1
            assert await tab.wait_news() == [TabWithdrawn(job_id="job", index=0)]
            [lease] = await tab.wait_news()
            assert lease.index == 0
            tab.answer("job", 0, "opened")
            await until(desk, "job", JobStatus.COMPLETED)
    assert any("the tab is silent" in line for line in await log_of(server))


async def test_a_beating_tab_keeps_its_lease_until_the_answer_is_due(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with page(server.tabs, opens=None) as deaf:
            await desk.ask(server.job(1, answer_timeout_s=120))
            await trio.sleep(119)
            assert (deaf.got, deaf.withdrawn) == ([0], [])
            async with page(server.tabs) as other:
                await until(desk, "job", JobStatus.COMPLETED)
                assert deaf.withdrawn == [0]
    assert (deaf.got, other.opened) == ([0], [0])


async def test_what_was_not_taken_is_withdrawn_without_a_word(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        with mute(server.tabs) as tab:
            await desk.ask(server.job(1))
            await trio.sleep(1)
            await desk.ask(CancelJob("job"))
            await trio.sleep(1)
            with trio.move_on_after(5) as waited:
                await tab.wait_news()
            assert waited.cancelled_caught


async def test_a_url_that_three_tabs_did_not_answer_has_failed_and_the_job_goes_on(
    server, autojump_clock
):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with page(server.tabs, opens=None) as deaf:
            await desk.ask(server.job(2, sequential=True, answer_timeout_s=5))
            await until_counts(desk, "job", 1)
            assert deaf.got[:3] == [0, 0, 0]
            deaf.opens = 0.0
            view = await until(desk, "job", *ENDED)
    assert view.job.status is JobStatus.PARTIALLY_COMPLETED
    error = (await outcomes(server))[0].error
    assert error == (
        "no tab said that it opened it, 3 times (the last: the tab did not answer in time)"
    )


async def test_a_tab_that_takes_nothing_and_cannot_say_so_blocks_no_other(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        with server.tabs.join(ALICE, capacity=1, acknowledges=False) as stuck:
            with trio.move_on_after(500):
                await stuck.wait_news()
            assert server.tabs.count(ALICE) == 1, "it was never asked to speak"
            await desk.ask(server.job(2, sequential=True))
            await stuck.wait_news()
            await trio.sleep(31)
            assert server.tabs.count(ALICE) == 0, "what it was given is never sent"
            async with page(server.tabs) as tab:
                await until(desk, "job", JobStatus.COMPLETED)
    assert tab.opened == [0, 1]


async def test_a_pause_ends_with_the_lease_of_a_tab_that_is_gone(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        with mute(server.tabs):
            await desk.ask(server.job(2))
            await trio.sleep(1)
            await desk.ask(PauseJob("job"))
            await trio.sleep(31)
            assert desk.published.jobs["job"].job.status is JobStatus.PAUSED


async def test_without_a_tab_for_long_enough_the_rest_is_fetched(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with page(server.tabs) as tab:
            await desk.ask(
                server.job(
                    9,
                    sequential=True,
                    delay_ms=1_000,
                    failover_after_min=2,
                    failover={"concurrency": 3},
                )
            )
            await until_counts(desk, "job", 3)
        left_at = trio.current_time()
        await trio.sleep(119)
        assert live(desk).stage == WAITS_FOR_TAB
        async with page(server.tabs) as late:
            view = await until(desk, "job", *ENDED)
        assert late.opened, "a tab that comes in time takes the job back"
    assert view.job.counts == Counts(9, ok=9)
    assert trio.current_time() - left_at < 130
    assert sorted(tab.opened + late.opened) == list(range(9))


async def test_what_is_fetched_is_fetched_for_good(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(server.job(15, failover_after_min=2, failover={"concurrency": 7}))
        await trio.sleep(121.5)
        assert (live(desk).in_flight, live(desk).stage) == (7, "")
        async with page(server.tabs) as tab:
            view = await until(desk, "job", *ENDED)
        assert tab.got == []
        assert 122 < trio.current_time() < 125
    assert view.job.counts == Counts(15, ok=15)
    assert "no tab for 2 min: the rest runs as fetch" in await log_of(server)
    assert server.heard.said("tab_job_goes_on_without_tabs")


async def test_a_job_that_is_fetched_is_paused_and_cancelled_as_any(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(server.job(50, failover_after_min=1, failover={"concurrency": 2}))
        await trio.sleep(61.5)
        await desk.ask(PauseJob("job"))
        await until(desk, "job", JobStatus.PAUSED)
        done = desk.published.jobs["job"].counts.done
        assert 2 <= done < 50
        await desk.ask(CancelJob("job"))
        assert desk.published.jobs["job"].job.status is JobStatus.CANCELLED
        await trio.sleep(5)
        assert server.workers.free_slots == server.slots


@pytest.mark.parametrize("seed", range(8))
async def test_tabs_that_come_and_go_open_every_url_once(server, seed, autojump_clock):
    """Random lives of tabs: what was acknowledged was opened once, and all is acknowledged."""
    rng = random.Random(seed)
    pages = []

    async def live_a_while(life_s):
        capacity, opens = rng.randint(1, 4), rng.choice([0.0, 0.5, 2.0])
        async with page(server.tabs, capacity=capacity, opens=opens) as tab:
            pages.append(tab)
            await trio.sleep(life_s)

    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(server.job(60, concurrency=rng.randint(1, 6), delay_ms=rng.choice([0, 300])))
        async with trio.open_nursery() as nursery:
            while desk.published.jobs["job"].job.status not in ENDED:
                nursery.start_soon(live_a_while, rng.uniform(0, 20))
                await trio.sleep(rng.uniform(0, 8))
            nursery.cancel_scope.cancel()
        view = desk.published.jobs["job"]
    opened = sorted(index for tab in pages for index in tab.opened)
    told = await outcomes(server)
    lost = [index for index, record in told.items() if record.error is not None]
    assert sorted([*opened, *lost]) == list(range(60))
    assert all("3 times" in told[index].error for index in lost)
    assert view.job.counts.done == 60
