"""The finale of a job: done when all else has ended, of what that left, in every run anew."""

from __future__ import annotations

import copy
from contextlib import suppress
from functools import partial

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw
from trio.testing import MockClock

from actors.errors import InvalidStatus
from actors.messages import CancelJob, PauseJob, ResumeJob, RetryJob
from actors.ports import Plan
from state.errors import StorageError
from state.model import Counts, InputItem, JobStatus, OutcomeStatus
from tests.support.servers import (
    ALICE,
    ENDED,
    FAIL,
    OK,
    Server,
    create,
    nap,
    settled,
    until,
    until_counts,
)

DIES = {"do": "die", "until": 9}


def lines(server):
    """(item, run, how) of every outcome, in the order in which they were written."""
    return [
        (line.index, line.run, line.status.value) for line in server.store._jobs[ALICE, "job"].lines
    ]


async def test_it_is_done_last_however_long_the_others_take(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        begun = trio.current_time()
        await desk.ask(create([nap(30), OK, FAIL, nap(5), nap(7)], finale=True))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(5, ok=4, failed=1)
        assert view.job.status is JobStatus.PARTIALLY_COMPLETED
        assert trio.current_time() - begun >= 37
    assert lines(server)[-1] == (4, 1, "ok")


class Looks:
    """An Enclosures that notes what is on disk whenever an item is about to be leased."""

    goes_on = False

    def __init__(self, server):
        self._server = server
        self.seen = []

    def shared(self, spec):
        return ()

    async def read(self, desk, job_id, items):
        job = self._server.store._jobs[desk, job_id]
        self.seen.append((len(job.lines), job.synced))
        await trio.lowlevel.checkpoint()
        return [b""]


@pytest.mark.parametrize("append_s", [0, 2])
async def test_it_sees_what_the_others_have_left(append_s, autojump_clock):
    server = Server(save_every_s=1_000.0)
    looks = server.enclosures["scripted"] = Looks(server)
    # The second ends while the first is being written.
    server.store.faults.delay("append", append_s)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, nap(1), {**OK, "value": 1}], finale=True, concurrency=100))
        await until(desk, "job", *ENDED)
    assert looks.seen[-1] == (2, 2)


async def test_what_is_done_again_has_it_done_again(autojump_clock):
    server = Server()
    fails = {"do": "talk", "lines": 0, "steps": 2, "every_s": 1, "then": "fail"}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, fails, {"do": "ok", "tally": {"made": 1}}], finale=True))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(3, ok=2, failed=1, made=1)
        await desk.ask(RetryJob("job"))
        await trio.sleep(0.5)
        # It counts no more, and is to be done; nothing is damaged.
        view = desk.published.jobs["job"]
        assert (view.counts, view.job.damage) == (Counts(3, ok=1, made=1), None)
        page = await server.store.read_outcomes(ALICE, "job", status=OutcomeStatus.OK, run=2)
        assert [record.index for record, _ in page.records] == [0]
        _, pending = await server.store.read_pending(ALICE, "job", run=2)
        assert [index for index, _ in pending] == [1, 2]
        view = await until(desk, "job", *ENDED)
        assert (view.job.counts, view.job.damage) == (Counts(3, ok=2, failed=1, made=1), None)
    assert lines(server)[-2:] == [(1, 2, "failed"), (2, 2, "ok")]


async def test_where_it_fails_the_job_has_failed_and_a_retry_does_it_alone(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, OK, {"do": "fail", "error": "one label only"}], finale=True))
        view = await until(desk, "job", *ENDED)
        assert (view.job.status, view.job.error) == (JobStatus.FAILED, "one label only")
        assert view.job.counts == Counts(3, ok=2, failed=1)
        await desk.ask(RetryJob("job"))
        view = await until(desk, "job", *ENDED)
        assert view.job.status is JobStatus.FAILED
    assert lines(server) == [(0, 1, "ok"), (1, 1, "ok"), (2, 1, "failed"), (2, 2, "failed")]


async def test_a_worker_that_dies_with_it_has_it_tried_once_more(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, nap(1), {**DIES, "until": 1}], finale=True))
        view = await until(desk, "job", *ENDED)
        assert view.job.status is JobStatus.COMPLETED
    assert lines(server)[-2:] == [(2, 1, "lost"), (2, 1, "ok")]


@pytest.mark.parametrize("place", [0, 1])
async def test_the_poison_of_another_ends_it_and_its_own_ends_the_job(place, autojump_clock):
    server = Server()
    items = [OK, OK]
    items[place] = DIES
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create(items, finale=True))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(2, ok=1, failed=1)
        expected = (JobStatus.PARTIALLY_COMPLETED, JobStatus.FAILED)[place]
        assert view.job.status is expected
    ends = [(index, how) for index, _, how in lines(server) if how != "lost"]
    assert [index for index, _ in ends] == [0, 1]


