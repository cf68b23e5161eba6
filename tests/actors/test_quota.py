"""A desk that has used up its share of the disk: jobs wait, creates are refused, all goes on."""

from __future__ import annotations

import random

import msgspec
import pytest
import trio

from actors.caller import Caller
from actors.errors import ActorError, LimitReached
from actors.messages import CancelJob, DeleteJob, PauseJob, ResumeJob, RetryJob
from state.model import QUOTA, Counts, JobStatus
from tests.support.servers import ALICE, BOB, ENDED, FAIL, OK, Server, create, nap, until

LIMIT = 20_000
BIG = {"do": "ok", "pad": "x" * 8_000}
ANN = Caller("a" * 16, "token")


def disk(desk):
    return desk.published.disk


async def until_full(desk, job_id="job"):
    return await until(desk, job_id, JobStatus.PAUSED)


async def test_a_create_that_does_not_fit_is_refused_with_what_there_is(autojump_clock):
    server = Server(max_guest_desk_bytes=LIMIT)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([BIG, BIG], job_id="one", start=False))
        used = disk(desk).used_bytes
        assert 16_000 < used < LIMIT
        with pytest.raises(LimitReached, match="delete jobs first") as refused:
            await desk.ask(create([BIG], job_id="two", start=False))
        assert refused.value.details["limit_bytes"] == LIMIT
        assert used <= refused.value.details["used_bytes"] <= LIMIT
        assert list(desk.published.jobs) == ["one"]
        assert (ALICE, "two") not in server.store._jobs
        # Nobody else is meant, and nothing is left behind.
        bob = await directory.create(BOB)
        await bob.ask(create([BIG, BIG], start=False))
        await desk.ask(DeleteJob("one"))
        await desk.ask(create([BIG], job_id="two", start=False))
        await trio.sleep(10)
        await desk.ask(CancelJob("two"))
        assert disk(desk).used_bytes < 10_000


async def test_a_create_that_will_never_fit_is_told_so_and_not_to_delete(autojump_clock):
    server = Server(max_guest_desk_bytes=LIMIT)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([BIG], job_id="one", start=False))
        used = disk(desk).used_bytes
        with pytest.raises(LimitReached, match="too big for this desk") as refused:
            await desk.ask(create([BIG] * 3, job_id="two", start=False))
        assert "delete" not in str(refused.value)
        assert refused.value.details["used_bytes"] == used
        assert refused.value.details["needed_bytes"] > 24_000 > LIMIT
        with pytest.raises(LimitReached, match="delete jobs first") as refused:
            await desk.ask(create([BIG] * 2, job_id="two", start=False))
        assert 16_000 < refused.value.details["needed_bytes"] < LIMIT


async def test_users_and_guests_have_limits_of_their_own(autojump_clock):
    server = Server(max_guest_desk_bytes=1_000, max_desk_bytes=LIMIT)
    async with server.running() as directory:
        guest = await directory.create(ALICE)
        user = await directory.create(BOB, guest=False)
        assert (disk(guest).limit_bytes, disk(user).limit_bytes) == (1_000, LIMIT)
        with pytest.raises(LimitReached):
            await guest.ask(create([BIG]))
        await user.ask(create([BIG]))


async def test_a_running_job_waits_for_room_and_goes_on_by_itself(autojump_clock):
    server = Server(max_guest_desk_bytes=LIMIT)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([BIG, BIG], job_id="old", start=False))
        await desk.ask(create([nap(0.2)] * 60, concurrency=2))
        waiting = await until_full(desk)
        assert waiting.job.reason == QUOTA
        assert disk(desk).full
        for _ in range(30):
            await trio.sleep(1)
            assert server.store.sizes.usage(ALICE).used_bytes <= LIMIT + 2_000  # the audit log
        assert desk.published.jobs["job"].job.status is JobStatus.PAUSED
        await desk.ask(DeleteJob("old"))
        assert (await until(desk, "job", *ENDED)).job.counts == Counts(60, ok=60)
        assert not disk(desk).full
    lines = (await server.store.read_audit(ALICE)).lines
    assert [(line.who, line.job) for line in lines if line.what == "quota"] == [("system", "job")]


