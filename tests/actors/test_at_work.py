"""Progress inside items: what a desk shows of those at work, what of it is kept, and how long."""

import copy

import pytest
import trio

from actors.messages import CancelJob, PauseJob, ResumeJob, RetryJob, StartJob
from state.codec import encode
from state.memory import MemoryStore
from state.model import JobStatus
from tests.support.servers import (
    ALICE,
    ENDED,
    EPOCH,
    FAIL,
    HOLD,
    OK,
    Server,
    create,
    nap,
    until,
)

SAVE_EVERY_S = 5.0
PUBLISH_S = 0.1


def journey(steps: int, every_s: float = 1.0):
    """An item that takes a step every so often, and says so."""
    return {"do": "talk", "steps": steps, "every_s": every_s}


async def kept(store: MemoryStore, job_id: str = "job"):
    """The job as a crash at this moment would leave it."""
    return (await store.load(ALICE)).state.jobs[job_id]


def shown(desk, job_id: str = "job"):
    live = desk.published.jobs[job_id].live
    return () if live is None else live.working


async def test_each_step_is_shown_as_it_is_made(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, journey(4)], concurrency=1))
        seen = []
        with trio.fail_after(60):
            while desk.published.jobs["job"].job.status not in ENDED:
                await desk.wait_newer(desk.published.revision)
                seen += shown(desk)
        steps = list(dict.fromkeys(seen))
        assert [(step.index, step.done, step.total) for step in steps] == [
            (1, 0, 4), (1, 1, 4), (1, 2, 4), (1, 3, 4),
        ]  # fmt: skip
        assert [(step.fraction, step.stage) for step in steps[1:3]] == [
            (0.25, "step 1"),
            (0.5, "step 2"),
        ]
        assert [step.at - steps[0].at for step in steps] == pytest.approx([0, 1, 2, 3], abs=0.1)
        assert shown(desk) == ()


async def test_a_change_of_nothing_but_a_step_is_news_to_subscribers(autojump_clock):
    server = Server(save_every_s=1_000)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([journey(50)]))
        await trio.sleep(10.5)
        before = desk.published
        after = await desk.wait_newer(before.revision)
        assert after.jobs["job"].job.revision == after.revision > before.revision
        assert after.jobs["job"].counts == before.jobs["job"].counts
        assert after.jobs["job"].live.working[0].done == before.jobs["job"].live.working[0].done + 1


async def test_the_file_of_a_desk_at_work_is_never_older_than_it_may_be(autojump_clock):
    server = Server(save_every_s=SAVE_EVERY_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([journey(100)]))
        await trio.sleep(SAVE_EVERY_S + 1.05)
        saves = server.store.saves
        for _ in range(300):
            await trio.sleep(0.29)
            (step,) = (await kept(server.store)).working
            said_before = SAVE_EVERY_S + PUBLISH_S + 1.0
            assert trio.current_time() - (step.at - EPOCH) < said_before
            assert EPOCH + trio.current_time() - desk.published.saved.at <= SAVE_EVERY_S
        # Nor is it saved more often than that: 87 s have passed.
        assert 16 <= server.store.saves - saves <= 18
        assert step.done > 80


async def test_a_desk_whose_items_say_nothing_is_not_saved(autojump_clock):
    server = Server(save_every_s=SAVE_EVERY_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([HOLD, nap(500)]))
        await trio.sleep(20)
        saves = server.store.saves
        await trio.sleep(400)
        assert server.store.saves == saves


async def test_commands_are_saved_at_once_and_once_while_items_talk(autojump_clock):
    server = Server(save_every_s=SAVE_EVERY_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([journey(1_000, 0.1)] * 5, concurrency=5))
        await desk.ask(create([OK], job_id="other", lane="other", start=False))
        await trio.sleep(3.03)
        saves, asked_at = server.store.saves, trio.current_time()
        await desk.ask(StartJob("other"))
        assert server.store.saves == saves + 1
        assert trio.current_time() == asked_at


async def test_the_first_sixteen_at_work_are_shown_and_kept(autojump_clock):
    server = Server(save_every_s=SAVE_EVERY_S)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        items = [OK, *[journey(30)] * 40]
        await desk.ask(create(items, concurrency=50))
        await trio.sleep(12)
        assert [step.index for step in shown(desk)] == list(range(1, 17))
        assert [step.index for step in (await kept(server.store)).working] == list(range(1, 17))
        assert len(encode(ALICE, (await server.store.load(ALICE)).state)) < 16 * 150 + 1_200


@pytest.mark.parametrize("command", [PauseJob, CancelJob])
async def test_a_job_that_is_stopped_has_nothing_at_work_in_its_file(autojump_clock, command):
    server = Server(save_every_s=1.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([journey(60)]))
        await trio.sleep(4)
        assert (await kept(server.store)).working != ()
        await desk.ask(command("job"))
        assert (await kept(server.store)).working == ()
        # What is in flight when its user pauses a job goes on to its end, and is seen to.
        await trio.sleep(4)
        assert (await kept(server.store)).working == ()
        assert bool(shown(desk)) is (command is PauseJob)


async def test_a_job_that_goes_on_has_its_items_back(autojump_clock):
    server = Server(save_every_s=1.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([journey(60)]))
        await trio.sleep(4)
        await desk.ask(PauseJob("job"))
        await trio.sleep(4)
        await desk.ask(ResumeJob("job"))
        await trio.sleep(4)
        (step,) = (await kept(server.store)).working
        assert step.done >= 9


async def test_an_ended_job_and_its_retry_begin_with_nothing_at_work(autojump_clock):
    server = Server(save_every_s=1.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([journey(3), FAIL], concurrency=1))
        await until(desk, "job", *ENDED)
        assert (await kept(server.store)).working == ()
        await desk.ask(RetryJob("job"))
        await until(desk, "job", JobStatus.RUNNING)
        assert (await kept(server.store)).working == ()


async def test_an_item_that_has_to_wait_is_not_at_work(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        later = {**journey(2), "then": "busy", "retry_after_s": 30}
        await desk.ask(create([later, nap(100)], retries=1))
        await trio.sleep(1.5)
        assert [step.index for step in shown(desk)] == [0]
        await trio.sleep(1.5)
        assert desk.published.jobs["job"].live.waiting == 1
        assert shown(desk) == ()


async def test_an_item_that_was_lost_is_not_at_work_until_it_is_tried_again(autojump_clock):
    server = Server(slots=1)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([{**journey(2), "then": "die"}, nap(100)], concurrency=1))
        seen = []
        with trio.fail_after(30):
            while desk.published.jobs["job"].counts.ok == 0:
                await desk.wait_newer(desk.published.revision)
                seen.append([step.done for step in shown(desk)])
        seen = [now for now, before in zip(seen, [None, *seen], strict=False) if now != before]
        assert seen[seen.index([0]) :] == [[0], [1], [], [0], [1], []]


async def test_what_was_at_work_in_a_crash_is_at_work_no_more(autojump_clock):
    server = Server(save_every_s=1.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([journey(60)]))
        await trio.sleep(4.5)
        crashed = copy.deepcopy(server.store)
    crashed.lose_power()
    after = Server(boot="paused")
    after.store = crashed
    assert (await kept(crashed)).working != ()
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        await until(desk, "job", JobStatus.PAUSED)
        assert shown(desk) == ()
        assert (await kept(crashed)).status is JobStatus.PAUSED
        assert (await kept(crashed)).working == ()
