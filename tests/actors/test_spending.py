"""What the items of jobs spend: counted as they say it, and lost by nothing that dies."""

from __future__ import annotations

import copy

import msgspec
import pytest
import trio

from actors.messages import CancelJob, PauseJob, ResumeJob, RetryJob
from actors.runner.artifacts import SMALL_MAX_BYTES
from state.codec import decode
from state.errors import StorageFull
from state.spending import NO_SPEND, PICO, SPEND_MAX, DaySpend, Spend, day_of
from tests.support.servers import ALICE, ENDED, OK, Server, create, nap, until, until_counts
from tests.support.spending import CENT, calling, cents, until_spent


def having(count):
    """What an item has spent in former runs, as it says it."""
    return {"before": msgspec.to_builtins(cents(count))}


def noted(server):
    """What is asked of the store of the server, and when, as it comes."""
    met = []
    meet = server.store.faults.meet

    async def noting(operation):
        met.append((operation, trio.current_time()))
        await meet(operation)

    server.store.faults.meet = noting
    return met


async def spends(server):
    page = await server.store.read_outcomes(ALICE, "job")
    return [record.spend for record, _ in page.records]


def kept(server):
    """The desk as it is on the disk."""
    return decode(ALICE, server.store._desks[ALICE][1]).state


def killed(server, after):
    """The disk of the server as a kill would leave it now."""
    after.store._desks = dict(server.store._desks)
    after.store._jobs = copy.deepcopy(server.store._jobs)
    for job in after.store._jobs.values():
        job.writing = job.packing = False


async def test_a_job_shows_what_its_items_have_spent_while_they_are_at_work(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(3, s=10.0), calling(1), OK, nap(15)]))
        view = await until_counts(desk, "job", 3)
        assert view.counts.spend == cents(2)
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.spend == cents(4)
        assert await spends(server) == [cents(3), cents(1), msgspec.UNSET, msgspec.UNSET]


@pytest.mark.parametrize("then", ["fail", "raise"])
async def test_one_that_fails_without_a_word_of_it_has_spent_it_all_the_same(then, autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(2, then=then, told=False)]))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.failed == 1
        assert view.job.counts.spend == cents(2)
        assert await spends(server) == [cents(2)]


async def test_what_died_with_its_worker_twice_has_spent_what_it_said(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        # It dies of each call that it begins.
        dying = {"do": "spend", "calls": [{"cost": CENT, "dies": "die"}], "until": 9, **having(2)}
        await desk.ask(create([dying]))
        view = await until(desk, "job", *ENDED)
        assert (view.job.counts.failed, view.job.counts.spend) == (1, cents(2))


async def test_an_item_that_is_done_again_counts_nothing_twice_that_it_knows_of(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        # No run of it makes a call; it always says that two were made before.
        await desk.ask(create([calling(0, then="fail", **having(2)), calling(1)]))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.spend == cents(3)
        reply = await desk.ask(RetryJob("job"))
        assert reply.job.job.counts.spend == cents(3)
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.spend == cents(3)


@pytest.mark.parametrize("told", [True, False])
async def test_what_an_item_does_not_know_of_any_more_was_paid_all_the_same(told, autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(2, then="fail", told=told, **having(1))]))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.spend == cents(3)
        # Its transcript was removed, say, but for the first call: two are made once more.
        for whole in (5, 7):
            await desk.ask(RetryJob("job"))
            view = await until(desk, "job", *ENDED)
            assert view.job.counts.spend == cents(whole)
        assert kept(server).day_spend.spend == cents(7)


async def test_who_says_less_than_before_takes_nothing_back(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(2, then="die", until=1, **having(3))]))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.spend == cents(7)


@pytest.mark.parametrize("command", [PauseJob, CancelJob])
async def test_what_items_at_work_have_spent_stays_when_the_job_stops(command, autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(100, s=10.0), OK]))
        await until_spent(desk, cents(3))
        await desk.ask(command("job"))
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        view = desk.published.jobs["job"]
        assert view.job.counts.spend == cents(3)
        assert kept(server).day_spend.spend == cents(3)
        # Taken up again, it says what it has spent, and goes on from there.
        await desk.ask(ResumeJob("job") if command is PauseJob else RetryJob("job"))
        await until_spent(desk, cents(5))


