"""Packs of small artifacts on disk: one sync for many, torn ends, damage, and failing disks."""

from __future__ import annotations

import errno
import json

import pytest

from state.errors import JobFilesMissing, StorageBroken, StorageError, StorageFull
from state.pack_index import Named
from tests.support.states import ALICE, items

JOB = (ALICE, "job-1")
INDEX = "artifacts.jsonl"


@pytest.fixture
async def job(store):
    await store.write_inputs(*JOB, items(3))
    await (await store.open_outcomes(*JOB)).aclose()
    return store


@pytest.fixture
def folder(data):
    return data / "files" / ALICE / "job-1"


async def packed(store, **made):
    pack = await store.open_artifacts(*JOB)
    for name, data in made.items():
        pack.add(name, data)
    await pack.sync()
    await pack.aclose()


async def shown(store):
    found = {}
    for made in await store.list_artifacts(*JOB):
        chunks = [chunk async for chunk in store.open_artifact(*JOB, made.name)]
        found[made.name] = b"".join(chunks)
    return found


def packs(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.pack"))}


async def test_many_cost_one_sync_of_the_pack_and_one_of_the_index(job, disk, folder):
    pack = await job.open_artifacts(*JOB)
    pack.add("first", b"1")
    await pack.sync()
    disk.calls.clear()
    for number in range(50):
        pack.add(f"{number}.docx", b"x" * 100)
    await pack.sync()
    await pack.sync()
    await pack.aclose()
    assert disk.calls == [
        ("write", "artifacts-1.pack"),
        ("fdatasync", "artifacts-1.pack"),
        ("write", INDEX),
        ("fdatasync", INDEX),
        ("close", "artifacts-1.pack"),
        ("close", INDEX),
    ]
    line = json.loads((folder / INDEX).read_bytes().splitlines()[2])
    assert (line["name"], line["pack"], line["offset"]) == ("1.docx", 1, 101)


async def test_the_bytes_are_durable_before_a_name_is(job, disk):
    await packed(job, a=b"1")
    order = [call for call in disk.calls if call[0] in ("fdatasync", "fsync_dir", "write")]
    at = {call: place for place, call in enumerate(order)}
    assert at["fdatasync", "artifacts-1.pack"] < at["write", INDEX] < at["fdatasync", INDEX]


async def test_each_pack_has_a_durable_name_before_it_is_relied_on(job, disk):
    for number in (1, 2):
        disk.calls.clear()
        await packed(job, **{f"{number}": b"1"})
        created = disk.calls.index(("create", f"artifacts-{number}.pack"))
        named = disk.calls.index(("fsync_dir", "job-1"), created)
        assert named < disk.calls.index(("write", INDEX))


async def test_a_job_that_makes_nothing_has_no_packs(job, folder):
    await (await job.open_artifacts(*JOB)).aclose()
    assert not [*folder.glob("artifacts*")]


async def test_what_is_prepared_has_its_files_and_the_first_sync_makes_none(job, disk, folder):
    pack = await job.open_artifacts(*JOB)
    await pack.prepare()
    assert {path.name for path in folder.glob("artifacts*")} == {INDEX, "artifacts-1.pack"}
    disk.calls.clear()
    await pack.prepare()
    pack.add("a", b"1")
    await pack.sync()
    assert [call for call, _ in disk.calls] == ["write", "fdatasync"] * 2
    await pack.aclose()
    assert await shown(job) == {"a": b"1"}


async def test_what_was_prepared_for_nothing_goes_and_a_pack_that_lost_its_bytes_stays(job, folder):
    await packed(job, a=b"1")
    pack = await job.open_artifacts(*JOB)
    await pack.prepare()
    await pack.aclose()
    assert packs(folder) == {"artifacts-1.pack": b"1", "artifacts-2.pack": b""}
    (folder / "artifacts-1.pack").write_bytes(b"")
    await (await job.open_artifacts(*JOB)).aclose()
    assert packs(folder) == {"artifacts-1.pack": b""}, "it is named: the doctor tells of it"


async def test_who_opens_it_next_begins_another_pack(job, folder):
    await packed(job, a=b"1")
    await packed(job, b=b"22")
    assert packs(folder) == {"artifacts-1.pack": b"1", "artifacts-2.pack": b"22"}
    assert await shown(job) == {"a": b"1", "b": b"22"}


async def test_an_index_torn_at_any_byte_costs_its_last_line(job, folder):
    await packed(job, a=b"1")
    whole = (folder / INDEX).read_bytes()
    await packed(job, b=b"22")
    both = (folder / INDEX).read_bytes()
    for length in range(len(whole), len(both)):
        (folder / INDEX).write_bytes(both[:length])
        (folder / "artifacts-2.pack").write_bytes(b"22")
        assert await shown(job) == {"a": b"1"}
        await (await job.open_artifacts(*JOB)).aclose()
        assert (folder / INDEX).read_bytes() == whole
        assert packs(folder) == {"artifacts-1.pack": b"1"}


async def test_bytes_that_no_line_names_are_cut_off(job, folder):
    await packed(job, a=b"1")
    before = job.sizes.job_bytes(*JOB)
    (folder / "artifacts-1.pack").write_bytes(b"1 and what a dead server did not name")
    await (await job.open_outcomes(*JOB)).aclose()
    await (await job.open_artifacts(*JOB)).aclose()
    assert packs(folder) == {"artifacts-1.pack": b"1"}
    assert job.sizes.job_bytes(*JOB) == before


async def test_nothing_is_cut_off_where_the_index_is_damaged(job, folder):
    await packed(job, a=b"1", b=b"2", c=b"3")
    lines = (folder / INDEX).read_bytes().splitlines(keepends=True)
    (folder / INDEX).write_bytes(b"".join([lines[0], lines[1].replace(b"b", b"x", 1)]) + lines[2])
    (folder / "artifacts-1.pack").write_bytes(b"123456")
    await (await job.open_artifacts(*JOB)).aclose()
    assert packs(folder) == {"artifacts-1.pack": b"123456"}
    assert await shown(job) == {"a": b"1", "c": b"3"}


async def test_a_changed_byte_of_a_pack_is_never_sent(job, folder):
    await packed(job, a=b"good", b=b"bad!", c=b"good")
    (folder / "artifacts-1.pack").write_bytes(b"goodbaD!good")
    with pytest.raises(JobFilesMissing, match="'b' is damaged"):
        await anext(job.open_artifact(*JOB, "b"))
    assert [chunk async for chunk in job.open_artifact(*JOB, "c")] == [b"good"]


@pytest.mark.parametrize("left", [None, b"", b"go"])
async def test_a_pack_that_is_gone_or_too_short_is_damage(job, folder, left):
    await packed(job, a=b"good")
    (folder / "artifacts-1.pack").unlink()
    if left is not None:
        (folder / "artifacts-1.pack").write_bytes(left)
    assert [made.name for made in await job.list_artifacts(*JOB)] == ["a"]
    with pytest.raises(JobFilesMissing):
        await anext(job.open_artifact(*JOB, "a"))


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize(
    ("method", "name", "code", "raised"),
    [
        ("create", "pack", errno.ENOSPC, StorageFull),
        ("write", "pack", errno.ENOSPC, StorageFull),
        ("write", "pack", errno.EIO, StorageBroken),
        ("fdatasync", "pack", errno.EIO, StorageBroken),
        ("fdatasync", "pack", errno.ENOSPC, StorageFull),
        ("fsync_dir", "job-1", errno.EIO, StorageBroken),
        ("write", INDEX, errno.ENOSPC, StorageFull),
        ("fdatasync", INDEX, errno.EIO, StorageBroken),
    ],
)
async def test_a_failed_sync_shows_nothing_and_the_next_makes_up_for_it(
    job, disk, folder, before, method, name, code, raised
):
    pack = await job.open_artifacts(*JOB)
    kept = {"old": b"0"} if before else {}
    if before:
        pack.add("old", b"0")
        await pack.sync()
    pack.add("a", b"1")
    pack.add("b", b"22")
    disk.fail(method, code, name=name, times=2)
    for _ in range(2 if method != "fdatasync" or name != INDEX else 1):
        if before and method in ("create", "fsync_dir"):
            break  # nothing is made any more
        with pytest.raises(raised):
            await pack.sync()
        assert await shown(job) == kept
        assert not pack.clean
    disk.mend()
    await pack.sync()
    assert pack.clean
    assert await shown(job) == kept | {"a": b"1", "b": b"22"}
    await pack.aclose()
    await (await job.open_artifacts(*JOB)).aclose()
    assert await shown(job) == kept | {"a": b"1", "b": b"22"}
    held = sum(map(len, packs(folder).values()))
    assert held == len(b"".join((kept | {"a": b"1", "b": b"22"}).values()))


async def test_a_pack_is_never_synced_again_after_a_failure(job, disk):
    pack = await job.open_artifacts(*JOB)
    pack.add("a", b"1")
    await pack.sync()
    disk.fail("fdatasync", errno.EIO, name="artifacts-1.pack")
    pack.add("b", b"2")
    with pytest.raises(StorageBroken):
        await pack.sync()
    disk.calls.clear()
    await pack.sync()
    await pack.aclose()
    assert disk.called("fdatasync") == ["artifacts-2.pack", INDEX]
    assert await shown(job) == {"a": b"1", "b": b"2"}


async def test_a_full_disk_leaves_no_trail_of_packs(job, disk, folder):
    pack = await job.open_artifacts(*JOB)
    pack.add("a", b"1")
    disk.fail("write", errno.ENOSPC, name="pack", times=20)
    for _ in range(20):
        with pytest.raises(StorageFull):
            await pack.sync()
    assert packs(folder) == {}
    await pack.sync()
    await pack.aclose()
    assert len(packs(folder)) == 1


async def test_a_partly_written_batch_is_cut_off(job, disk, folder):
    pack = await job.open_artifacts(*JOB)
    pack.add("a", b"1")
    await pack.sync()
    used = job.sizes.job_bytes(*JOB)
    disk.short_write(2, name="pack")
    disk.fail("write", errno.ENOSPC, name="pack")
    pack.add("b", b"2222")
    with pytest.raises(StorageError):
        await pack.sync()
    assert packs(folder) == {"artifacts-1.pack": b"1"}
    assert job.sizes.job_bytes(*JOB) == used
    await pack.aclose()


async def test_a_checksum_of_another_file_is_not_believed(job, folder):
    """A server may die between putting a large artifact in place and naming it in the index."""
    pack = await job.open_artifacts(*JOB)
    for content in (b"first", b"other"):
        writer = await job.create_artifact(*JOB, "a")
        await writer.write(content)
        made = await writer.commit()
        if content == b"first":
            pack.record(made)
            await pack.sync()
    await pack.aclose()
    (listed,) = await job.list_artifacts(*JOB)
    assert listed.crc32 is None
    assert await shown(job) == {"a": b"other"}


async def test_readers_see_what_is_synced_while_it_is_written(job, disk):
    pack = await job.open_artifacts(*JOB)
    pack.add("a", b"1")
    disk.fail("fdatasync", errno.EIO, name=INDEX)
    with pytest.raises(StorageBroken):
        await pack.sync()
    assert await shown(job) == {}
    await pack.sync()
    assert await shown(job) == {"a": b"1"}
    await pack.aclose()


async def test_what_its_writer_has_not_made_is_not_looked_for(job, disk):
    pack = await job.open_artifacts(*JOB)
    pack.add("first", b"1")
    await pack.sync()
    disk.calls.clear()
    assert await job.find_artifacts(*JOB, ["second", "third"]) == []
    assert ("open_read", INDEX) not in disk.calls
    assert len(await job.find_artifacts(*JOB, ["first", "second"])) == 1
    assert ("open_read", INDEX) in disk.calls
    await pack.aclose()


def test_of_too_many_names_any_may_be_there(monkeypatch):
    monkeypatch.setattr("state.pack_index.NAMED_MAX", 3)
    named = Named()
    for name in "abc":
        named.add(name)
    assert "a" in named
    assert "d" not in named
    named.add("d")
    assert "e" in named
    named.add("e")
