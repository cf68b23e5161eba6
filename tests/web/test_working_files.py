"""What a job makes only to work with is in no list and no archive, and can be had by its name."""

from __future__ import annotations

import io
from zipfile import ZipFile

import pytest
from msgspec.structs import replace

from actors.rules.change import Change
from executors.classify.spec import ClassifySpec
from executors.train.items import MODEL, features_file
from executors.train.spec import TrainSpec
from state.memory import MemoryStore
from tests.support.furniture import made_by
from tests.web.conftest import GUEST

ME = {"X-Session-ID": GUEST}


@pytest.fixture
def deps(deps):
    executors = {"train": TrainSpec(()), "classify": ClassifySpec(())}
    return replace(deps, store=MemoryStore(), executors=executors)


async def files_of(client, deps, desk, kind):
    """(the list, the archive, whether the features can be had) of a job of that kind."""
    job = made_by(kind)
    desk.publish(Change(replace(desk.state, jobs={job.id: job})))
    await deps.store.write_inputs(desk.key, job.id, [])
    for name in (MODEL, features_file(0)):
        made = await deps.store.create_artifact(desk.key, job.id, name)
        await made.write(b"bytes")
        await made.commit()
    base = f"/api/desks/me/jobs/{job.id}"
    listed = await (await client.get(f"{base}/artifacts", headers=ME)).get_json()
    packed = await (await client.get(f"{base}/artifacts.zip", headers=ME)).get_data()
    found = await client.get(f"{base}/artifacts/{features_file(0)}", headers=ME)
    with ZipFile(io.BytesIO(packed)) as archive:
        names = archive.namelist()
    return {one["name"] for one in listed["artifacts"]}, names, found.status_code


async def test_features_are_no_results_of_a_training(client, deps, desk):
    listed, packed, status = await files_of(client, deps, desk, "train")
    assert (listed, status) == ({MODEL}, 200)
    assert MODEL in packed
    assert not any("features" in name for name in packed)


async def test_files_of_other_jobs_may_be_called_so(client, deps, desk):
    listed, packed, _ = await files_of(client, deps, desk, "classify")
    assert listed == {MODEL, features_file(0)}
    assert any("features" in name for name in packed)
