"""The secret is replaced whole or not at all, and what was promised of the old one is kept."""

from __future__ import annotations

import errno
import stat
import time

import pytest

from state.errors import RotationRefused, SecretUnusable
from state.rotation import MAX_FORMER, OLD_NAME, SecretFolder, alone, read_secrets, rotate
from state.secret import load_secret
from tests.support.data_folders import codes, examined, make_healthy
from tests.support.watched_files import WatchedFiles
from torture.powerloss.files import SimulatedFiles
from torture.powerloss.models import MODELS
from torture.powerloss.platter import Platter

NOW = 1_800_000_000.0
HOUR_S = 3600.0


def accepted(secrets, at=NOW):
    return {secrets.current, *(old.secret for old in secrets.former if old.until > at)}


def test_the_old_secret_is_accepted_until_its_window_ends(tmp_path):
    old = load_secret(tmp_path)
    rotate(tmp_path, HOUR_S, NOW)
    secrets = read_secrets(tmp_path)
    assert len(secrets.current) == 32
    assert secrets.current != old
    assert [(former.secret, former.until) for former in secrets.former] == [(old, NOW + HOUR_S)]
    assert load_secret(tmp_path) == secrets.current


def test_windows_overlap_and_what_has_ended_goes(tmp_path):
    keys = [load_secret(tmp_path)]
    for start in (0, 1000, 2000):
        rotate(tmp_path, HOUR_S, NOW + start)
        keys.append(load_secret(tmp_path))
    assert accepted(read_secrets(tmp_path)) == set(keys)
    assert accepted(read_secrets(tmp_path), NOW + HOUR_S) == set(keys[1:])
    rotate(tmp_path, HOUR_S, NOW + HOUR_S + 500)
    kept = [former.secret for former in read_secrets(tmp_path).former]
    assert kept == [keys[3], keys[2], keys[1]]


def test_without_a_window_nothing_old_is_accepted(tmp_path):
    load_secret(tmp_path)
    rotate(tmp_path, HOUR_S, NOW)
    before = accepted(read_secrets(tmp_path))
    rotate(tmp_path, 0, NOW)
    after = read_secrets(tmp_path)
    assert after.former == ()
    assert after.current not in before
    assert not (tmp_path / OLD_NAME).exists()


def test_so_many_secrets_are_accepted_at_most(tmp_path):
    load_secret(tmp_path)
    for _ in range(MAX_FORMER):
        rotate(tmp_path, HOUR_S, NOW)
    before = read_secrets(tmp_path)
    with pytest.raises(RotationRefused, match="former"):
        rotate(tmp_path, HOUR_S, NOW)
    assert read_secrets(tmp_path) == before
    rotate(tmp_path, HOUR_S, NOW + HOUR_S)
    assert len(read_secrets(tmp_path).former) == 1


def test_a_rotation_that_was_cut_short_is_simply_done_again(tmp_path):
    old = load_secret(tmp_path)
    files = WatchedFiles()
    files.fail("create", errno.EIO, name="secret.tmp")
    with pytest.raises(OSError, match="EIO"):
        rotate(tmp_path, HOUR_S, NOW, files)
    rotate(tmp_path, HOUR_S, NOW + 5)
    former = read_secrets(tmp_path).former
    assert [(entry.secret, entry.until) for entry in former] == [(old, NOW + 5 + HOUR_S)]


def test_both_files_are_for_the_server_alone(tmp_path):
    load_secret(tmp_path)
    rotate(tmp_path, HOUR_S, NOW)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"secret": 0o600, OLD_NAME: 0o600}


def test_the_doctor_finds_a_rotated_folder_well(tmp_path):
    make_healthy(tmp_path)
    rotate(tmp_path, HOUR_S, time.time())
    assert codes(examined(tmp_path)) == []


def test_there_is_nothing_to_rotate_without_a_secret(tmp_path):
    with pytest.raises(RotationRefused):
        rotate(tmp_path, HOUR_S, NOW)
    assert [*tmp_path.iterdir()] == []


