"""The audit log as a file: torn, damaged, foreign, full or no file at all, it holds up nobody."""

from __future__ import annotations

import errno
import os

import pytest

from state.audit import LINE_MAX_BYTES, AuditLine, utc_ms
from state.errors import StorageBroken, StorageError, StorageFull
from tests.support.states import ALICE, BOB, a_desk


def line(number):
    return AuditLine(
        at=utc_ms(1_700_000_000.0), who="a" * 16, means="link", what="start_job", revision=number
    )


async def numbers(store, desk=ALICE):
    page = await store.read_audit(desk)
    return [found.revision for found in page.lines], page.bad_lines


@pytest.fixture
def file(data):
    return data / "files" / ALICE / "audit.jsonl"


def test_a_line_is_short_and_says_only_what_there_is_to_say():
    longest = AuditLine(
        at=utc_ms(1_700_000_000.123),
        who="a" * 16,
        means="session",
        what="acknowledge_restore",
        job="x" * 64,
        origin="f" * 45,
        outcome="storage_unavailable",
        revision=10**15,
        more=10**9,
        lost=10**9,
    )
    assert longest.at == "2023-11-14T22:13:20.123Z"
    assert len(str(longest)) < LINE_MAX_BYTES / 4


async def test_a_save_with_a_line_costs_no_sync_more(store, disk):
    await store.write_inputs(ALICE, "job-1", [])
    await store.save(ALICE, a_desk(1), audit=[line(1)])
    disk.calls.clear()
    await store.save(ALICE, a_desk(2), audit=[line(2)])
    said = [method for method, _ in disk.calls]
    assert sum("sync" in method for method in said) == 2
    assert disk.calls.index(("write", "audit.jsonl")) > disk.calls.index(
        ("rename", f"{ALICE}.json")
    )


async def test_a_sync_makes_the_name_durable_once(store, disk):
    await store.append_audit(ALICE, [line(1)])
    disk.calls.clear()
    await store.sync_audit(ALICE)
    await store.sync_audit(ALICE)
    assert disk.called("fdatasync") == ["audit.jsonl"] * 2
    assert disk.called("fsync_dir") == [ALICE]


@pytest.mark.parametrize("cut", [1, 5, 60, 10**6])
async def test_a_torn_last_line_is_cut(open_store, file, cut):
    async with open_store() as store:
        await store.append_audit(ALICE, [line(1), line(2)])
    whole = file.read_bytes()
    file.write_bytes(whole[: -min(cut, len(whole))])
    async with open_store() as store:
        assert (await numbers(store))[0] in ([1], [])
        await store.append_audit(ALICE, [line(3)])
        found, bad = await numbers(store)
        assert found == ([3] if cut == 10**6 else [1, 3])
        assert bad == 0


async def test_zeros_that_a_power_loss_leaves_are_cut(open_store, file):
    async with open_store() as store:
        await store.append_audit(ALICE, [line(1)])
    with file.open("ab") as torn:
        torn.write(b"\0" * 200_000)
    async with open_store() as store:
        await store.append_audit(ALICE, [line(2)])
        assert await numbers(store) == ([1, 2], 0)
    assert file.stat().st_size < 1000


@pytest.mark.parametrize(("old", "new"), [(b'"revision":2', b'"revision":7'), (b"ok", b"\xff\n")])
async def test_a_changed_line_is_counted_and_no_other_is(store, file, old, new):
    await store.append_audit(ALICE, [line(number) for number in (1, 2, 3)])
    lines = file.read_bytes().split(b"\n")
    lines[2] = lines[2].replace(b"start_job", new) if old == b"ok" else lines[2].replace(old, new)
    file.write_bytes(b"\n".join(lines))
    found, bad = await numbers(store)
    assert found == [1, 3]
    assert bad >= 1


async def test_a_line_of_another_desk_is_as_foreign_as_a_torn_one(store, data, file):
    await store.append_audit(ALICE, [line(1)])
    await store.append_audit(BOB, [line(2)])
    other = data / "files" / BOB / "audit.jsonl"
    other.write_bytes(other.read_bytes() + file.read_bytes().split(b"\n")[1] + b"\n")
    assert await numbers(store, BOB) == ([2], 1)


