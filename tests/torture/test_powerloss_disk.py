"""The simulated disk loses what a real one may lose, and nothing else."""

from __future__ import annotations

import pytest

from torture.powerloss.files import Killed, SimulatedFiles
from torture.powerloss.models import MODELS
from torture.powerloss.platter import NamesSynced, Platter, Synced, digest

START = {"here": None, "there": None, "here/old": b"old"}
ALL = 10_000


def after(act):
    """All images that may be left of what `act` did, by model."""
    files = SimulatedFiles(START)
    root = files.open_root("/")
    act(files, files.open_folder(root, "here"), files.open_folder(root, "there"))
    platter = Platter(START)
    for event in files.events:
        platter.take(event)
    return {name: list(model.images(platter, "seed", ALL)) for name, model in MODELS.items()}


def new_file(files, here, *, sync=False, sync_name=False):
    handle = files.create(here, "new")
    files.write(handle, b"x" * 100)
    if sync:
        files.fsync(handle)
    if sync_name:
        files.fsync_dir(here)


@pytest.mark.parametrize("model", MODELS)
def test_neither_name_nor_contents_need_survive_without_a_sync(model):
    images = after(lambda files, here, there: new_file(files, here))[model]
    found = {image.get("here/new") for image in images}
    assert {None, b"", b"x" * 100} <= found


@pytest.mark.parametrize("model", MODELS)
def test_synced_contents_may_lose_their_name(model):
    images = after(lambda files, here, there: new_file(files, here, sync=True))[model]
    assert {image.get("here/new") for image in images} == {None, b"x" * 100}


@pytest.mark.parametrize("model", MODELS)
def test_a_synced_name_may_stand_for_an_empty_file(model):
    images = after(lambda files, here, there: new_file(files, here, sync_name=True))[model]
    found = {image.get("here/new") for image in images}
    assert b"" in found
    assert None not in found


@pytest.mark.parametrize("model", MODELS)
def test_what_was_synced_twice_stays(model):
    images = after(lambda files, here, there: new_file(files, here, sync=True, sync_name=True))
    assert {image.get("here/new") for image in images[model]} == {b"x" * 100}


def test_the_weakest_disk_leaves_garbage_and_holes():
    def act(files, here, there):
        handle = files.open_append(here, "old")
        files.write(handle, b"x" * 200)
        files.fsync_dir(here)

    images = after(act)
    sizes = {model: {len(image["here/old"]) for image in images[model]} for model in images}
    assert all(image["here/old"].startswith(b"old") for each in images.values() for image in each)
    assert all(set(image["here/old"][3:]) <= {ord("x")} for image in images["ordered"])
    assert any(b"\0" in image["here/old"] for image in images["folders"])
    assert any(
        b"\0x" in image["here/old"] or b"x\0" in image["here/old"] for image in images["weakest"]
    )
    assert {3, 203} <= sizes["ordered"]


def test_names_survive_in_their_order_where_there_is_a_journal():
    def act(files, here, there):
        for name in ("a", "b"):
            files.close(files.create(here, name))

    images = after(act)
    later_alone = [
        model
        for model in MODELS
        if any("here/b" in image and "here/a" not in image for image in images[model])
    ]
    assert later_alone == ["weakest"]


def test_a_rename_between_folders_is_two_changes_unless_one_journal_holds_both():
    def act(files, here, there):
        files.rename(here, "old", there, "new")

    images = after(act)
    places = {
        model: {("here/old" in image, "there/new" in image) for image in images[model]}
        for model in MODELS
    }
    assert places["ordered"] == {(True, False), (False, True)}
    assert places["folders"] == {(True, False), (False, True), (True, True), (False, False)}


def test_a_rename_within_a_folder_is_never_half_done():
    def act(files, here, there):
        new_file(files, here, sync=True, sync_name=True)
        files.rename(here, "new", here, "old")

    for images in after(act).values():
        assert {image["here/old"] for image in images} == {b"old", b"x" * 100}


@pytest.mark.parametrize("model", MODELS)
def test_what_is_in_a_lost_folder_is_lost_with_it(model):
    def act(files, here, there):
        files.make_folder(here, "inner")
        inner = files.open_folder(here, "inner")
        new_file(files, inner, sync=True, sync_name=True)

    lost = [image for image in after(act)[model] if "here/inner" not in image]
    if model != "ordered":
        assert lost
    assert all("here/inner/new" not in image for image in lost)


def test_a_fuse_lets_that_many_changes_happen():
    files = SimulatedFiles(START)
    root = files.open_root("/")
    files.kill_after(1)
    files.make_folder(root, "a")
    with pytest.raises(Killed):
        files.make_folder(root, "b")
    files.revive()
    assert "b" not in files.list(files.open_root("/"))


def fail(files, sync, handle):
    files.fail_next(Synced if sync == files.fsync else NamesSynced)
    with pytest.raises(OSError, match="Input/output"):
        sync(handle)


def test_a_failing_sync_of_names_makes_nothing_durable_and_fails_once():
    def act(files, here, there, *, again):
        files.unlink(here, "old")
        fail(files, files.fsync_dir, here)
        if again:
            files.fsync_dir(here)

    once = after(lambda *disk: act(*disk, again=False))["ordered"]
    assert {"here/old" in image for image in once} == {True, False}
    assert not any(
        "here/old" in image for image in after(lambda *disk: act(*disk, again=True))["ordered"]
    )


@pytest.mark.parametrize("model", MODELS)
def test_a_second_sync_of_contents_succeeds_for_nothing(model):
    def act(files, here, there):
        handle = files.open_append(here, "old")
        files.write(handle, b"er")
        fail(files, files.fsync, handle)
        assert files.read(handle, 100, 0) == b"older"
        files.write(handle, b"!")
        files.fsync(handle)

    assert {image["here/old"] for image in after(act)[model]} == {b"old\0\0!"}


def test_a_dead_server_cannot_know_of_the_failed_sync_before():
    def act(files, here, there):
        handle = files.open_append(here, "old")
        files.write(handle, b"er")
        fail(files, files.fsync, handle)
        files.revive()
        here = files.open_folder(files.open_root("/"), "here")
        files.fsync(files.open_append(here, "old"))

    assert {image["here/old"] for image in after(act)["weakest"]} == {b"older"}


def test_temp_names_make_no_difference_to_a_digest():
    one, other = ({f"a.json.{digits * 8}.tmp": b"x"} for digits in ("0f", "a9"))
    assert digest(one) == digest(other)
    assert digest(one) != digest({"a.json": b"x"})


def test_the_weakest_disk_leaves_half_a_rename():
    images = after(lambda files, here, there: files.rename(here, "old", here, "new"))
    found = {
        model: {frozenset(image) - {"here", "there"} for image in images[model]} for model in images
    }
    assert found["folders"] == {frozenset({"here/old"}), frozenset({"here/new"})}
    assert found["weakest"] == found["folders"] | {frozenset(), frozenset({"here/old", "here/new"})}
