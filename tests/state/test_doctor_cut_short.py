"""A repair that is killed at any of its changes to the disk is done again by the next one."""

from __future__ import annotations

import pytest

from state.files import RealFiles
from tests.support.data_folders import codes, copy_of, examined, loaded, make_healthy
from tests.support.planted import (
    plant_counts_behind,
    plant_folder_missing,
    plant_foreign,
    plant_left_over,
    plant_log_damaged,
    plant_mode,
    plant_newest_damaged,
    plant_no_marker,
    plant_outcome_bad_in_the_middle,
    plant_outcomes_torn,
    plant_previous_damaged,
)

CHANGES = {"create", "make_folder", "remove_folder", "write", "truncate", "set_mode"}
CHANGES |= {"fsync", "fdatasync", "fsync_dir", "link", "rename", "unlink"}

MESSES = {
    "generations": (plant_newest_damaged, plant_no_marker, plant_outcomes_torn),
    "lines": (plant_outcome_bad_in_the_middle, plant_log_damaged, plant_previous_damaged),
    "house": (plant_mode, plant_foreign, plant_left_over, plant_folder_missing),
    "figures": (plant_counts_behind,),
}


class Killed(BaseException):
    """Ends the repair as SIGKILL would: nothing after it changes the disk."""


class Fused(RealFiles):
    """Lets so many changes happen; at the next one, and at all that follow, it raises Killed."""

    def __init__(self, changes):
        super().__init__()
        self.left = changes

    def __getattribute__(self, name):
        method = super().__getattribute__(name)
        if name not in CHANGES:
            return method

        def change(*args):
            self.left -= 1
            if self.left < 0:
                raise Killed
            return method(*args)

        return change


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    data = tmp_path_factory.mktemp("healthy") / "data"
    make_healthy(data)
    return data


@pytest.mark.parametrize("mess", MESSES)
def test_a_repair_that_is_killed_anywhere_is_done_again(healthy, tmp_path, mess):
    damaged = copy_of(healthy, tmp_path / "damaged")
    for plant in MESSES[mess]:
        plant(damaged)
    whole = copy_of(damaged, tmp_path / "whole")
    ended = Fused(10_000)
    examined(whole, repair=True, files=ended)
    expected, left = loaded(whole, tmp_path / "scratch"), codes(examined(whole))
    changes = 10_000 - ended.left
    assert changes > 3
    for fuse in range(changes):
        data = copy_of(damaged, tmp_path / f"cut-{fuse}")
        with pytest.raises(Killed):
            examined(data, repair=True, files=Fused(fuse))
        assert kept_bytes(data) >= kept_bytes(damaged), fuse
        examined(data, repair=True)
        assert kept_bytes(data) >= kept_bytes(damaged), fuse
        assert codes(examined(data)) == left, fuse
        assert settled(loaded(data, tmp_path / "scratch")) == settled(expected), fuse


def settled(found):
    """The desks without when and why one was restored: a cut comes between the two reasons."""
    return {
        desk: (state.jobs, state.ledger, state.restored is None) for desk, state in found.items()
    }


def kept_bytes(data):
    """How much of what was planted in outcomes and logs is there, in its place or in quarantine."""
    contents = [path.read_bytes() for path in data.rglob("*") if path.is_file()]
    return sum(
        content.count(mark) for content in contents for mark in (b'"run\0', b"[[[[", b"\0\0")
    )
