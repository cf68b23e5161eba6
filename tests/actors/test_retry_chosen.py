"""A retry of what a filter finds among the failed items: that and no other, over any restart."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.errors import InvalidStatus
from actors.messages import CancelJob, Chosen, RetryJob
from state.model import Counts, JobStatus, OutcomeStatus
from state.wanted import OutcomeFilter
from tests.support.servers import ALICE, ENDED, HOLD, OK, Server, create, settled, until

BUSY, GONE = ({"do": "fail", "error": error} for error in ("503 busy", "404 gone"))
IS_BUSY = OutcomeFilter(text="503")


def chosen(count, run=1, where=IS_BUSY):
    return RetryJob("job", chosen=Chosen(where, run, count))


async def ended(desk, items=(OK, BUSY, GONE, BUSY, GONE), price=0):
    command = create(list(items))
    await desk.ask(replace(command, plan=replace(command.plan, price_tokens=price)))
    return (await until(desk, "job", *ENDED)).job


async def runs(server):
    """In which run each item has ended last."""
    page = await server.store.read_outcomes(ALICE, "job")
    return [record.run for record, _ in page.records]


async def failed(server, job):
    page = await server.store.read_outcomes(
        ALICE, "job", status=OutcomeStatus.FAILED, run=job.run, again=job.again
    )
    return [record.index for record, _ in page.records]


async def pending(server, job):
    _, page = await server.store.read_pending(ALICE, "job", run=job.run, again=job.again)
    return [index for index, _ in page]


async def test_only_what_is_chosen_is_done_again(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await ended(desk)
        reply = await desk.ask(chosen(2))
        assert (reply.job.job.run, reply.job.job.counts.failed) == (2, 2)
        job = (await until(desk, "job", *ENDED)).job
        assert (job.status, job.counts) == (
            JobStatus.PARTIALLY_COMPLETED, Counts(5, ok=1, failed=4),
        )  # fmt: skip
        assert await runs(server) == [1, 2, 1, 2, 1]
        assert await failed(server, job) == [1, 2, 3, 4]
        assert job.damage is None


async def test_another_choice_later_and_then_all_of_them(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await ended(desk)
        await desk.ask(chosen(2))
        await until(desk, "job", *ENDED)
        await desk.ask(chosen(2, run=2, where=OutcomeFilter(text="404")))
        await until(desk, "job", *ENDED)
        assert await runs(server) == [1, 2, 3, 2, 3]
        await desk.ask(RetryJob("job"))
        job = (await until(desk, "job", *ENDED)).job
        assert await runs(server) == [1, 4, 4, 4, 4]
        assert job.again is None


async def test_the_choice_is_in_the_save_that_pays_and_outlives_the_server(autojump_clock):
    server = Server(opening_tokens=100)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await ended(desk, price=50)
        await desk.ask(create([HOLD], job_id="other"))
        reply = await desk.ask(chosen(2))
        assert (reply.job.job.status, reply.job.job.spent_tokens) == (JobStatus.QUEUED, 70)
        job = reply.job.job
        assert await failed(server, job) == [2, 4]
        assert await pending(server, job) == [1, 3]
    server.store.lose_power()
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await desk.ask(CancelJob("other"))
        job = (await until(desk, "job", *ENDED)).job
        assert (job.spent_tokens, job.damage) == (70, None)
        assert await runs(server) == [1, 2, 1, 2, 1]


async def test_cancelled_before_it_begins_what_was_passed_over_is_still_failed(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await ended(desk)
        await desk.ask(create([HOLD], job_id="other"))
        await desk.ask(chosen(2))
        await desk.ask(CancelJob("job"))
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await settled()
        job = desk.published.jobs["job"].job
        assert (job.counts, job.damage) == (Counts(5, ok=1, failed=2), None)


async def test_what_was_left_is_done_too(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([BUSY, GONE, {"do": "sleep", "s": 50}]))
        while desk.published.jobs["job"].counts.done < 2:
            await desk.wait_newer(desk.published.revision)
        await desk.ask(CancelJob("job"))
        await settled()
        await desk.ask(chosen(1))
        await until(desk, "job", *ENDED)
        assert await runs(server) == [2, 1, 2]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (chosen(0), "no failed item is found"),
        (chosen(2, run=2), "begun again meanwhile"),
    ],
)
async def test_a_choice_of_nothing_or_of_another_run_is_refused(autojump_clock, command, reason):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await ended(desk)
        with pytest.raises(InvalidStatus, match=reason):
            await desk.ask(command)
        assert desk.published.jobs["job"].job.run == 1
