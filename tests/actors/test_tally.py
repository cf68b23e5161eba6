"""What a job's items came to besides their endings: found and made, right whatever dies."""

from __future__ import annotations

import copy

import msgspec
import pytest

from actors.messages import CancelJob, Idempotency, PauseJob, RetryJob
from actors.ports import ItemEnded, ItemResult
from actors.runner.intake import tally_of
from state.model import TOTAL_MAX, Counts, OutcomeStatus, Tally
from tests.support.servers import ALICE, ENDED, OK, Server, create, nap, until, until_counts

PAIR = {"do": "ok", "tally": {"found": 3, "made": 2}}
HALF = {"do": "fail", "tally": {"found": 3, "made": 1}}
# Its second death in a run ends it. It says what it has made only where it lives.
FRAIL = {"do": "die", "until": 9, "tally": {"made": 7}}


def in_file(record):
    """What the line of an outcome says of it; None where it does not mention it."""
    return msgspec.json.decode(msgspec.json.encode(record)).get("tally")


async def test_a_job_shows_what_its_items_came_to(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([PAIR, OK, HALF, nap(100)]))
        view = await until_counts(desk, "job", 3)
        assert view.live.tally == {"found": 6, "made": 3}
        view = await until(desk, "job", *ENDED)
        assert view.job.tally == {"found": 6, "made": 3}
        page = await server.store.read_outcomes(ALICE, "job")
        assert [in_file(record) for record, _ in page.records] == [
            {"found": 3, "made": 2},
            None,
            {"found": 3, "made": 1},
            None,
        ]


async def test_an_item_that_is_done_again_counts_as_it_ends_anew(autojump_clock):
    server = Server()
    walks = {"do": "retry", "until": 2, "tally": {"found": 5, "made": 5}}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([PAIR, HALF, walks, FRAIL], concurrency=1))
        view = await until(desk, "job", *ENDED)
        first = Counts(4, ok=1, failed=3, found=11, made=8)
        assert view.job.counts == first
        # Until its item has ended anew, what it came to before stands.
        reply = await desk.ask(RetryJob("job"))
        assert reply.job.job.tally == {"found": 11, "made": 8}
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == first


@pytest.mark.parametrize("command", [PauseJob, CancelJob])
async def test_it_is_the_same_after_a_stop(command, autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([PAIR, HALF, nap(1_000)]))
        await until_counts(desk, "job", 2)
        await desk.ask(command("job"))
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        assert desk.published.jobs["job"].counts == Counts(3, ok=1, failed=1, found=6, made=3)


async def test_a_kill_loses_none_of_it_and_counts_none_twice(autojump_clock):
    server, after = Server(save_every_s=1_000_000), Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([HALF, PAIR, nap(1_000)]))
        await until_counts(desk, "job", 2)
        await desk.ask(CancelJob("job"))
        await desk.ask(RetryJob("job"))
        # The failed item ended anew, in the second run.
        await until_counts(desk, "job", 2)
        after.store._desks = dict(server.store._desks)
        after.store._jobs = copy.deepcopy(server.store._jobs)
    for job in after.store._jobs.values():
        job.writing = False
    async with after.running() as directory:
        desk = await directory.find(ALICE)
        view = await until_counts(desk, "job", 2)
        assert view.counts == Counts(3, ok=1, failed=1, found=6, made=3)


async def test_the_repetition_of_a_retry_is_answered_with_it(autojump_clock):
    server, again = Server(), Idempotency("key", "fingerprint")
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([HALF]))
        await until(desk, "job", *ENDED)
        reply = await desk.ask(RetryJob("job", again))
        await until(desk, "job", *ENDED)
        repeated = await desk.ask(RetryJob("job", again))
        assert reply.job.job.tally == repeated.job.job.tally == {"found": 3, "made": 1}


async def test_what_was_not_kept_counts_as_not_made(autojump_clock):
    outside = {"do": "artifact", "name": "../a", "bytes": 9, "tally": {"found": 3, "made": 3}}
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([PAIR, outside]))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(2, ok=1, failed=1, found=6, made=2)


def test_a_worker_that_counts_beyond_all_bounds_is_cut():
    ended = ItemEnded(
        index=0, status=OutcomeStatus.OK, attempts=1, duration_ms=0.0, tally=Tally(-4, 10**15)
    )
    assert tally_of(ended) == Tally(0, TOTAL_MAX)
    nothing = msgspec.structs.replace(ended, tally=Tally(-4, 0))
    assert tally_of(nothing) is msgspec.UNSET


@pytest.mark.parametrize("tally", [{"kept": 1}, {"made": -1}, {"made": TOTAL_MAX + 1}])
def test_a_tally_of_other_words_is_the_mistake_of_who_wrote_it(tally):
    with pytest.raises(ValueError, match="is none"):
        ItemResult(status=OutcomeStatus.OK, result={}, tally=tally)
