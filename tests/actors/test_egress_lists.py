"""A desk's lists of domains: kept, shown, and handed to its jobs, those that run included."""

from types import SimpleNamespace

import msgspec
import pytest
import trio

from actors.errors import StorageUnavailable
from actors.messages import PauseJob, ResumeJob
from actors.runner.line import DeskLine
from actors.settings import SetEgress
from state.errors import StorageError
from state.model import NO_LISTS, EgressLists
from tests.support.servers import ALICE, BOB, ENDED, Server, create, nap, until
from tests.support.states import a_job
from workers.inline import InlineWorker

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


async def test_an_item_at_work_keeps_to_new_lists_with_its_next_request(autojump_clock):
    server = Server(http=Views())
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([{**LISTS, "s": 10}]))
        await trio.sleep(5)
        await desk.ask(SetEgress(DENY))
        await until(desk, "job", *ENDED)
        assert await seen(server) == [([], ["bad.example"])]


async def test_the_pool_knows_new_lists_when_the_desk_answers(autojump_clock, monkeypatch):
    """However close the next lease is: it follows the lists on the same line."""
    server = Server(http=Views())
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(create([nap(10)] * 2, concurrency=1))
        await trio.sleep(5)
        posted = []
        monkeypatch.setattr(InlineWorker, "post", lambda _, message: posted.append(message))
        await desk.ask(SetEgress(DENY))
        assert [message.egress for message in posted] == [DENY]
        server.workers.kill()


async def test_lists_that_come_before_the_pool_is_reached_hold_too(autojump_clock):
    """The brief is written, then the job waits for its pool."""
    line = DeskLine(a_job(), lambda _: None)
    told = []
    line.permit(DENY)
    with line.attached(SimpleNamespace(permit=told.append)):
        line.permit(ALLOW)
    line.permit(NO_LISTS)
    assert told == [DENY, ALLOW]


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