def test_a_stamp_changes_with_every_rotation_and_touch(tmp_path):
    folder = SecretFolder(tmp_path)
    load_secret(tmp_path)
    stamps = [folder.stamp()]
    for change in (
        lambda: rotate(tmp_path, HOUR_S, NOW),
        lambda: rotate(tmp_path, HOUR_S, NOW),
        lambda: (tmp_path / "secret").chmod(0o640),
        lambda: (tmp_path / OLD_NAME).unlink(),
    ):
        change()
        stamps.append(folder.stamp())
    assert len(set(stamps)) == 5
    assert folder.stamp() == stamps[-1]


def test_a_folder_that_is_gone_is_not_made_again(tmp_path):
    with pytest.raises(SecretUnusable):
        SecretFolder(tmp_path / "gone").read()
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize("position", [0, 30, 63, 64, 70, 100, -12, -5, -2, -1])
def test_damage_of_the_former_ones_is_trouble_and_the_present_one_stands(tmp_path, position):
    load_secret(tmp_path)
    rotate(tmp_path, HOUR_S, NOW)
    present = load_secret(tmp_path)
    path = tmp_path / OLD_NAME
    data = bytearray(path.read_bytes())
    flipped = bytearray(data)
    flipped[position] ^= 1
    for broken in (data[:position], flipped):
        path.write_bytes(broken)
        found = read_secrets(tmp_path)
        assert (found.current, found.former) == (present, ())
        assert "damaged" in found.trouble


@pytest.mark.parametrize("make", ["mkdir", "symlink", "mode"])
def test_former_ones_that_are_no_private_file_are_not_believed(tmp_path, make):
    load_secret(tmp_path)
    rotate(tmp_path, HOUR_S, NOW)
    path = tmp_path / OLD_NAME
    if make == "mode":
        path.chmod(0o604)
    else:
        path.rename(tmp_path / "elsewhere")
        path.mkdir() if make == "mkdir" else path.symlink_to("elsewhere")
    found = read_secrets(tmp_path)
    assert found.former == ()
    assert found.trouble


@pytest.mark.parametrize("window_s", [HOUR_S, 0.0])
@pytest.mark.parametrize("method", ["fsync", "fsync_dir", "rename", "write", "create"])
@pytest.mark.parametrize("name", ["secret.tmp", "secret.old.tmp", ""])
def test_a_disk_that_fails_leaves_the_old_secret_in_force(tmp_path, window_s, method, name):
    old = load_secret(tmp_path)
    files = WatchedFiles()
    files.fail(method, errno.EIO, name=name)
    try:
        rotate(tmp_path, window_s, NOW, files)
    except OSError:
        found = read_secrets(tmp_path)
        # Where the last sync failed the new secret may be in force already, beside the old one.
        assert found.trouble is None
        assert old in accepted(found) or (window_s == 0 and method == "fsync_dir")
        assert not [path for path in tmp_path.iterdir() if path.name.endswith(".tmp")]
    rotate(tmp_path, window_s, NOW)
    assert (old in accepted(read_secrets(tmp_path))) is (window_s > 0)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("window_s", [HOUR_S, 0.0])
def test_no_power_loss_shuts_everybody_out_or_brings_a_revoked_secret_back(
    tmp_path, model, window_s
):
    files = SimulatedFiles({})
    oldest = load_secret(tmp_path, files)
    rotate(tmp_path, HOUR_S, NOW, files)
    former = read_secrets(tmp_path, files).current
    begun = len(files.events)
    rotate(tmp_path, window_s, NOW, files)
    present = read_secrets(tmp_path, files).current
    platter = Platter({})
    for point, event in enumerate(files.events, 1):
        platter.take(event)
        if point < begun:
            continue
        for image in model.images(platter, f"rotation {point}", 50):
            found = read_secrets(tmp_path, SimulatedFiles(image))
            assert found.trouble is None
            assert found.current in (former, present)
            done = point == len(files.events)
            if done:
                assert found.current == present
            if window_s:
                assert {oldest, former} <= accepted(found)
            elif done:
                assert accepted(found) == {present}


def test_alone_is_alone(tmp_path):
    with alone(tmp_path), pytest.raises(RotationRefused), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass
