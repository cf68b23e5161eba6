"""Names that a dead server made and did not sync: nothing is acknowledged that rests on them.

Both were found by losing the power after a kill: `torture.powerloss.story.FOUND`.
"""

from __future__ import annotations

from tests.support.states import ALICE, an_outcome, items, running_desk


async def a_job_with_an_outcome(store):
    await store.write_inputs(ALICE, "job-1", items(3))
    await store.save(ALICE, running_desk())
    log = await store.open_outcomes(ALICE, "job-1")
    await log.append([an_outcome(0)])
    await log.sync()
    await log.aclose()


async def test_opening_outcomes_syncs_their_name(open_store, disk):
    async with open_store() as store:
        await a_job_with_an_outcome(store)
    async with open_store() as store:
        disk.calls.clear()
        log = await store.open_outcomes(ALICE, "job-1")
        await log.aclose()
    assert disk.calls.index(("fdatasync", "outcomes.jsonl")) < disk.calls.index(
        ("fsync_dir", "job-1")
    )


async def test_folders_of_artifacts_are_synced_by_a_server_that_finds_them(open_store, disk, data):
    async with open_store() as store:
        await a_job_with_an_outcome(store)
    (data / "files" / ALICE / "job-1" / "artifacts" / "out").mkdir(parents=True)
    async with open_store() as store:
        disk.calls.clear()
        for name in ("out/one", "out/two"):
            file = await store.create_artifact(ALICE, "job-1", name)
            await file.write(b"x")
            await file.commit()
    assert disk.called("fsync_dir") == ["job-1", "artifacts", "out", "out"]
