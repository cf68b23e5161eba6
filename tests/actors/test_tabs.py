"""Jobs whose URLs open tabs of the desk's owner open: in order, paced, waiting, on to the end."""

import json
from itertools import pairwise

import pytest
import trio

from actors.messages import CancelJob, PauseJob, ResumeJob, RetryJob
from actors.ports import WAITS_FOR_TAB
from actors.settings import SetEgress
from state.model import Counts, EgressLists, JobStatus, OutcomeStatus
from tests.support.servers import ALICE, BOB, ENDED, settled, until, until_counts
from tests.support.tabbed import TabServer, mute, page, url


@pytest.fixture
def server():
    return TabServer()


async def outcomes(server, job_id="job"):
    page = await server.store.read_outcomes(ALICE, job_id, limit=1_000)
    return {record.index: record for record, _ in page.records}


async def log_of(server, job_id="job"):
    return [line.message for line in (await server.store.read_log(ALICE, job_id)).lines]


def live(desk, job_id="job"):
    return desk.published.jobs[job_id].live


async def test_a_tab_opens_the_urls_of_a_job_in_their_order(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with page(server.tabs) as tab:
            await desk.ask(server.job(5, sequential=True, new_window=False, delay_ms=0))
            view = await until(desk, "job", *ENDED)
    assert view.job.status is JobStatus.COMPLETED
    assert tab.got == [0, 1, 2, 3, 4]
    assert [lease.url for lease in tab.leases] == [url(n) for n in range(5)]
    assert {(lease.new_window, lease.sequential) for lease in tab.leases} == {(False, True)}
    first = (await outcomes(server))[0]
    assert json.loads(bytes(first.result)) == {"url": url(0), "opened": True, "tab": 1}
    assert (first.status, first.attempts, first.error) == (OutcomeStatus.OK, 1, None)


async def test_the_next_url_comes_with_the_answer_to_the_one_before(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with page(server.tabs, opens=3.0) as tab:
            started_at = trio.current_time()
            await desk.ask(server.job(4, sequential=True))
            await until(desk, "job", *ENDED)
    assert [round(at - started_at, 6) for at in tab.at] == [0.0, 3.0, 6.0, 9.0]


async def test_a_job_waits_for_its_first_tab_and_says_so(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(server.job(2))
        await trio.sleep(7_200)
        view = desk.published.jobs["job"]
        assert (view.job.status, view.live.stage) == (JobStatus.RUNNING, WAITS_FOR_TAB)
        assert view.live.in_flight == 0
        async with page(server.tabs):
            view = await until(desk, "job", *ENDED)
    assert view.job.counts == Counts(2, ok=2)


async def test_the_stage_goes_when_a_tab_comes(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(server.job(2))
        await trio.sleep(1)
        async with page(server.tabs, opens=None):
            await trio.sleep(1)
            assert (live(desk).stage, live(desk).in_flight) == ("", 1)
        await trio.sleep(1)
        assert (live(desk).stage, live(desk).in_flight) == (WAITS_FOR_TAB, 0)


async def test_closing_the_last_tab_leaves_the_job_at_its_url_over_a_restart(
    server, autojump_clock
):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(server.job(6, sequential=True, delay_ms=1_000))
        async with page(server.tabs) as tab:
            await until_counts(desk, "job", 3)
            await settled()
        assert tab.opened == [0, 1, 2]
        await trio.sleep(100)
        assert live(desk).stage == WAITS_FOR_TAB
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await trio.sleep(100)
        view = desk.published.jobs["job"]
        assert (view.job.status, view.live.stage) == (JobStatus.RUNNING, WAITS_FOR_TAB)
        assert view.counts == Counts(6, ok=3)
        async with page(server.tabs) as other:
            await until(desk, "job", *ENDED)
    assert other.opened == [3, 4, 5]


async def test_not_more_at_once_than_the_job_asks_for_or_a_tab_can_take(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with (
            page(server.tabs, capacity=2, opens=1.0) as one,
            page(server.tabs, capacity=9, opens=1.0) as two,
        ):
            await desk.ask(server.job(40, concurrency=5))
            await until(desk, "job", *ENDED)
    assert one.most <= 2
    assert two.most <= 5
    assert one.most + two.most == 5
    assert sorted(one.opened + two.opened) == list(range(40))
    assert one.opened, "both have worked"


async def test_the_delay_is_kept_over_all_tabs(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with page(server.tabs) as one, page(server.tabs) as two:
            await desk.ask(server.job(8, concurrency=4, delay_ms=1_500))
            await until(desk, "job", *ENDED)
    at = sorted(one.at + two.at)
    assert all(b - a >= 1.5 - 1e-9 for a, b in pairwise(at))
    assert at[-1] - at[0] == pytest.approx(7 * 1.5)


async def test_a_slow_answer_is_part_of_the_delay(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with page(server.tabs, opens=1.0) as tab:
            await desk.ask(server.job(3, sequential=True, delay_ms=2_500))
            await until(desk, "job", *ENDED)
    assert [round(b - a, 6) for a, b in pairwise(tab.at)] == [2.5, 2.5]


async def test_a_tab_that_cannot_say_so_has_opened_what_was_sent(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with page(server.tabs, acknowledges=False, opens=None) as tab:
            await desk.ask(server.job(4, sequential=True, delay_ms=60_000))
            view = await until(desk, "job", *ENDED)
    assert view.job.counts == Counts(4, ok=4)
    assert tab.got == [0, 1, 2, 3]


async def test_what_the_page_says_is_the_outcome(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(server.job(3))
        with mute(server.tabs, capacity=3) as tab:
            leases = await tab.wait_news()
            while len(leases) < 3:
                leases = [*leases, *await tab.wait_news()]
            assert tab.answer("job", 0, "blocked", "never shown")
            assert tab.answer("job", 1, "failed", "\x1b[31m" + "x" * 5_000)
            assert tab.answer("job", 2, "failed")
            assert not tab.answer("job", 2, "opened"), "it is over"
            assert not tab.answer("other", 0, "opened")
            view = await until(desk, "job", *ENDED)
    assert view.job.counts == Counts(3, failed=3)
    done = await outcomes(server)
    assert done[0].error == "the browser's pop-up blocker stopped it"
    assert done[1].error.startswith("\N{REPLACEMENT CHARACTER}[31mxxx")
    assert len(done[1].error) == 500
    assert done[2].error == "the page could not open it"
    assert json.loads(bytes(done[2].result)) == {"url": url(2), "opened": False, "tab": 1}


async def test_pause_lets_what_is_open_end_and_resume_goes_on(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with page(server.tabs, opens=2.0) as tab:
            await desk.ask(server.job(5, sequential=True))
            await trio.sleep(1)
            await desk.ask(PauseJob("job"))
            await until(desk, "job", JobStatus.PAUSED)
            await trio.sleep(100)
            assert tab.opened == [0]
            await desk.ask(ResumeJob("job"))
            await until(desk, "job", *ENDED)
    assert tab.opened == [0, 1, 2, 3, 4]


async def test_a_waiting_job_is_paused_and_cancelled_at_once(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(server.job(5))
        await trio.sleep(1)
        await desk.ask(PauseJob("job"))
        await trio.sleep(0.5)
        assert desk.published.jobs["job"].job.status is JobStatus.PAUSED
        await desk.ask(CancelJob("job"))
        assert desk.published.jobs["job"].job.status is JobStatus.CANCELLED


async def test_cancel_takes_back_what_a_tab_holds_and_retry_opens_it_again(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with page(server.tabs, opens=20.0) as tab:
            await desk.ask(server.job(2, sequential=True))
            await trio.sleep(1)
            await desk.ask(CancelJob("job"))
            await trio.sleep(1)
            assert tab.withdrawn == [0]
            await trio.sleep(100)
            assert (tab.got, tab.opened) == ([0], []), "the answer came too late"
            await desk.ask(RetryJob("job"))
            view = await until(desk, "job", *ENDED)
    assert view.job.counts == Counts(2, ok=2)
    assert tab.got == [0, 0, 1]


async def test_tabs_are_their_desks_own(server, autojump_clock):
    async with server.running() as directory:
        alice, bob = await directory.create(ALICE), await directory.create(BOB)
        await alice.ask(server.job(3))
        async with page(server.tabs, BOB) as bobs:
            await bob.ask(server.job(2, job_id="bobs"))
            await until(bob, "bobs", *ENDED)
            await trio.sleep(1)
            assert (server.tabs.count(ALICE), server.tabs.count(BOB)) == (0, 1)
            assert live(alice).stage == WAITS_FOR_TAB
    assert [lease.job_id for lease in bobs.leases] == ["bobs"] * 2


async def test_jobs_of_a_desk_take_turns_and_priority_goes_first(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(server.job(10, job_id="a"))
        await desk.ask(server.job(10, job_id="b"))
        await desk.ask(server.job(3, job_id="first", priority=5))
        await trio.sleep(1)
        async with page(server.tabs, opens=1.0) as tab:
            for job_id in ("a", "b", "first"):
                await until(desk, job_id, *ENDED)
    order = [lease.job_id for lease in tab.leases]
    assert order[:3] == ["first"] * 3
    assert abs(order[3:13].count("a") - order[3:13].count("b")) <= 2


async def test_a_url_that_the_desks_lists_deny_is_not_opened(server, autojump_clock):
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(SetEgress(EgressLists(deny=("site.test",))))
        async with page(server.tabs) as tab:
            await desk.ask(server.job(2))
            view = await until(desk, "job", *ENDED)
    assert view.job.counts == Counts(2, failed=2)
    assert tab.got == []
    assert "denied by the domain list of this desk" in (await outcomes(server))[0].error
