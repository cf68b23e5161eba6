"""What every store promises of artifacts that are removed one by one."""

from __future__ import annotations

import pytest

from state.errors import ArtifactMissing, ArtifactsInUse, JobFilesMissing, QuotaReached
from tests.support.states import ALICE, BOB, items

JOB = (ALICE, "job-1")


@pytest.fixture
async def job(store):
    await store.write_inputs(*JOB, items(3))
    await make(store, small={"a.txt": b"a", "in/b.txt": b"bb"}, large={"in/c.png": b"c" * 500})
    return store


async def make(store, *, small=(), large=()):
    pack = await store.open_artifacts(*JOB)
    try:
        for name, data in dict(small).items():
            pack.add(name, data)
        for name, data in dict(large).items():
            writer = await store.create_artifact(*JOB, name)
            await writer.write(data)
            pack.record(await writer.commit())
        await pack.sync()
    finally:
        await pack.aclose()


async def shown(store):
    found = {}
    for made in await store.list_artifacts(*JOB):
        found[made.name] = b"".join([some async for some in store.open_artifact(*JOB, made.name)])
    return found


async def test_what_is_removed_is_no_more_and_the_others_stay(job):
    assert await job.remove_artifacts(*JOB, ["a.txt", "in/c.png"]) == 2
    assert await shown(job) == {"in/b.txt": b"bb"}
    for name in ("a.txt", "in/c.png"):
        with pytest.raises(ArtifactMissing):
            await job.find_artifact(*JOB, name)


async def test_names_that_there_are_not_count_for_nothing(job):
    named = ["", "in", "../job-1/artifacts.jsonl", "in/c.png/d", "no", "é" * 300, "a.txt", "a.txt"]
    assert await job.remove_artifacts(*JOB, named) == 1
    assert await job.remove_artifacts(*JOB, named) == 0
    assert (await shown(job)).keys() == {"in/b.txt", "in/c.png"}


async def test_what_is_removed_can_be_made_again(job):
    await make(job, large={"a.txt": b"large"})
    assert await job.remove_artifacts(*JOB, ["a.txt", "in/c.png"]) == 2
    assert (await shown(job)).keys() == {"in/b.txt"}
    await make(job, small={"in/c.png": b"small"}, large={"a.txt": b"larger"})
    assert await shown(job) == {"a.txt": b"larger", "in/b.txt": b"bb", "in/c.png": b"small"}


async def test_a_desk_gets_its_room_back(job):
    before = job.sizes.job_bytes(*JOB)
    job.sizes.limit(ALICE, job.sizes.usage(ALICE).used_bytes + 100)
    with pytest.raises(QuotaReached):
        await make(job, large={"d.png": b"d" * 400})
    assert job.sizes.usage(ALICE).full
    assert await job.remove_artifacts(*JOB, ["in/c.png"]) == 1
    assert job.sizes.job_bytes(*JOB) <= before - 500
    assert not job.sizes.usage(ALICE).full
    await make(job, large={"d.png": b"d" * 400})


async def test_none_is_removed_while_some_are_made(job):
    pack = await job.open_artifacts(*JOB)
    with pytest.raises(ArtifactsInUse):
        await job.remove_artifacts(*JOB, ["a.txt"])
    await pack.aclose()
    assert await job.remove_artifacts(*JOB, ["a.txt"]) == 1


async def test_another_desks_job_has_none_of_them(job):
    with pytest.raises(JobFilesMissing):
        await job.remove_artifacts(BOB, "job-1", ["a.txt"])
    assert "a.txt" in await shown(job)


async def test_a_job_without_files_has_none_to_remove(store):
    await store.write_inputs(*JOB, items(1))
    assert await store.remove_artifacts(*JOB, ["a.txt"]) == 0
