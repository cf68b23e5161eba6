"""What a desk promises about its disk: durable before visible, one save for many, none for none."""

import pytest
import trio

from actors.errors import (
    IdempotencyConflict,
    InvalidStatus,
    LimitReached,
    MailboxFull,
    StorageUnavailable,
)
from actors.messages import CancelJob, DeleteJob, Idempotency, PauseJob, ResumeJob, StartJob
from state.errors import StorageBroken, StorageFull
from state.model import Counts, JobStatus
from tests.support.servers import (
    ALICE,
    ENDED,
    OK,
    Server,
    create,
    nap,
    settled,
    statuses,
    until,
    until_counts,
)


async def test_a_reply_and_a_snapshot_come_only_after_the_save(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False))
        revision = desk.published.revision
        server.store.faults.delay("save", 7.0)
        started = trio.current_time()
        async with trio.open_nursery() as tasks:
            tasks.start_soon(desk.ask, StartJob("job"))
            await trio.sleep(6.9)
            assert desk.published.revision == revision
        assert trio.current_time() - started == pytest.approx(7.0)
        assert desk.published.revision == revision + 1


async def test_commands_that_wait_share_one_save(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        for number in range(11):
            await desk.ask(create([OK], job_id=f"job{number}", start=False))
        server.store.faults.delay("save", 0.01)
        before = server.store.saves
        async with trio.open_nursery() as tasks:
            for number in range(11):
                tasks.start_soon(desk.ask, StartJob(f"job{number}"))
                if number == 0:
                    await settled()
        assert server.store.saves - before <= 3


async def test_a_clean_desk_writes_nothing(autojump_clock):
    server = Server(idle_after_s=10_000)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK] * 20))
        await until(desk, "job", *ENDED)
        await trio.sleep(10)
        saves = server.store.saves
        await trio.sleep(5_000)
        assert server.store.saves == saves


async def test_progress_is_shown_often_and_saved_seldom(autojump_clock):
    server = Server(save_every_s=5.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(0.05)] * 1_000, concurrency=1))
        saves, revision = server.store.saves, desk.published.revision
        await trio.sleep(30)
        assert 4 <= server.store.saves - saves <= 7
        assert 200 <= desk.published.revision - revision <= 310
        kept = (await server.store.load(ALICE)).state.jobs["job"].counts
        assert 400 < kept.done <= desk.published.jobs["job"].counts.done


async def test_a_full_disk_refuses_the_command_and_shows_nothing(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False))
        shown = desk.published.jobs
        server.store.faults.fail("save", StorageFull("no space"))
        with pytest.raises(StorageUnavailable) as caught:
            await desk.ask(StartJob("job"))
        assert caught.value.details == {"full": True}
        assert desk.published.jobs == shown
        await desk.ask(StartJob("job"))
        await until(desk, "job", *ENDED)
        assert server.supervisor.stats.restarts == 0


async def test_an_unknown_save_refuses_the_command_and_reads_the_desk_again(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(5)] * 4, job_id="runs", concurrency=1))
        await desk.ask(create([OK], start=False))
        revision = desk.published.revision
        server.store.faults.fail("save", StorageBroken("EIO"))
        with pytest.raises(StorageUnavailable):
            await desk.ask(StartJob("job"))
        restarted = await desk.wait_newer(desk.published.revision)
        assert restarted.revision > revision
        assert desk.published.jobs["job"].job.status is JobStatus.PENDING
        assert server.supervisor.stats.restarts == 1
        assert (await until(desk, "runs", *ENDED)).job.counts == Counts(4, ok=4)


async def test_a_refusal_waits_for_the_save_that_it_rests_on(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False))
        server.store.faults.delay("save", 1.0)
        server.store.faults.fail("save", StorageFull("no space"))
        letters = [desk._mailbox.offer(command) for command in (StartJob("job"), StartJob("job"))]
        before = trio.current_time()
        for letter in letters:
            with pytest.raises(StorageUnavailable):
                await letter.answer()
        assert trio.current_time() == before + 1
        letters = [desk._mailbox.offer(command) for command in (StartJob("job"), StartJob("job"))]
        assert (await letters[0].answer()).job.job.status is JobStatus.QUEUED
        with pytest.raises(InvalidStatus):
            await letters[1].answer()


async def test_a_full_disk_does_not_stop_what_runs(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1)] * 30, concurrency=1))
        await until_counts(desk, "job", 2)
        server.store.faults.fail("save", StorageFull("no space"), times=8)
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(30, ok=30)
        assert server.supervisor.stats.save_failures == 8


