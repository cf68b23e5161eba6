"""The durability receipt: it claims what a crash at that very moment would leave, and no more."""

import copy

import pytest
import trio

from actors.errors import StorageUnavailable
from actors.feed import Feed
from actors.messages import DeleteJob, PauseJob, Published, StartJob
from state.errors import StorageFull, StorageReadOnly
from state.memory import MemoryStore
from state.model import JobStatus
from tests.support.servers import (
    ALICE,
    ENDED,
    EPOCH,
    OK,
    Server,
    create,
    nap,
    settled,
    until,
    until_counts,
)

# Of the published snapshots, every so many-eth is taken for the last before a crash.
CRASH_EVERY = 23


class Crashes:
    """What was shown, and the disk as it was then, at many moments of a desk's life."""

    def __init__(self, monkeypatch, store: MemoryStore) -> None:
        self.taken: list[tuple[Published, MemoryStore]] = []
        self._store = store
        self._shown = 0
        publish = Feed.publish

        def noted(feed: Feed, published: Published) -> None:
            publish(feed, published)
            self._note(published)

        monkeypatch.setattr(Feed, "publish", noted)

    def _note(self, published: Published) -> None:
        self._shown += 1
        if self._shown % CRASH_EVERY == 0 or published.transitions[-1:] != self._newest():
            self.taken.append((published, copy.deepcopy(self._store)))

    def _newest(self):
        return self.taken[-1][0].transitions[-1:] if self.taken else None


async def recovered(disk: MemoryStore) -> Published:
    """The desk after the power went and a new server read what was left."""
    disk.lose_power()
    server = Server(boot="paused")
    server.store = disk
    async with server.running() as directory:
        return (await directory.find(ALICE)).published


async def test_nothing_is_claimed_that_a_power_loss_would_take(autojump_clock, monkeypatch):
    server = Server(save_every_s=5.0)
    crashes = Crashes(monkeypatch, server.store)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(0.05)] * 400, concurrency=1))
        await desk.ask(create([OK] * 5, job_id="later", start=False))
        await until_counts(desk, "job", 120)
        await desk.ask(StartJob("later"))
        await until(desk, "job", *ENDED)
    monkeypatch.undo()
    assert len(crashes.taken) > 8
    assert max(shown.saved.unsaved_items for shown, _ in crashes.taken) > 40
    for shown, disk in crashes.taken:
        kept = await recovered(disk)
        assert kept.saved.revision >= shown.saved.revision
        assert kept.jobs.keys() == shown.jobs.keys()
        done = sum(view.counts.done for view in shown.jobs.values())
        left = sum(view.counts.done for view in kept.jobs.values())
        assert done - shown.saved.unsaved_items <= left


async def test_what_is_saved_is_said_with_what_is_shown(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await trio.sleep(3)
        reply = await desk.ask(create([OK], start=False))
        saved = desk.published.saved
        assert (saved.revision, saved.at) == (reply.revision, EPOCH + trio.current_time())
        assert (saved.unsaved_items, saved.failing) == (0, False)


async def test_items_that_end_are_unsaved_until_the_next_save(autojump_clock):
    server = Server(save_every_s=5.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(0.1)] * 30 + [nap(60)], concurrency=1))
        await until_counts(desk, "job", 20)
        shown = desk.published
        assert shown.saved.revision < shown.revision
        kept = (await server.store.load(ALICE)).state.jobs["job"].counts.done
        assert shown.saved.unsaved_items == shown.jobs["job"].counts.done - kept > 0
        await until_counts(desk, "job", 30)
        # The long item runs on and nothing else happens: the save alone is news.
        with trio.fail_after(15):
            while desk.published.saved.unsaved_items:
                await desk.wait_newer(desk.published.revision)
        assert desk.published.saved.revision == desk.published.revision
        assert desk.published.saved.at == EPOCH + trio.current_time()


async def test_a_desk_at_rest_shows_and_writes_nothing_more(autojump_clock):
    server = Server(idle_after_s=10_000)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK] * 20))
        await until(desk, "job", *ENDED)
        await trio.sleep(10)
        shown, saves = desk.published, server.store.saves
        assert (shown.saved.revision, shown.saved.unsaved_items) == (shown.revision, 0)
        await trio.sleep(5_000)
        assert desk.published is shown
        assert server.store.saves == saves


async def test_a_desk_that_is_woken_says_when_it_was_saved_and_is_not_saved_again(autojump_clock):
    server = Server(idle_after_s=60)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False))
        saved = desk.published.saved
        await trio.sleep(500)
        assert server.supervisor.stats.desks_live == 0
        saves = server.store.saves
        woken = await directory.find(ALICE)
        await settled()
        assert woken.published.saved == saved
        assert server.store.saves == saves


@pytest.mark.parametrize(
    ("error", "read_only"), [(StorageFull("full"), False), (StorageReadOnly("dead"), True)]
)
async def test_a_save_that_fails_is_told_once_and_so_is_its_relief(
    autojump_clock, error, read_only
):
    server = Server(save_every_s=5.0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(0.1)] * 10 + [nap(200)], concurrency=1))
        await until_counts(desk, "job", 10)
        saved = desk.published.saved
        server.store.faults.fail("save", error, times=40)
        with trio.fail_after(15):
            while not desk.published.saved.failing:
                await desk.wait_newer(desk.published.revision)
        troubled = desk.published
        assert troubled.flags["read_only"] is read_only
        assert (troubled.saved.at, troubled.saved.revision) == (saved.at, saved.revision)
        assert troubled.saved.unsaved_items == troubled.jobs["job"].counts.done > 0
        await trio.sleep(20)
        assert server.supervisor.stats.save_failures > 10
        assert desk.published.saved == troubled.saved
        assert desk.published.revision <= troubled.revision + 5
        await trio.sleep(40)
        relieved = desk.published.saved
        assert (relieved.failing, relieved.unsaved_items) == (False, 0)
        assert desk.published.flags["read_only"] is False


async def test_a_refused_command_alone_is_no_trouble_of_the_desk(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([OK], start=False))
        shown = desk.published
        server.store.faults.fail("save", StorageFull("full"))
        with pytest.raises(StorageUnavailable):
            await desk.ask(StartJob("job"))
        await trio.sleep(30)
        assert desk.published is shown


async def test_pause_and_delete_leave_nothing_unsaved(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(0.1)] * 100, concurrency=1))
        await until_counts(desk, "job", 17)
        await desk.ask(PauseJob("job"))
        await until(desk, "job", JobStatus.PAUSED)
        await trio.sleep(10)
        assert desk.published.saved.unsaved_items == 0
        await desk.ask(DeleteJob("job"))
        assert desk.published.saved.revision == desk.published.revision
