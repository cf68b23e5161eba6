"""Archives that are taken in parts, or by many at once, are put together once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import trio
from msgspec.structs import replace

from actors.messages import JobView, LiveProgress
from state.model import Counts, JobStatus
from tests.support.states import a_job
from web import kept_archives
from web.kept_archives import KEPT_S, KeptArchives, archive_key


class Builder:
    """Makes archives of that many files, each in a second."""

    def __init__(self, files_n=1, size_bytes=10):
        self.built = 0
        self._made = {"files_n": files_n, "size_bytes": size_bytes}

    async def __call__(self):
        await trio.sleep(1)
        self.built += 1
        return SimpleNamespace(number=self.built, **self._made)


@pytest.fixture
def view():
    job = a_job("j", JobStatus.COMPLETED, 2, revision=7)
    return JobView(job)


def changed(view, **fields):
    return JobView(replace(view.job, **fields))


def test_only_what_cannot_change_any_more_has_a_key(view):
    key = archive_key("desk", view)
    assert key == archive_key("desk", view)
    others = [
        archive_key("other", view),
        archive_key("desk", view, "letter"),
        archive_key("desk", changed(view, id="k")),
        archive_key("desk", changed(view, revision=8)),
        archive_key("desk", JobView(view.job, LiveProgress(counts=Counts(total=2, ok=1)))),
    ]
    assert len({key, *others}) == 6
    for status in (JobStatus.RUNNING, JobStatus.PAUSED, JobStatus.QUEUED, JobStatus.PENDING):
        assert archive_key("desk", changed(view, status=status)) is None
    assert archive_key("desk", changed(view, lagging=True)) is None


async def test_it_is_built_once_for_all_who_ask(autojump_clock):
    kept, build, found = KeptArchives(), Builder(), []

    async def ask():
        found.append(await kept.of("key", build))

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(ask)
    await ask()
    assert build.built == 1
    assert len(found) == 6
    assert all(each is found[0] for each in found)


async def test_who_gives_up_leaves_it_to_the_next(autojump_clock):
    kept, build = KeptArchives(), Builder()
    with trio.move_on_after(0.5):
        await kept.of("key", build)
    assert (await kept.of("key", build)).number == 1


async def test_what_may_change_and_what_has_no_size_is_built_again(autojump_clock):
    for key, build in ((None, Builder()), ("key", Builder(size_bytes=None))):
        kept = KeptArchives()
        assert [(await kept.of(key, build)).number for _ in range(2)] == [1, 2]


async def test_it_is_kept_for_a_while(autojump_clock):
    kept, build = KeptArchives(), Builder()
    await kept.of("key", build)
    await trio.sleep(KEPT_S - 1)
    assert (await kept.of("key", build)).number == 1
    await trio.sleep(1)
    assert (await kept.of("key", build)).number == 2


async def test_so_many_are_kept_and_the_one_longest_unasked_for_goes(autojump_clock, monkeypatch):
    monkeypatch.setattr(kept_archives, "MAX_KEPT", 2)
    kept, build = KeptArchives(), Builder()
    for key in ("a", "b", "a", "c", "a"):
        await kept.of(key, build)
    assert build.built == 3
    await kept.of("b", build)
    assert build.built == 4


async def test_so_many_files_are_kept_and_one_archive_whatever_it_has(autojump_clock, monkeypatch):
    monkeypatch.setattr(kept_archives, "MAX_FILES", 10)
    kept, small, large = KeptArchives(), Builder(files_n=6), Builder(files_n=11)
    for key, build in (("a", small), ("b", small), ("b", small)):
        await kept.of(key, build)
    assert small.built == 2
    for key, build in (("large", large), ("large", large), ("b", small)):
        await kept.of(key, build)
    assert (large.built, small.built) == (1, 3)