async def test_a_desk_that_holds_too_much_refuses_and_lives_on(autojump_clock, monkeypatch):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(50)], job_id="runs"))
        monkeypatch.setattr("state.codec.MAX_FILE_BYTES", 4_000)
        with pytest.raises(LimitReached):
            await desk.ask(create([OK], spec={"headers": "x" * 4_000}))
        assert list(desk.published.jobs) == ["runs"]
        view = await until(desk, "runs", *ENDED)
        assert statuses(desk.published, "runs") == ["pending", "queued", "running", "completed"]
        assert view.job.counts.ok == 1
        await desk.ask(DeleteJob("runs"))


async def test_inputs_that_cannot_be_written_make_no_job(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.fail("write_inputs", StorageFull("no space"))
        with pytest.raises(StorageUnavailable):
            await desk.ask(create([OK]))
        assert desk.published.jobs == {}
        await desk.ask(create([OK]))


async def test_a_job_whose_save_fails_leaves_no_files(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.fail("save", StorageFull("no space"))
        with pytest.raises(StorageUnavailable):
            await desk.ask(create([OK]))
        await settled()
        assert server.store._jobs == {}


async def test_a_big_job_on_its_way_delays_no_other_command(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], job_id="small", start=False))
        server.store.faults.delay("write_inputs", 30.0)
        async with trio.open_nursery() as tasks:
            tasks.start_soon(desk.ask, create([OK] * 1_000, job_id="big"))
            await settled()
            before = trio.current_time()
            await desk.ask(StartJob("small"))
            assert trio.current_time() - before < 1


async def test_a_full_mailbox_says_so_at_once(autojump_clock):
    server = Server(mailbox_size=2)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        for number in range(3):
            await desk.ask(create([OK], job_id=f"job{number}", start=False))
        server.store.faults.delay("save", 5.0)
        async with trio.open_nursery() as tasks:
            tasks.start_soon(desk.ask, StartJob("job0"))
            tasks.start_soon(desk.ask, StartJob("job1"))
            await settled()
            with pytest.raises(MailboxFull):
                await desk.ask(StartJob("job2"))
        await desk.ask(StartJob("job2"))


async def test_a_repeated_create_is_answered_as_the_first_was(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        first = await desk.ask(create([OK, OK], key="k"))
        await until(desk, "job", *ENDED)
        again = await desk.ask(create([OK, OK], job_id="another", key="k"))
        assert again.replayed
        assert (again.revision, again.job) == (first.revision, first.job)
        assert list(desk.published.jobs) == ["job"]
        assert list(server.store._jobs) == [(ALICE, "job")]
        with pytest.raises(IdempotencyConflict):
            await desk.ask(CancelJob("job", Idempotency("k", "other print")))


async def test_two_creates_at_once_with_one_key_make_one_job(autojump_clock):
    server = Server()
    replies = []

    async def ask(desk, job_id):
        replies.append(await desk.ask(create([OK], job_id=job_id, key="k", start=False)))

    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with trio.open_nursery() as tasks:
            tasks.start_soon(ask, desk, "one")
            tasks.start_soon(ask, desk, "two")
        assert replies[0].job == replies[1].job
        assert sorted(reply.replayed for reply in replies) == [False, True]
        await settled()
        assert len(desk.published.jobs) == len(server.store._jobs) == 1


async def test_the_answer_of_a_pause_is_kept_too(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK, nap(50)], concurrency=1))
        await until_counts(desk, "job", 1)
        first = await desk.ask(PauseJob("job", Idempotency("p", "print")))
        assert first.job.job.counts.done == 1
        await desk.ask(ResumeJob("job"))
        await until(desk, "job", *ENDED)
        again = await desk.ask(PauseJob("job", Idempotency("p", "print")))
        assert again.job == first.job


async def test_storage_trouble_of_a_job_shows_and_passes_by_itself(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(1)] * 10, concurrency=1))
        await until_counts(desk, "job", 2)
        server.store.faults.fail("append", StorageFull("no space"), times=3)
        paused = await until(desk, "job", JobStatus.PAUSED)
        assert paused.job.reason == "storage"
        await until(desk, "job", JobStatus.RUNNING)
        view = await until(desk, "job", *ENDED)
        assert view.job.counts == Counts(10, ok=10)
        page = await server.store.read_outcomes(ALICE, "job")
        assert page.total == 10
        log = await server.store.read_log(ALICE, "job")
        said = [line.message for line in log.lines]
        assert "paused, its files cannot be written: no space" in said
        assert "goes on, its files can be written again" in said