async def test_a_file_that_does_not_fit_is_not_made_over_and_over(autojump_clock):
    """Its item runs again when there is room, and not each second until then."""
    server = Server(max_guest_desk_bytes=500_000)
    made = []
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        pad = {"do": "ok", "pad": "x" * 300_000}
        await desk.ask(create([pad], job_id="old", start=False))
        create_artifact = server.store.create_artifact

        async def counted(*args):
            made.append(args)
            return await create_artifact(*args)

        server.store.create_artifact = counted
        await desk.ask(create([{"do": "artifact", "name": "a", "bytes": 300_000}]))
        assert (await until_full(desk)).job.reason == QUOTA
        await trio.sleep(600)
        assert 1 <= len(made) <= 3
        assert server.store.sizes.usage(ALICE).used_bytes < 500_000
        await desk.ask(DeleteJob("old"))
        assert (await until(desk, "job", *ENDED)).job.counts == Counts(1, ok=1)


async def test_a_small_file_that_does_not_fit_is_kept_when_there_is_room(autojump_clock):
    """Its item is done: it waits with its outcome, and is not made again."""
    server = Server(max_guest_desk_bytes=LIMIT)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([BIG, BIG], job_id="old", start=False))
        await desk.ask(create([{"do": "artifact", "name": "a", "bytes": 10_000}]))
        assert (await until_full(desk)).job.reason == QUOTA
        await trio.sleep(600)
        assert await server.store.list_artifacts(ALICE, "job") == []
        assert server.store.sizes.usage(ALICE).used_bytes < LIMIT
        await desk.ask(DeleteJob("old"))
        assert (await until(desk, "job", *ENDED)).job.counts == Counts(1, ok=1)
        (made,) = await server.store.list_artifacts(ALICE, "job")
        assert made.size_bytes == 10_000


async def test_retention_makes_room_too(autojump_clock):
    server = Server(max_guest_desk_bytes=LIMIT, retention_s=500.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([BIG, BIG], job_id="old"))
        await until(desk, "old", *ENDED)
        await desk.ask(create([nap(0.2)] * 60, concurrency=2))
        await until_full(desk)
        with trio.fail_after(600):
            assert (await until(desk, "job", *ENDED)).job.counts == Counts(60, ok=60)


async def test_a_job_that_waits_for_room_obeys_its_user_and_survives_a_restart(autojump_clock):
    server = Server(max_guest_desk_bytes=LIMIT)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([BIG, BIG], job_id="old", start=False))
        await desk.ask(create([nap(0.2)] * 60, concurrency=2))
        await until_full(desk)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await until_full(desk)
        await desk.ask(PauseJob("job"))
        assert desk.published.jobs["job"].job.reason == "user"
        await desk.ask(DeleteJob("old"))
        await trio.sleep(10)
        assert desk.published.jobs["job"].job.status is JobStatus.PAUSED
        await desk.ask(ResumeJob("job"))
        await until(desk, "job", *ENDED)


@pytest.mark.parametrize("seed", range(12))
async def test_what_is_shown_is_what_is_there_whatever_has_happened(autojump_clock, seed):
    """Random histories on the memory store: creates, runs, retries, deletions, kills."""
    rng = random.Random(seed)
    server = Server(max_guest_desk_bytes=60_000, idle_after_s=20.0, lane_width=2)
    for _ in range(4):
        async with server.running() as directory:
            desk = await directory.create(ALICE)
            for _ in range(12):
                job_ids = list(desk.published.jobs)
                name = f"j{rng.random()}"
                items = rng.choices([OK, FAIL, nap(1), {**BIG, "pad": "x" * 900}], k=5)
                job_id = rng.choice([*job_ids, "none"])
                command = rng.choice(
                    [create(items, job_id=name, concurrency=2)] * 3
                    + [DeleteJob(job_id), CancelJob(job_id), RetryJob(job_id), PauseJob(job_id)]
                    + [ResumeJob(job_id)]
                )
                try:
                    await desk.ask(command, ANN)
                except ActorError:
                    await trio.sleep(rng.random())
                await trio.sleep(rng.choice([0, 0.1, 1, 5]))
                desk = await directory.find(ALICE)
            await trio.sleep(rng.choice([0, 60]))
            truth = there(server.store)
            assert server.store.sizes.usage(ALICE).used_bytes in (truth, 0)
            if rng.random() < 0.3:
                server.store.lose_power()
    # A history may end with a full desk, and the last job is to have room.
    server.settings = msgspec.structs.replace(server.settings, max_guest_desk_bytes=120_000)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await trio.sleep(1_000)
        desk = await directory.find(ALICE)
        await desk.ask(create([OK], job_id="last", start=False))
        assert disk(desk).used_bytes == there(server.store)


def there(store):
    jobs = sum(job.size_bytes for (desk, _), job in store._jobs.items() if desk == ALICE)
    return jobs + store._audit_of(ALICE).size_bytes
