"""The library of a desk: durable before it is shown, swept behind it, and the copies of jobs."""

from __future__ import annotations

import pytest
import trio
from msgspec.structs import replace

from actors.errors import InvalidSpec, LimitReached, StorageUnavailable, TemplateNotFound
from actors.library import DeleteTemplate, SaveDataSource, SavePicture, SaveTemplate
from actors.messages import DeleteJob, StartJob
from actors.settings import AcknowledgeRestore
from state.digests import digest_of
from state.errors import JobFilesMissing, LibraryMissing, StorageBroken, StorageError, StorageFull
from state.library import DataSource, Picture, Template
from tests.support.servers import ALICE, OK, Server, create, settled

FACTS = b'{"format":"txt"}'
OLD, NEW = b"Dear {{ name }}", b"Hello {{ name }}"


async def put(desk, data, id="letter", **fields):
    digests = {"digest": digest_of(data), "facts": digest_of(FACTS)}
    template = Template(id=id, name=id, format="txt", size_bytes=len(data), **digests)
    return await desk.ask(SaveTemplate(template=template, data=data, facts=FACTS, **fields))


async def is_kept(server, data):
    try:
        return await server.store.read_library(ALICE, digest_of(data)) == data
    except LibraryMissing:
        return False


async def turn_over(desk):
    """Another generation of the desk, and what follows on it."""
    await desk.ask(AcknowledgeRestore())
    await settled()


async def test_it_is_on_disk_before_it_is_answered_and_over_a_restart(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        reply = await put(desk, OLD)
        assert desk.published.revision >= reply.revision
        assert desk.published.templates["letter"].version == 1
        assert await is_kept(server, OLD)
        assert await is_kept(server, FACTS)
        server.store.lose_power()
    async with server.running() as directory:
        desk = await directory.find(ALICE)
        assert desk.published.templates["letter"].digest == digest_of(OLD)
        assert await is_kept(server, OLD)


async def test_a_version_goes_when_no_generation_names_it_and_not_before(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, OLD)
        await put(desk, NEW)
        await settled()
        assert [await is_kept(server, data) for data in (OLD, NEW, FACTS)] == [True, True, True]
        await turn_over(desk)
        assert [await is_kept(server, data) for data in (OLD, NEW, FACTS)] == [False, True, True]
        await desk.ask(DeleteTemplate("letter"))
        await settled()
        assert await is_kept(server, NEW)
        await turn_over(desk)
        assert [await is_kept(server, data) for data in (NEW, FACTS)] == [False, False]


async def test_what_another_still_names_stays(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, OLD)
        await put(desk, OLD, id="copy")
        source = DataSource(
            id="s", name="s", digest=digest_of(NEW), facts=digest_of(FACTS), format="csv",
            columns_n=1, rows=1, size_bytes=1,
        )  # fmt: skip
        await desk.ask(SaveDataSource(source=source, data=NEW, facts=FACTS))
        await desk.ask(DeleteTemplate("letter"))
        for _ in range(3):
            await turn_over(desk)
        assert [await is_kept(server, data) for data in (OLD, NEW, FACTS)] == [True, True, True]


async def test_the_files_of_a_picture_go_with_it(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        for data in (OLD, NEW):
            picture = Picture(
                id="p", name="p", digest=digest_of(data), format="png", width=1, height=1,
                size_bytes=1, thumbnail=digest_of(data[:1]),
            )  # fmt: skip
            await desk.ask(SavePicture(picture=picture, data=data, thumbnail=data[:1]))
            assert desk.published.pictures["p"].digest == digest_of(data)
        for _ in range(3):
            await turn_over(desk)
        kept = [await is_kept(server, data) for data in (OLD, OLD[:1], NEW, NEW[:1])]
        assert kept == [False, False, True, True]


ERRORS = [StorageError("who knows"), StorageFull("full"), StorageBroken("EIO")]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("operation", ["save_library", "save"])
async def test_a_disk_that_fails_refuses_it_and_keeps_the_version_before(
    operation, error, autojump_clock
):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, OLD)
        server.store.faults.fail(operation, error)
        with pytest.raises(StorageUnavailable):
            await put(desk, NEW)
        await trio.sleep(60)
        desk = await directory.find(ALICE)
        assert desk.published.templates["letter"].digest == digest_of(OLD)
        assert await is_kept(server, OLD)
        await put(desk, NEW)
        assert desk.published.templates["letter"].digest == digest_of(NEW)


async def test_there_is_room_or_it_is_told_how_much_is_missing(autojump_clock):
    server = Server(max_guest_desk_bytes=2_000)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        with pytest.raises(LimitReached, match="this needs 5,000 bytes more") as refused:
            await put(desk, b"x" * 5_000)
        assert refused.value.details["limit_bytes"] == 2_000
        await put(desk, OLD)


async def test_a_large_one_holds_up_no_other_command(autojump_clock):
    server = Server()
    server.store.faults.delay("save_library", 60)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        async with trio.open_nursery() as tasks:
            tasks.start_soon(put, desk, OLD)
            await settled()
            began = trio.current_time()
            with pytest.raises(TemplateNotFound):
                await desk.ask(DeleteTemplate("letter"))
            assert trio.current_time() - began < 1


async def test_what_cannot_be_kept_is_refused_before_its_files_are_written(autojump_clock):
    server = Server(max_templates=0)
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        with pytest.raises(LimitReached):
            await put(desk, OLD)
        assert not await is_kept(server, OLD)


async def test_a_job_has_what_it_was_made_with_until_it_is_deleted(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await put(desk, OLD)
        given = {"assets": (digest_of(OLD),), "templates": ("letter",)}
        await desk.ask(replace(create([OK], start=False), **given))
        assert desk.published.templates["letter"].uses == 1
        await desk.ask(DeleteTemplate("letter"))
        for _ in range(3):
            await turn_over(desk)
        assert not await is_kept(server, OLD)
        assert await server.store.read_asset(ALICE, "job", digest_of(OLD)) == OLD
        await desk.ask(StartJob("job"))
        await desk.ask(DeleteJob("job"))
        await settled()
        with pytest.raises(JobFilesMissing):
            await server.store.read_asset(ALICE, "job", digest_of(OLD))


async def test_a_job_of_what_is_not_there_is_none(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        with pytest.raises(InvalidSpec, match="upload it again"):
            await desk.ask(replace(create([OK]), assets=(digest_of(OLD),)))
        assert desk.published.jobs == {}
        assert server.store.sizes.usage(ALICE).used_bytes < 2_000
