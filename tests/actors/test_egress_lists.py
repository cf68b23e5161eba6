"""A desk's lists of domains: kept, shown, and handed to its jobs, those that run included."""

import msgspec
import pytest
import trio

from actors.errors import StorageUnavailable
from actors.messages import PauseJob, ResumeJob, SetEgress
from state.errors import StorageError
from state.model import NO_LISTS, EgressLists, JobStatus
from tests.support.servers import ALICE, BOB, ENDED, Server, create, nap, until

DENY = EgressLists(deny=("bad.example",))
ALLOW = EgressLists(allow=("good.example",))
LISTS = {"do": "lists"}


class Views:
    """The HTTP client of a worker, as far as lists go: each job has a view of it."""

    def __init__(self, egress=NO_LISTS):
        self.egress = egress

    def for_job(self, egress):
        return Views(egress)

    def permit(self, egress):
        self.egress = egress


async def seen(server, job_id="job", desk=ALICE):
    """The lists that each item found, where it looked."""
    page = await server.store.read_outcomes(desk, job_id)
    results = [msgspec.json.decode(record.result) for record, _ in page.records]
    return [(each["allow"], each["deny"]) for each in results if each]


async def test_the_lists_are_on_disk_and_in_the_revision(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        before = desk.published.revision
        assert desk.published.egress == NO_LISTS
        reply = await desk.ask(SetEgress(DENY))
        assert reply.revision == desk.published.revision > before
        assert desk.published.egress == DENY
        assert (await server.store.load(ALICE)).state.egress == DENY
    async with server.running() as directory:
        assert (await directory.find(ALICE)).published.egress == DENY


async def test_a_job_starts_with_the_lists_of_its_own_desk(autojump_clock):
    server = Server(http=Views())
    async with server.running() as directory:
        for key, lists in ((ALICE, DENY), (BOB, ALLOW)):
            desk = await directory.create(key)
            await desk.ask(SetEgress(lists))
            await desk.ask(create([LISTS]))
            await until(desk, "job", *ENDED)
        assert await seen(server) == [([], ["bad.example"])]
        assert await seen(server, desk=BOB) == [(["good.example"], [])]


async def test_a_running_job_keeps_to_new_lists_from_its_next_item_on(autojump_clock):
    server = Server(http=Views())
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([LISTS, nap(10), LISTS, nap(10), LISTS], concurrency=1))
        await trio.sleep(5)
        await desk.ask(SetEgress(DENY))
        await trio.sleep(10)
        await desk.ask(SetEgress(NO_LISTS))
        await until(desk, "job", *ENDED)
        assert await seen(server) == [([], []), ([], ["bad.example"]), ([], [])]


async def test_an_item_that_begins_at_the_answer_keeps_to_the_new_lists(autojump_clock):
    """However close: what is leased after the answer follows it."""
    server = Server(http=Views())
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([LISTS] * 200, concurrency=1, start=True))
        await until(desk, "job", JobStatus.RUNNING)
        await desk.ask(SetEgress(DENY))
        done = desk.published.jobs["job"].counts.done
        await until(desk, "job", *ENDED)
        found = await seen(server)
        # The one that was at work may have looked before; nobody after it has.
        assert set(map(str, found[done + 2 :])) <= {str(([], ["bad.example"]))}


async def test_a_paused_job_goes_on_under_the_lists_of_then(autojump_clock):
    server = Server(http=Views())
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(10), LISTS], concurrency=1))
        await trio.sleep(1)
        await desk.ask(PauseJob("job"))
        await desk.ask(SetEgress(ALLOW))
        await trio.sleep(60)
        await desk.ask(ResumeJob("job"))
        await until(desk, "job", *ENDED)
        assert await seen(server) == [(["good.example"], [])]


async def test_lists_that_are_not_saved_are_not_in_force(autojump_clock, monkeypatch):
    server = Server(http=Views())
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(10), LISTS], concurrency=1))
        await trio.sleep(1)

        async def failing(*_args, **_kwargs):
            raise StorageError("no")

        monkeypatch.setattr(server.store, "save", failing)
        with pytest.raises(StorageUnavailable):
            await desk.ask(SetEgress(DENY))
        monkeypatch.undo()
        desk = await directory.find(ALICE)
        assert desk.published.egress == NO_LISTS
        await until(desk, "job", *ENDED)
        assert await seen(server) == [([], [])]