async def test_a_damaged_head_costs_no_line(store, file):
    for number in range(40):
        await store.append_audit(ALICE, [line(number)])
    before = await numbers(store)
    file.write_bytes(file.read_bytes().replace(b'"base":', b'"bass":', 1))
    found, bad = await numbers(store)
    assert (found, bad) == (before[0], 1)


async def test_a_server_that_dies_in_a_rotation_loses_nothing(open_store, file, disk):
    """The full file is put aside; the one that follows is not there yet."""
    async with open_store(max_audit_bytes=2048) as store:
        number = 0
        while not file.with_name("audit.jsonl.1").exists():
            disk.calls.clear()
            number += 1
            await store.append_audit(ALICE, [line(number)])
        assert disk.calls.index(("fdatasync", "audit.jsonl")) < disk.calls.index(
            ("rename", "audit.jsonl.1")
        )
        end = (await store.read_audit(ALICE, after=2**53)).size
    whole = file.read_bytes()
    file.unlink()
    async with open_store(max_audit_bytes=2048) as store:
        assert (await numbers(store))[0] == list(range(1, number))
        await store.append_audit(ALICE, [line(number)])
        assert file.read_bytes() == whole
        assert (await store.read_audit(ALICE, after=2**53)).size == end


@pytest.mark.parametrize("kind", ["fifo", "folder", "link"])
async def test_what_is_no_file_is_put_aside(store, data, file, kind):
    await store.append_audit(ALICE, [line(1)])
    await store.sync_audit(ALICE)  # until then it is held open
    file.unlink()
    if kind == "fifo":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    else:
        target = data / "elsewhere"
        target.write_text("not ours\n")
        file.symlink_to(target)
    assert await numbers(store) == ([], 0)
    await store.append_audit(ALICE, [line(2)])
    assert (await numbers(store))[0] == [2]
    assert len(list((data / "quarantine").iterdir())) == 1
    if kind == "link":
        assert target.read_text() == "not ours\n"


async def test_a_full_disk_leaves_whole_lines_and_fails_no_save(store, disk, file):
    await store.append_audit(ALICE, [line(1)])
    before = file.read_bytes()
    disk.short_write(7, name="audit.jsonl")
    disk.fail("write", errno.ENOSPC, name="audit.jsonl")
    with pytest.raises(StorageFull):
        await store.append_audit(ALICE, [line(2)])
    assert file.read_bytes() == before
    disk.fail("write", errno.EIO, name="audit.jsonl")
    assert isinstance(await store.save(ALICE, a_desk(1), audit=[line(3)]), StorageBroken)
    await store.append_audit(ALICE, [line(4)])
    assert await numbers(store) == ([1, 4], 0)


async def test_it_is_nobody_elses_whatever_the_umask(store, file):
    mask = os.umask(0)
    try:
        await store.append_audit(ALICE, [line(1)])
    finally:
        os.umask(mask)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


async def test_a_load_leaves_it_where_it_is(open_store):
    async with open_store() as store:
        await store.save(ALICE, a_desk(1), audit=[line(1)])
    async with open_store() as store:
        await store.load(ALICE)
        assert await numbers(store) == ([1], 0)


async def test_a_sync_without_a_file_is_an_error_in_words(store):
    with pytest.raises(StorageError, match="refused"):
        await store.sync_audit(ALICE)


async def test_a_log_that_cannot_be_measured_keeps_no_descriptor(open_store, disk):
    async with open_store() as store:
        await store.append_audit(ALICE, [line(1)])
    async with open_store() as store:
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(3):
            disk.fail("open_read", errno.EMFILE, name="audit.jsonl")
            with pytest.raises(StorageError):
                await store.append_audit(ALICE, [line(2)])
        assert len(os.listdir("/proc/self/fd")) == before
        await store.append_audit(ALICE, [line(3)])
        assert await numbers(store) == ([1, 3], 0)