async def test_a_job_that_is_paused_begins_no_further_call(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(5, s=10.0), calling(5, s=10.0)]))
        await until_spent(desk, cents(2))
        await desk.ask(PauseJob("job"))
        await trio.sleep(30)
        view = desk.published.jobs["job"]
        # The two that were being made have ended, and their items are back.
        assert (view.job.status, view.counts.spend, view.counts.done) == ("paused", cents(4), 0)
        assert server.workers.free_slots == server.slots
        await desk.ask(ResumeJob("job"))
        view = await until(desk, "job", *ENDED)
        assert (view.counts.ok, view.counts.failed) == (2, 0)


async def test_a_kill_forgets_nothing_that_was_written(autojump_clock):
    server, after = Server(save_every_s=1_000_000), Server(boot="paused")
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(100, s=10.0), calling(1), OK]))
        await until_spent(desk, cents(4))
        await trio.sleep(1)
        killed(server, after)
        assert kept(after).jobs["job"].counts.spend == NO_SPEND
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        assert desk.published.jobs["job"].job.counts.spend == cents(4)
        await desk.ask(PauseJob("job"))
        assert kept(after).day_spend == DaySpend(day_of(after.now()), cents(4))


@pytest.mark.parametrize(("settles", "paid"), [(True, 1), (False, 2)])
async def test_a_file_that_cannot_be_kept_fails_its_item(settles, paid, autojump_clock):
    """Who does not wait for it may have made the next call by then."""
    server = Server()
    first = {"cost": CENT, "save": "../a", "settles": settles}
    wish = {"do": "spend", "calls": [first, {"cost": CENT}, {"cost": CENT}]}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([wish]))
        view = await until(desk, "job", *ENDED)
        assert (view.job.counts.failed, view.job.counts.spend) == (1, cents(paid))


async def test_what_an_item_paid_last_is_counted_also_where_the_disk_has_it_done_again(
    autojump_clock,
):
    """It ends without having asked once more, and its file finds no room."""
    server = Server()
    server.store.faults.fail("artifact", StorageFull("full"))
    last = {"cost": CENT, "save": "a", "bytes": SMALL_MAX_BYTES + 1, "settles": False}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([{"do": "spend", "calls": [{"cost": CENT}, last]}]))
        view = await until(desk, "job", *ENDED)
        # It knows nothing of what it has paid before, and pays it all once more.
        assert (view.job.counts.ok, view.job.counts.spend) == (1, cents(4))
        assert await spends(server) == [cents(4)]


async def test_a_worker_that_says_what_cannot_be_is_cut(autojump_clock):
    absurd = {"calls": -4, "prompt_tokens": 2**63 - 1, "picousd": PICO}
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([{"do": "spend", "before": absurd, "calls": []}, calling(1)]))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts.spend == Spend(1, SPEND_MAX, 40, PICO + PICO // 100)


async def test_the_day_of_a_desk_counts_all_its_jobs_and_begins_anew(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        for job_id in ("one", "two"):
            await desk.ask(create([calling(2)], job_id=job_id))
            await until(desk, job_id, *ENDED)
        today = day_of(server.now())
        assert kept(server).day_spend == DaySpend(today, cents(4))
        await trio.sleep(24 * 3_600)
        desk = await directory.find(ALICE)
        await desk.ask(create([calling(1)], job_id="three"))
        await until(desk, "three", *ENDED)
        tomorrow = day_of(server.now())
        assert tomorrow > today
        assert kept(server).day_spend == DaySpend(tomorrow, cents(1))


async def test_files_are_made_ready_while_the_first_call_is_made_and_once(autojump_clock):
    server = Server()
    met = noted(server)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        began = trio.current_time()
        await desk.ask(create([calling(2, s=10.0)] * 3))
        await until(desk, "job", *ENDED)
    (ready,) = [at for operation, at in met if operation == "prepare_artifacts"]
    assert ready - began < 1, "no call is over before 10 s"
    assert [operation for operation, _ in met].count("open_artifacts") == 1


@pytest.mark.parametrize(
    ("operation", "opened", "prepared"),
    [("open_artifacts", 1, 0), ("prepare_artifacts", 1, 1)],
)
async def test_files_that_cannot_be_made_ready_hold_up_no_call(
    operation, opened, prepared, autojump_clock
):
    server = Server()
    met = noted(server)
    server.store.faults.fail(operation, StorageFull("no space"), times=1)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([calling(2)]))
        view = await until(desk, "job", *ENDED)
        assert (view.counts.ok, view.counts.spend) == (1, cents(2))
    operations = [operation for operation, _ in met]
    tries = (operations.count("open_artifacts"), operations.count("prepare_artifacts"))
    assert tries == (opened, prepared), "and the job is not begun anew for it"