async def test_a_pause_comes_between_and_a_cancel_too(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(10), nap(10), OK], finale=True, concurrency=1))
        await until_counts(desk, "job", 1)
        await desk.ask(PauseJob("job"))
        await trio.sleep(100)
        assert desk.published.jobs["job"].counts == Counts(3, ok=2)
        await desk.ask(ResumeJob("job"))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(3, ok=3)
        await desk.ask(create([OK, nap(1_000)], job_id="other", finale=True))
        await until_counts(desk, "other", 1)
        await trio.sleep(5)
        assert desk.published.jobs["other"].live.in_flight == 1
        await desk.ask(CancelJob("other"))
        await settled()
        assert desk.published.jobs["other"].job.counts == Counts(2, ok=1)


async def test_a_disk_that_fails_holds_it_back(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1), {"do": "talk", "lines": 0, "steps": 1}], finale=True))
        server.store.faults.fail("append", StorageError("no space"), times=8)
        await trio.sleep(5)
        assert desk.published.jobs["job"].job.status is JobStatus.PAUSED
        assert lines(server) == []
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(2, ok=2)
    assert lines(server) == [(0, 1, "ok"), (1, 1, "ok")]


async def test_a_job_that_stops_at_its_first_failure_keeps_it_for_the_retry(autojump_clock):
    server = Server()
    spec = {"stop_on_failure": True}
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([FAIL, nap(1), OK], finale=True, concurrency=1, spec=spec))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(3, failed=1)
        await desk.ask(RetryJob("job"))
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(3, ok=1, failed=1)
    assert lines(server) == [(0, 1, "failed"), (1, 2, "ok"), (0, 2, "failed")]


@pytest.mark.parametrize("fields", [{"grows_to": 9}, {"items": []}])
def test_a_job_that_grows_or_is_empty_has_none(fields):
    plan = {"items": [InputItem(Raw(b"{}"))], "spec": {}, "secrets": {}, "concurrency": 1}
    with pytest.raises(ValueError, match="no last item"):
        Plan(**{**plan, "retries": 0, "finale": True, **fields})


FATES = st.sampled_from([OK, FAIL, DIES, {**DIES, "until": 1}, nap(0.7), nap(3)])
LIVES = st.lists(
    st.tuples(st.floats(0.05, 5), st.sampled_from(["power", "kill", "stop", "retry"])), max_size=5
)
DELAYS = st.fixed_dictionaries(
    {name: st.sampled_from([0, 0.3, 2.0]) for name in ("append", "sync", "save")}
)


def check_order(store, finale):
    """Each ending of the finale stands behind those of all others that count in its run."""
    ended = {}
    for line in store._jobs[ALICE, "job"].lines:
        if line.status is OutcomeStatus.LOST:
            continue
        if line.index == finale:
            assert len(ended) == finale, "an item had not ended yet"
            for index, (run, status) in ended.items():
                assert run == line.run or status is OutcomeStatus.OK, f"{index} is done again"
        else:
            ended[line.index] = line.run, line.status


async def live(server, fates, concurrency, life_s, how, delays):
    """One life of the server; what it leaves on disk."""
    left = None
    for name, delay_s in delays.items():
        server.store.faults.delay(name, delay_s)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        if "job" not in desk.published.jobs:
            await desk.ask(create(fates, finale=True, concurrency=concurrency))
        await trio.sleep(life_s)
        with suppress(InvalidStatus):
            if how == "retry":
                await desk.ask(RetryJob("job"))
                await trio.sleep(life_s)
        if how in ("power", "kill"):
            left = copy.deepcopy(server.store)
    if left is None:
        return server.store
    for name in delays:
        left.faults.delay(name, 0)
    if how == "power":
        left.lose_power()
    left._saving.clear()
    for job in left._jobs.values():
        job.writing = job.packing = False
    return left


async def story(fates, concurrency, lives, delays):
    server = Server(save_every_s=1.0, outcome_buffer_s=0.1)
    for life_s, how in [*lives, (0, "stop")]:
        store = await live(server, fates, concurrency, life_s, how, delays)
        check_order(store, len(fates) - 1)
        server = Server(save_every_s=1.0, outcome_buffer_s=0.1)
        server.store = store
    async with server.running() as directory:
        view = await until(await directory.find(ALICE), "job", *ENDED)
    check_order(server.store, len(fates) - 1)
    newest = server.store._jobs[ALICE, "job"].newest()
    assert view.job.counts.done == len(newest) == len(fates)
    last = newest[len(fates) - 1]
    assert last.run == view.job.run, "it was not done again"
    assert (view.job.status is JobStatus.FAILED) == (last.status is not OutcomeStatus.OK)
    assert view.job.damage is None


@settings(max_examples=60, deadline=None)
@given(st.lists(FATES, min_size=1, max_size=6), st.integers(1, 8), LIVES, DELAYS)
def test_whatever_dies_it_comes_last_and_once_more_with_every_retry(fates, wide, lives, delays):
    trio.run(partial(story, fates, wide, lives, delays), clock=MockClock(autojump_threshold=0))
