"""What every store promises about small artifacts, which are written many at a time."""

from __future__ import annotations

import zlib

import pytest

from state.errors import ArtifactMissing, ArtifactTooLarge, JobFilesMissing
from tests.support.states import ALICE, BOB, items

JOB = (ALICE, "job-1")


@pytest.fixture
async def job(store):
    await store.write_inputs(*JOB, items(3))
    outcomes = await store.open_outcomes(*JOB)
    yield store
    await outcomes.aclose()


@pytest.fixture
async def pack(job):
    opened = await job.open_artifacts(*JOB)
    yield opened
    await opened.aclose()


async def names(store):
    return [made.name for made in await store.list_artifacts(*JOB)]


async def read(store, name, **more):
    return b"".join([chunk async for chunk in store.open_artifact(*JOB, name, **more)])


async def test_packed_artifacts_appear_when_they_are_synced(job, pack):
    pack.add("letters/Äda.docx", b"dear Ada")
    pack.add("empty", b"")
    assert (pack.buffered_bytes, pack.clean) == (8, False)
    assert await names(job) == []
    await pack.sync()
    assert (pack.buffered_bytes, pack.clean) == (0, True)
    assert await names(job) == ["empty", "letters/Äda.docx"]
    found = await job.find_artifact(*JOB, "letters/Äda.docx")
    assert (found.size_bytes, found.crc32) == (8, zlib.crc32(b"dear Ada"))
    assert found in await job.list_artifacts(*JOB)
    assert await read(job, "letters/Äda.docx", chunk_bytes=3) == b"dear Ada"
    assert await read(job, "letters/Äda.docx", start=5) == b"Ada"
    assert await read(job, "empty") == b""


async def test_a_later_one_of_the_same_name_replaces_it(job, pack):
    pack.add("a", b"first")
    await pack.sync()
    pack.add("a", b"second")
    pack.add("a", b"third!")
    await pack.sync()
    assert await names(job) == ["a"]
    assert await read(job, "a") == b"third!"


@pytest.mark.parametrize("large_last", [False, True])
async def test_small_and_large_replace_each_other(job, pack, large_last):
    async def large():
        writer = await job.create_artifact(*JOB, "a")
        await writer.write(b"large")
        pack.record(await writer.commit())
        await pack.sync()

    async def small():
        pack.add("a", b"small")
        await pack.sync()

    for make in (small, large) if large_last else (large, small):
        await make()
    assert await names(job) == ["a"]
    assert await read(job, "a") == (b"large" if large_last else b"small")
    (listed,) = await job.list_artifacts(*JOB)
    assert listed == await job.find_artifact(*JOB, "a")
    assert listed.crc32 == zlib.crc32(await read(job, "a"))


async def test_what_was_not_synced_is_forgotten(job):
    pack = await job.open_artifacts(*JOB)
    pack.add("kept", b"1")
    await pack.sync()
    pack.add("lost", b"2")
    await pack.aclose()
    await pack.aclose()
    again = await job.open_artifacts(*JOB)
    again.add("more", b"3")
    await again.sync()
    assert await names(job) == ["kept", "more"]
    assert [await read(job, name) for name in ("kept", "more")] == [b"1", b"3"]
    await again.aclose()


async def test_packs_are_open_once_at_a_time(job, pack):
    with pytest.raises(RuntimeError, match="open already"):
        await job.open_artifacts(*JOB)


async def test_wicked_names_and_sizes_are_refused_alone(job, pack):
    with pytest.raises(ValueError, match="not a safe"):
        pack.add("../x", b"")
    with pytest.raises(ArtifactTooLarge):
        pack.add("big", b"x" * 1025)
    pack.add("ok", b"x" * 1024)
    await pack.sync()
    assert await names(job) == ["ok"]


async def test_many_are_found_at_once_and_those_that_are_missing_left_out(job, pack):
    for name in ("a", "b/c", "d"):
        pack.add(name, name.encode())
    await pack.sync()
    writer = await job.create_artifact(*JOB, "large")
    await writer.write(b"x" * 1000)
    pack.record(await writer.commit())
    await pack.sync()
    pack.add("unsynced", b"")
    asked = ["large", "unsynced", "b/c", "", "../a", "none", "a"]
    found = await job.find_artifacts(*JOB, asked)
    assert [made.name for made in found] == ["large", "b/c", "a"]
    assert found == [await job.find_artifact(*JOB, made.name) for made in found]
    # Who opens it next knows what is there, too.
    await pack.aclose()
    again = await job.open_artifacts(*JOB)
    assert await job.find_artifacts(*JOB, asked) == found
    await again.aclose()
    with pytest.raises(JobFilesMissing):
        await job.find_artifacts(BOB, "job-1", ["a"])


@pytest.mark.parametrize("name", ["", "b", "../a", "a/b", "a\0"])
async def test_what_is_not_there_is_missing(job, pack, name):
    pack.add("a", b"1")
    await pack.sync()
    with pytest.raises(ArtifactMissing):
        await job.find_artifact(*JOB, name)
    with pytest.raises(ArtifactMissing):
        await anext(job.open_artifact(*JOB, name))
    with pytest.raises(JobFilesMissing):
        await job.find_artifact(BOB, "job-1", "a")


async def test_many_are_read_in_one_go(job, pack):
    writer = await job.create_artifact(*JOB, "large")
    await writer.write(b"0123456789")
    pack.record(await writer.commit())
    for number in range(5):
        pack.add(f"{number}", bytes([number]) * number)
    await pack.sync()
    wanted = (await job.list_artifacts(*JOB))[::-1]
    read = {made.name: b"" for made in wanted}
    last = -1
    async for batch in job.read_artifacts(*JOB, wanted, chunk_bytes=4, batch_bytes=6):
        for position, chunk in batch:
            assert position in (last, last + 1)
            assert len(chunk) <= 4
            read[wanted[position].name] += chunk
            last = position
    assert last == len(wanted) - 1
    assert read == {"large": b"0123456789"} | {f"{n}": bytes([n]) * n for n in range(5)}


async def test_they_go_with_their_job(job):
    pack = await job.open_artifacts(*JOB)
    pack.add("a", b"1")
    await pack.sync()
    await pack.aclose()
    before = job.sizes.job_bytes(*JOB)
    await job.delete_job(*JOB)
    assert before > 0
    assert job.sizes.job_bytes(*JOB) == 0
    with pytest.raises(JobFilesMissing):
        await job.list_artifacts(*JOB)


async def test_a_full_desk_takes_none_until_there_is_room(job, pack):
    await job.write_inputs(ALICE, "job-2", items(1))
    used = job.sizes.usage(ALICE).used_bytes
    job.sizes.limit(ALICE, used + 500)
    pack.add("a", b"x" * 600)
    with pytest.raises(Exception, match="desk is full"):
        await pack.sync()
    assert await names(job) == []
    assert not pack.clean
    assert job.sizes.usage(ALICE).used_bytes <= used + 500
    job.sizes.limit(ALICE, used + 5_000)
    await job.delete_job(ALICE, "job-2")
    await pack.sync()
    assert await names(job) == ["a"]
