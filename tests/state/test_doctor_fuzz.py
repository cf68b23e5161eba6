"""Random damage: the doctor never crashes, and nothing that loaded before is worse after it."""

from __future__ import annotations

import os
import random

import pytest
from msgspec.structs import replace

from state.errors import DeskUnreadable, DeskUnreadableNow
from state.model import DeskState
from tests.support.data_folders import copy_of, examined, loaded, make_healthy

ROUNDS = 120


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    data = tmp_path_factory.mktemp("healthy") / "data"
    make_healthy(data)
    return data


def flip(path, chance):
    content = bytearray(path.read_bytes())
    if content:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def truncate(path, chance):
    os.truncate(path, chance.randrange(path.stat().st_size + 1))


def zero_tail(path, chance):
    size = path.stat().st_size
    truncate(path, chance)
    os.truncate(path, size)


def extend(path, chance):
    with path.open("ab") as file:
        file.write(chance.randbytes(chance.randrange(300)))


def remove(path, chance):
    path.unlink()


def make_folder(path, chance):
    path.unlink()
    path.mkdir(0o700)


def make_fifo(path, chance):
    path.unlink()
    os.mkfifo(path, 0o600)


def make_link(path, chance):
    path.unlink()
    path.symlink_to(chance.choice(("/etc/hostname", "nowhere", "..")))


def open_up(path, chance):
    path.chmod(chance.choice((0, 0o400, 0o644, 0o777)))


def nest(path, chance):
    path.write_bytes(b'{"desk":' * 3000)


def swap(path, chance):
    """Another file of the same folder takes its place, as after a careless copy."""
    others = sorted(p for p in path.parent.iterdir() if p.is_file() and not p.is_symlink())
    content = chance.choice(others).read_bytes()
    path.write_bytes(content)


DAMAGE = (
    flip,
    truncate,
    zero_tail,
    extend,
    remove,
    make_folder,
    make_fifo,
    make_link,
    open_up,
    nest,
    swap,
)


def damage(data, chance):
    """One to three files, in any way."""
    done = []
    for _ in range(chance.randint(1, 3)):
        files = sorted(p for p in data.rglob("*") if p.is_file() and not p.is_symlink())
        path, how = chance.choice(files), chance.choice(DAMAGE)
        how(path, chance)
        done.append(f"{how.__name__} {path.relative_to(data)}")
    return done


def comparable(state):
    """What a repair must not change: all but figures that it counted again, and why it restored."""
    if not isinstance(state, DeskState):
        return state
    jobs = {
        job.id: replace(job, counts=type(job.counts)(job.counts.total), revision=0)
        for job in state.jobs.values()
    }
    return replace(state, revision=0, jobs=jobs, restored=None)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_random_damage_is_never_made_worse(healthy, tmp_path, seed):
    data = copy_of(healthy, tmp_path / "data")
    done = damage(data, random.Random(seed))
    before = loaded(data, tmp_path / "scratch")
    examined(data)
    examined(data, repair=True)
    again = examined(data, repair=True)
    assert [x for x in again.findings if x.repairable] == [], done
    after = loaded(data, tmp_path / "scratch")
    for desk, state in before.items():
        # Only who is not root meets a file without rights, and the doctor gives them back.
        if state not in (DeskUnreadable, DeskUnreadableNow):
            assert comparable(after[desk]) == comparable(state), done
            assert restored(after[desk]) == restored(state), done
    assert (data / "sessions").is_dir()


def restored(state):
    return isinstance(state, DeskState) and state.restored is not None
