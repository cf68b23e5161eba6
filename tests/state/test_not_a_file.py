"""What stands where a file belongs: told at once, never waited for, never swallowed, kept."""

from __future__ import annotations

import os

import pytest

from state.errors import JobFilesMissing, StorageError
from state.model import LogLine
from tests.support.states import ALICE, a_desk, an_outcome, items

JOB = (ALICE, "job-1")


@pytest.fixture
async def job(store):
    await store.save(ALICE, a_desk(1))
    await store.write_inputs(*JOB, items(3))
    log = await store.open_outcomes(*JOB)
    await log.append([an_outcome(0)])
    await log.aclose()
    await store.append_log(*JOB, [LogLine(1.0, "info", "begun")])
    return store


@pytest.fixture
def folder(data):
    return data / "files" / ALICE / "job-1"


def fifo(path):
    path.unlink()
    os.mkfifo(path)


def a_folder(path):
    path.unlink()
    path.mkdir()


def a_link(path):
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def to_nothing(path):
    path.unlink()
    path.symlink_to("nothing")


STRANGE = [fifo, a_folder, a_link, to_nothing]


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("name", ["inputs.jsonl", "outcomes.jsonl"])
async def test_a_job_whose_file_is_none_says_so_at_once(job, folder, strange, name):
    """A FIFO took a job's outcomes in, and blocked its thread once it was full."""
    strange(folder / name)
    with pytest.raises(JobFilesMissing, match=name):
        await (job.open_inputs if name == "inputs.jsonl" else job.open_outcomes)(*JOB)
    with pytest.raises(JobFilesMissing, match=name):
        await job.read_outcomes(*JOB)


@pytest.mark.parametrize("strange", STRANGE)
async def test_a_log_that_is_no_file_is_set_aside(job, folder, data, strange):
    """A job must not stall for its log, which nobody relies on."""
    strange(folder / "log.jsonl")
    with pytest.raises(JobFilesMissing, match="log"):
        await job.read_log(*JOB)
    await job.append_log(*JOB, [LogLine(2.0, "info", "on")])
    assert [line.message for line in (await job.read_log(*JOB)).lines] == ["on"]
    assert len(os.listdir(data / "quarantine")) == 1


async def test_a_folder_of_a_job_that_is_none_says_so(job, folder):
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")
    with pytest.raises(JobFilesMissing, match="no folder"):
        await job.open_outcomes(*JOB)


async def test_parts_that_are_no_folder_hold_nothing_up(job, folder):
    (folder / "parts").touch()
    await (await job.open_outcomes(*JOB)).aclose()
    assert not (folder / "parts").exists()


@pytest.mark.parametrize("ending", [".json.1", ".json.link"])
async def test_a_folder_in_the_way_of_a_save_fails_one_and_no_more(job, data, ending):
    (data / "sessions" / f"{ALICE}{ending}").mkdir()
    with pytest.raises(StorageError):
        await job.save(ALICE, a_desk(2))
    await job.save(ALICE, a_desk(3))
    assert (await job.load(ALICE)).state == a_desk(3)
    assert len(os.listdir(data / "quarantine")) == 1


async def test_folders_named_like_temp_files_do_not_refuse_the_start(open_store, data):
    async with open_store() as store:
        await store.save(ALICE, a_desk(1))
    for name in (f"{ALICE}.json.0.tmp", f"{ALICE}.json.link"):
        (data / "sessions" / name).mkdir()
    async with open_store() as store:
        assert (await store.load(ALICE)).state == a_desk(1)


def one_letter(path):
    path.write_bytes(path.read_bytes().replace(b"hush", b"hash"))


def another_desks(path):
    path.write_bytes(path.read_bytes().replace(b'"job-1"', b'"job-2"'))


@pytest.mark.parametrize("strange", [*STRANGE, one_letter, another_desks])
async def test_damaged_secrets_are_never_used_and_stand_in_nobodys_way(job, folder, data, strange):
    """A create with secrets, and every delete, killed the desk whose secrets were damaged."""
    await job.save_secrets(*JOB, {"password": "hush"})
    strange(folder.parent / "secrets.json")
    with pytest.raises(JobFilesMissing, match="secrets"):
        await job.load_secrets(*JOB)
    await job.delete_job(ALICE, "job-0")
    assert os.listdir(data / "quarantine") == []
    await job.save_secrets(ALICE, "job-9", {"password": "new"})
    assert await job.load_secrets(ALICE, "job-9") == {"password": "new"}
    assert await job.load_secrets(*JOB) == {}
    assert len(os.listdir(data / "quarantine")) == 1
