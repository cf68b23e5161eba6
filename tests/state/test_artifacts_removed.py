"""Artifacts that are removed one by one: what is on disk then, and what a failing disk leaves."""

from __future__ import annotations

import errno

import pytest
import trio

from state.errors import ArtifactsInUse, StorageBroken
from state.packs import Packs
from tests.support.states import ALICE, items

JOB = (ALICE, "job-1")
INDEX = "artifacts.jsonl"


@pytest.fixture
async def job(store):
    await store.write_inputs(*JOB, items(3))
    await make(store, a=b"aaaa", b=b"bb")
    await make(store, c=b"ccc")
    return store


@pytest.fixture
def folder(data):
    return data / "files" / ALICE / "job-1"


async def make(store, **small):
    pack = await store.open_artifacts(*JOB)
    for name, data in small.items():
        pack.add(name, data)
    await pack.sync()
    await pack.aclose()


async def shown(store):
    return [made.name for made in await store.list_artifacts(*JOB)]


def sizes(folder):
    return {path.name: path.stat().st_size for path in folder.glob("*.pack")}


def on_disk(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


async def test_the_room_of_packs_comes_back(job, folder):
    await job.remove_artifacts(*JOB, ["b"])
    assert sizes(folder) == {"artifacts-1.pack": 4, "artifacts-2.pack": 3}
    await job.remove_artifacts(*JOB, ["c"])
    assert sizes(folder) == {"artifacts-1.pack": 4}
    assert job.sizes.job_bytes(*JOB) == on_disk(folder)
    await job.remove_artifacts(*JOB, ["a"])
    assert (sizes(folder), (folder / INDEX).read_bytes()) == ({}, b"")
    assert job.sizes.job_bytes(*JOB) == on_disk(folder)


async def test_they_are_gone_for_good_when_it_returns(job, disk):
    disk.calls.clear()
    await job.remove_artifacts(*JOB, ["a"])
    names = [name for name, *_ in disk.calls]
    renamed = names.index("rename")
    assert "fsync" in names[:renamed]
    assert "fsync_dir" in names[renamed:]


async def test_where_the_index_is_damaged_no_bytes_go(job, folder):
    lines = (folder / INDEX).read_bytes().splitlines(keepends=True)
    bad = lines[0].replace(b'"a"', b'"x"', 1)
    (folder / INDEX).write_bytes(bad + b"".join(lines[1:]))
    assert await job.remove_artifacts(*JOB, ["b"]) == 1
    assert (folder / INDEX).read_bytes() == bad + lines[2]
    assert sizes(folder) == {"artifacts-1.pack": 6, "artifacts-2.pack": 3}


async def test_a_full_disk_gives_its_ballast_for_it(job, disk):
    disk.fail("write", errno.ENOSPC, name=f"{INDEX}.tmp")
    assert await job.remove_artifacts(*JOB, ["a"]) == 1
    assert await shown(job) == ["b", "c"]


async def test_a_disk_that_fails_keeps_what_there_was(job, disk, folder):
    disk.fail("fsync", errno.EIO, name=f"{INDEX}.tmp")
    with pytest.raises(StorageBroken):
        await job.remove_artifacts(*JOB, ["a"])
    assert await shown(job) == ["a", "b", "c"]
    assert not [*folder.glob("*.tmp")]
    assert job.sizes.job_bytes(*JOB) == on_disk(folder)


async def test_who_makes_artifacts_waits_for_the_removal(job):
    opened = []

    async def make_more():
        await make(job, d=b"d")
        opened.append("made")

    async def remove():
        opened.append(await job.remove_artifacts(*JOB, ["a"]))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(remove)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(ArtifactsInUse):
            await job.remove_artifacts(*JOB, ["b"])
        nursery.start_soon(make_more)
    assert opened == [1, "made"]
    assert await shown(job) == ["b", "c", "d"]


async def test_who_tries_again_is_told_only_when_it_is_durable(job, disk):
    writer = await job.create_artifact(*JOB, "large")
    await writer.write(b"l" * 100)
    await writer.commit()
    disk.fail("fsync_dir", errno.EIO, name="artifacts")
    with pytest.raises(StorageBroken):
        await job.remove_artifacts(*JOB, ["large"])
    disk.calls.clear()
    assert await job.remove_artifacts(*JOB, ["large"]) == 0
    assert ("fsync_dir", "artifacts") in disk.calls


async def test_who_tries_again_has_the_room_of_the_packs(job, disk, folder):
    disk.fail("truncate", errno.EIO, name="artifacts-1.pack")
    with pytest.raises(StorageBroken):
        await job.remove_artifacts(*JOB, ["b"])
    assert sizes(folder) == {"artifacts-1.pack": 6, "artifacts-2.pack": 3}
    assert await job.remove_artifacts(*JOB, ["b"]) == 0
    assert sizes(folder) == {"artifacts-1.pack": 4, "artifacts-2.pack": 3}
    assert job.sizes.job_bytes(*JOB) == on_disk(folder)


async def test_nothing_is_removed_while_the_index_is_opened_to_add_to_it(job, monkeypatch):
    """What is added to an index that another has taken the place of is nowhere."""
    begun, real = trio.Event(), Packs.opened

    async def slowly(*given):
        packs = await real(*given)
        begun.set()
        await trio.testing.wait_all_tasks_blocked()
        return packs

    monkeypatch.setattr(Packs, "opened", slowly)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lambda: make(job, d=b"d"))
        await begun.wait()
        with pytest.raises(ArtifactsInUse):
            await job.remove_artifacts(*JOB, ["a"])
    assert await shown(job) == ["a", "b", "c", "d"]
    assert await job.remove_artifacts(*JOB, ["a"]) == 1
