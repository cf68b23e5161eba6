"""Nothing is taken away that is not kept, and a disk that fails ends nothing but that one step."""

from __future__ import annotations

import errno

import pytest
from msgspec.structs import replace

from state.model import Counts
from tests.support.data_folders import DONE, codes, copy_of, examined, make_healthy
from tests.support.planted import (
    HOME,
    JOB,
    NEWEST,
    OUTCOMES,
    PREVIOUS,
    at,
    changed,
    rewritten,
)
from tests.support.watched_files import WatchedFiles

LOG = f"{JOB}/log.jsonl"


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    data = tmp_path_factory.mktemp("healthy") / "data"
    make_healthy(data)
    return data


@pytest.fixture
def data(healthy, tmp_path):
    return copy_of(healthy, tmp_path / "data")


def torn_outcome(data):
    changed(at(data, OUTCOMES), lambda old: old + b"planted at the end")


def bad_outcome(data):
    changed(at(data, OUTCOMES), lambda old: b"planted in the middle\n" + old)


def bad_log(data):
    changed(at(data, LOG), lambda old: b"planted in the log\n" + old + b"planted after it")


def damaged_newest(data):
    at(data, NEWEST).write_bytes(b"planted newest")


def damaged_previous(data):
    at(data, PREVIOUS).write_bytes(b"planted previous")


def foreign_file(data):
    at(data, f"{HOME}/notes").write_bytes(b"planted notes")


def foreign_folder(data):
    at(data, f"files/{'0' * 64}").mkdir()
    at(data, f"files/{'0' * 64}/secrets.json").write_bytes(b"planted secrets")


PLANTS = [
    torn_outcome,
    bad_outcome,
    bad_log,
    damaged_newest,
    damaged_previous,
    foreign_file,
    foreign_folder,
]


def held(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_what_is_taken_away_is_in_quarantine(data, plant):
    plant(data)
    count = held(data).count(b"planted ")
    examined(data, repair=True)
    assert held(data / "quarantine").count(b"planted ") == count


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("method", ["create", "write", "fsync", "rename", "fsync_dir", "truncate"])
def test_a_step_that_fails_takes_nothing_away_and_is_told(data, plant, method):
    plant(data)
    count = held(data).count(b"planted ")
    disk = WatchedFiles()
    disk.fail(method, errno.ENOSPC, times=1000)
    told = examined(data, repair=True, files=disk).findings
    failed = [finding for finding in told if finding.repairable and not finding.repaired]
    assert bool(failed) == bool(disk.called(method))
    assert all(finding.said for finding in failed)
    assert held(data).count(b"planted ") >= count
    assert not [*data.rglob("*.tmp")]
    examined(data, repair=True)
    assert [x for x in examined(data).findings if x.repairable] == []


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("inputs.jsonl", "open_read"),
        ("outcomes.jsonl", "read"),
        ("log.jsonl", "open_read"),
        ("secrets.json", "open_read"),
        (DONE, "open_folder"),
        (NEWEST.partition("/")[2], "facts"),
    ],
)
def test_what_the_disk_cannot_read_is_told_and_the_rest_is_checked(data, name, method):
    disk = WatchedFiles()
    disk.fail(method, errno.EIO, name=name, times=1000)
    report = examined(data, files=disk)
    assert "unreadable" in codes(report)
    assert report.checked.desks == 2


def test_an_item_that_failed_in_an_earlier_run_is_not_counted(data):
    """It was retried: its job's figures are those of the run that began since."""

    def retried(state):
        job = replace(state.jobs[DONE], run=2, counts=Counts(3, 2, 0))
        return replace(state, jobs={**state.jobs, DONE: job})

    rewritten(data, retried)
    assert examined(data).findings == []
