"""The doctor beside a server at work, and in folders that no server has left so."""

from __future__ import annotations

import os
import shutil
import subprocess
import time

import pytest

from state.codec import encode
from state.desks import DeskFiles, file_names
from state.doctor.findings import Severity
from state.files import RealFiles
from state.migrations import SCHEMA
from tests.support.data_folders import DONE, codes, copy_of, examined, make_healthy
from tests.support.planted import NEWEST, PREVIOUS, at, plant_foreign_at_the_top
from tests.support.states import ALICE, a_desk


@pytest.fixture
def data(tmp_path):
    make_healthy(tmp_path / "data")
    return tmp_path / "data"


class SavesAtEveryLook(RealFiles):
    """A server saves the desk whenever somebody has opened its file, as often as it can."""

    def __init__(self, data):
        super().__init__()
        self._sessions = os.open(data / "sessions", os.O_RDONLY)
        self._quarantine = os.open(data / "quarantine", os.O_RDONLY)
        self._state = None
        self._busy = False

    def open_read(self, folder, name):
        handle = super().open_read(folder, name)
        if name in file_names(ALICE) and not self._busy:
            self._busy = True
            self._save()
            self._busy = False
        return handle

    def _save(self):
        desks = DeskFiles(self, self._sessions, self._quarantine, schema=SCHEMA, now=time.time)
        state = desks.load(ALICE)
        desks.replace(ALICE, encode(ALICE, a_desk(state.revision + 1, *state.jobs.values())))

    def close_all(self):
        os.close(self._sessions)
        os.close(self._quarantine)


def test_a_desk_that_is_saved_between_two_looks_is_not_called_damaged(data):
    files = SavesAtEveryLook(data)
    try:
        report = examined(data, live=True, files=files)
    finally:
        files.close_all()
    assert [x.code for x in report.findings if x.severity is not Severity.NOTE] == []


class TempsGetTheirNames(RealFiles):
    """A write in that folder is over as soon as its half-done file was listed."""

    def __init__(self, where):
        super().__init__()
        self._where = where.stat().st_ino

    def list(self, folder):
        half_done = ["x.json.0000.tmp"] if os.fstat(folder).st_ino == self._where else []
        return super().list(folder) + half_done


@pytest.mark.parametrize("where", [".", "sessions", f"files/{ALICE}", f"files/{ALICE}/{DONE}"])
def test_a_write_that_ends_during_the_look_is_nothing_unreadable(data, where):
    assert codes(examined(data, live=True, files=TempsGetTheirNames(data / where))) == []


def test_the_marker_of_a_lost_desk_waits_for_its_file(data, tmp_path):
    backup = copy_of(data, tmp_path / "backup")
    at(data, NEWEST).unlink()
    at(data, PREVIOUS).unlink()
    (data / "active" / ALICE).touch(0o600)
    assert codes(examined(data, repair=True)) == ["desk-lost"]
    shutil.copy2(at(backup, NEWEST), at(data, NEWEST))
    assert codes(examined(data)) == []


def test_a_tree_deeper_than_any_artifact_is_looked_at_and_moved_away(data):
    deepest = os.open(data / "files" / ALICE / DONE / "artifacts", os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("d", 0o700, dir_fd=deepest)
        inner = os.open("d", os.O_RDONLY, dir_fd=deepest)
        os.close(deepest)
        deepest = inner
    os.close(deepest)
    assert codes(examined(data)) == ["foreign"]
    examined(data, repair=True)
    assert codes(examined(data)) == []
    # Too deep for pytest, which tidies up.
    subprocess.run(["rm", "-rf", "--", data / "quarantine"], check=True)


@pytest.mark.parametrize("live", [True, False])
def test_what_is_not_ours_at_the_top_is_a_note_and_stays(data, live):
    plant_foreign_at_the_top(data)
    for repair in (False, not live):
        found = examined(data, live=live, repair=repair).findings
        told = [(x.code, x.path, x.severity, x.desk, x.repaired) for x in found]
        names = ("foo.txt", "lost+found", "secret.old.tmp")
        assert told == [("foreign", name, Severity.NOTE, None, False) for name in names]
    assert at(data, "foo.txt").read_text() == "mine"
