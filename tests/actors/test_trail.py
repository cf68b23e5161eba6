"""What a desk writes to its audit log, and when: with the save, within moments, or counted."""

from __future__ import annotations

import pytest
import trio

from actors.caller import SYSTEM, Caller, job_of
from actors.errors import ActorError, StorageUnavailable
from actors.messages import CancelJob, DeleteJob, PauseJob, StartJob
from actors.session.notes import KINDS, REPEATS, WINDOW_S
from actors.session.trail import FLUSH_S, SYNC_S
from state.errors import StorageBroken, StorageFull
from state.model import JobStatus
from tests.support.servers import ALICE, ENDED, OK, Server, create, nap, until

ANN = Caller("a" * 16, "token", "10.0.0.1")
BEN = Caller("b" * 16, "link", "10.0.0.2")
SOON_S = FLUSH_S + 0.01
DESK_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


async def written(server):
    return (await server.store.read_audit(ALICE)).lines


def said(lines):
    return [(line.what, line.who[0], line.job, line.outcome) for line in lines]


async def test_what_is_done_is_written_before_it_is_answered(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        assert await written(server) == ()
        reply = await desk.ask(create([nap(5)], concurrency=1), ANN)
        (line,) = await written(server)
        assert said([line]) == [("create_job", "a", "job", "ok")]
        assert (line.means, line.origin, line.revision) == ("token", "10.0.0.1", reply.revision)
        for command in (PauseJob("job"), CancelJob("job"), DeleteJob("job")):
            await desk.ask(command, BEN)
        assert said(await written(server))[1:] == [
            ("pause_job", "b", "job", "ok"),
            ("cancel_job", "b", "job", "ok"),
            ("delete_job", "b", "job", "ok"),
        ]


async def test_commands_of_one_save_have_a_line_each_in_their_order(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        for name in "abcdef":
            await desk.ask(create([OK], job_id=name, start=False), ANN)
        saves = server.store.saves
        async with trio.open_nursery() as asking:
            for name in "abcdef":
                asking.start_soon(desk.ask, StartJob(name), BEN)
        assert server.store.saves - saves < 6
        lines = (await written(server))[6:]
        assert sorted(line.job for line in lines if line.what == "start_job") == list("abcdef")


async def test_a_refusal_is_answered_first_and_written_within_moments(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.delay("append_audit", 60)
        with trio.fail_after(1), pytest.raises(ActorError):
            await desk.ask(StartJob("none"), BEN)
        server.store.faults.delay("append_audit", 0)
        await trio.sleep(61)
        assert said(await written(server)) == [("start_job", "b", None, "not_found")]


@pytest.mark.parametrize(
    "name", [DESK_ID, "x" * 16_000, "\0" * 5_000, "\n{}", "\N{PILE OF POO}", ""]
)
async def test_what_is_no_job_is_not_in_the_log(autojump_clock, name):
    """A link pasted in the place of a job's id, or anything: the log has no room for it."""
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        for kind in (StartJob, DeleteJob):
            with pytest.raises(ActorError):
                await desk.ask(kind(name), BEN)
        await trio.sleep(SOON_S)
        lines = await written(server)
        assert [(line.what, line.job) for line in lines] == [
            ("start_job", None),
            ("delete_job", None),
        ]


@pytest.mark.parametrize("name", ["x" * 65, "\0", "a/b", "a b", ""])
def test_what_no_job_is_called_is_no_job_where_it_was_not_looked_up(name):
    assert job_of(StartJob(name)) is None
    assert job_of(StartJob("x" * 64)) == "x" * 64


async def test_what_is_read_is_written_within_moments(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        desk.note("export", ANN, "job")
        assert await written(server) == ()
        await trio.sleep(SOON_S)
        assert said(await written(server)) == [("export", "a", "job", "ok")]


async def test_what_was_refused_before_it_was_a_command_is_written_and_bounded(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        for _ in range(REPEATS + 5):
            desk.note("create_job", ANN, outcome="invalid_request")
        await trio.sleep(WINDOW_S + 1)
        lines = await written(server)
        assert said(lines) == [("create_job", "a", None, "invalid_request")] * (REPEATS + 1)
        assert lines[-1].more == 5


async def test_a_flood_is_summed_up(autojump_clock):
    """Ten lines of a kind a minute; the others are counted, and the commands go between them."""
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        for _ in range(500):
            with pytest.raises(ActorError):
                await desk.ask(StartJob("none"), BEN)
        await desk.ask(create([OK]), ANN)
        await until(desk, "job", *ENDED)
        await trio.sleep(WINDOW_S + 1)
        lines = await written(server)
        refused = [line for line in lines if line.outcome == "not_found"]
        assert len(refused) == REPEATS + 1
        assert [line.more for line in refused] == [0] * REPEATS + [500 - REPEATS]
        assert ("create_job", "a", "job", "ok") in said(lines)


async def test_a_flood_under_ever_new_names_is_bounded_too(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        for number in range(5_000):
            desk.note("export", Caller(f"{number:016x}", "link"))
        await trio.sleep(WINDOW_S + 1)
        lines = await written(server)
        assert len(lines) <= KINDS + REPEATS + 1
        assert sum(line.more or 1 for line in lines) == 5_000


async def test_a_log_that_cannot_be_written_fails_nothing_and_tells_what_is_lost(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.fail("append_audit", StorageFull("full"), times=3)
        await desk.ask(create([OK], start=False), ANN)
        await desk.ask(StartJob("job"), ANN)
        await until(desk, "job", *ENDED)
        desk.note("export", ANN, "job")
        await trio.sleep(SOON_S)
        assert await written(server) == ()
        desk.note("export", ANN, "job")
        await trio.sleep(SOON_S)
        (line,) = await written(server)
        assert (line.what, line.lost) == ("export", 3)
        await desk.ask(DeleteJob("job"), ANN)
        assert (await written(server))[-1].lost == 0
    warned = [event for event, _ in server.heard.lines if "audit" in event]
    assert warned == ["the audit log of a desk is not written"]


async def test_it_is_synced_once_a_second_while_there_is_news_and_then_no_more(autojump_clock):
    server = Server()
    syncs = []
    sync = server.store.sync_audit

    async def counted(desk):
        syncs.append(trio.current_time())
        await sync(desk)

    server.store.sync_audit = counted
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        begun = trio.current_time()
        for number in range(30):
            await desk.ask(create([OK], job_id=f"j{number}", start=False), ANN)
            await trio.sleep(0.1)
        await trio.sleep(600)
        assert 2 <= len(syncs) <= 4
        assert max(syncs) < begun + 3 + 2 * SYNC_S
        server.store.lose_power()
        assert len(await written(server)) == 30


@pytest.mark.parametrize("way", ["stop", "retire"])
async def test_a_desk_that_ends_leaves_nothing_unwritten_or_unsynced(autojump_clock, way):
    server = Server(idle_after_s=0.05)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False), ANN)
        for _ in range(REPEATS + 5):
            desk.note("export", BEN)
        if way == "retire":
            entry = directory.entries()[0]
            with trio.fail_after(5):
                await entry.gone.wait()
            server.store.lose_power()
            assert len(await written(server)) == REPEATS + 2
    server.store.lose_power()
    assert len(await written(server)) == REPEATS + 2
    assert (await written(server))[-1].more == 5


async def test_a_save_that_fails_tells_of_a_refusal_and_of_nothing_done(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False), ANN)
        server.store.faults.fail("save", StorageFull("full"))
        desk.note("export", BEN)
        with pytest.raises(StorageUnavailable):
            await desk.ask(StartJob("job"), ANN)
        await trio.sleep(SOON_S)
        assert said(await written(server))[1:] == [
            ("export", "b", None, "ok"),
            ("start_job", "a", "job", "storage_unavailable"),
        ]


async def test_a_desk_that_dies_of_its_disk_leaves_its_refusals(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False), ANN)
        server.store.faults.fail("save", StorageBroken("EIO"))
        with pytest.raises(StorageUnavailable):
            await desk.ask(StartJob("job"), ANN)
        await trio.sleep(5)
        assert ("start_job", "a", "job", "storage_unavailable") in said(await written(server))


async def test_what_is_read_while_the_actor_restarts_is_noted_by_its_next_life(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False), ANN)
        server.store.faults.fail("save", StorageBroken("EIO"))
        server.store.faults.delay("load", 30)
        with pytest.raises(StorageUnavailable):
            await desk.ask(StartJob("job"), ANN)
        await trio.sleep(5)
        desk.note("export", BEN, "job")
        await trio.sleep(60)
        assert ("export", "b", "job", "ok") in said(await written(server))


async def test_what_the_server_does_by_itself_is_its_own(autojump_clock):
    server = Server(retention_s=100.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK]), ANN)
        await until(desk, "job", *ENDED)
        await trio.sleep(101)
        await desk.ask(create([nap(500)], job_id="long", concurrency=1), ANN)
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        await until(desk, "long", JobStatus.RUNNING)
        lines = await written(server)
    own = [(line.what, line.job) for line in lines if line.who == SYSTEM.who]
    assert own[0] == ("retention", "job")
    assert all(line.means == "system" for line in lines if line.who == SYSTEM.who)


async def test_a_repeated_request_is_told_as_one(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False, key="k"), ANN)
        await desk.ask(create([OK], start=False, key="k", job_id="other"), ANN)
        await trio.sleep(SOON_S)
        assert [line.outcome for line in await written(server)] == ["ok", "replayed"]
