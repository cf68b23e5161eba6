"""The doctor finds what is planted, repairs what can be, and then finds it no more."""

from __future__ import annotations

import shutil

import msgspec
import pytest
import trio
from msgspec.structs import replace

from state.codec import decode
from state.desks import JOURNEYS, PROXIES
from state.digests import digest_of
from state.doctor.findings import CODES
from state.errors import NotADataFolder
from state.journeys import Journey, encode_journeys
from state.lines import seal_at, sealed
from state.model import Counts, InputItem, JourneyBook
from state.proxies import PoolProxy
from tests.support.data_folders import (
    DONE,
    LINK,
    WAITING,
    codes,
    copy_of,
    examined,
    loaded,
    make_healthy,
    open_store,
)
from tests.support.planted import (
    JOB,
    NEWEST,
    PLANTED,
    PREVIOUS,
    SEAL,
    at,
    changed,
    job_changed,
    plant_counts_behind,
    plant_foreign,
    plant_job_unknown,
    plant_left_over,
    plant_marker_of_a_quiet_desk,
    plant_newest_damaged,
    plant_outcomes_torn,
    plant_secrets_damaged,
)
from tests.support.states import ALICE, BOB, a_desk


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    data = tmp_path_factory.mktemp("healthy") / "data"
    make_healthy(data)
    return data


@pytest.fixture
def data(healthy, tmp_path):
    return copy_of(healthy, tmp_path / "data")


IDS = [plant.__name__ for plant, _, _ in PLANTED]


def test_a_healthy_folder_has_no_findings(data):
    report = examined(data)
    assert report.findings == []
    assert report.complete
    seen = report.checked
    assert (seen.desks, seen.jobs, seen.items, seen.outcomes, seen.artifacts) == (2, 2, 6, 3, 3)


@pytest.mark.parametrize(("plant", "code", "repairable"), PLANTED, ids=IDS)
def test_what_is_planted_is_found_and_repaired_once(data, plant, code, repairable):
    plant(data)
    before = snapshot(data)
    assert code in codes(examined(data))
    assert snapshot(data) == before, "a check changes nothing"

    first = examined(data, repair=True)
    of_it = [finding for finding in first.findings if finding.code == code]
    assert [finding.repaired for finding in of_it] == [repairable] * len(of_it)
    after = snapshot(data)
    second = examined(data, repair=True)
    assert [finding.said for finding in second.findings if finding.repairable] == []
    assert (code in codes(second)) is not repairable
    assert snapshot(data) == after, "a second repair changes nothing"


def snapshot(data):
    """Every entry with its mode and contents, quarantine included."""
    return {
        str(path.relative_to(data)): (
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() and not path.is_symlink() else None,
        )
        for path in sorted(data.rglob("*"))
    }


@pytest.mark.parametrize(("plant", "code", "repairable"), PLANTED, ids=IDS)
def test_the_other_desk_is_not_touched(data, tmp_path, plant, code, repairable):
    plant(data)
    examined(data, repair=True)
    assert loaded(data, tmp_path / "scratch")[BOB] == replace(a_desk(2), link=LINK)


def test_every_code_is_planted_somewhere():
    elsewhere = {"unreadable", "space-low", "desk-restored"}
    assert {code for _, code, _ in PLANTED} | elsewhere == CODES.keys()


def test_nothing_but_left_overs_is_ever_removed(data):
    for plant in (plant_foreign, plant_newest_damaged, plant_outcomes_torn, plant_job_unknown):
        plant(data)
    before = sorted(content for _, content in snapshot(data).values() if content)
    examined(data, repair=True)
    held = b"".join(content for _, content in snapshot(data).values() if content)
    for content in before:
        for line in content.splitlines():
            assert line in held


def test_a_restored_desk_says_so_to_its_user(data, tmp_path):
    plant_newest_damaged(data)
    report = examined(data, repair=True)
    # The lost generation knew these jobs: nothing of theirs is moved away.
    assert at(data, JOB).is_dir()
    assert codes(report) == ["job-unknown"]
    restored = decode(ALICE, at(data, NEWEST).read_bytes()).state
    assert (restored.revision, restored.restored.revision) == (1, 1)
    assert "JSON" in restored.restored.reason
    assert loaded(data, tmp_path / "scratch")[ALICE] == restored
    assert codes(examined(data)) == ["desk-restored", "job-unknown"]


def test_an_older_generation_in_the_newest_one_s_place_is_seen(data):
    older, newer = at(data, PREVIOUS).read_bytes(), at(data, NEWEST).read_bytes()
    at(data, PREVIOUS).write_bytes(newer)
    at(data, NEWEST).write_bytes(older)
    assert codes(examined(data)) == ["desk-damaged"]
    examined(data, repair=True)
    restored = decode(ALICE, at(data, NEWEST).read_bytes()).state
    assert (restored.revision, restored.jobs.keys()) == (2, {DONE, WAITING})
    assert restored.restored is not None
    assert codes(examined(data)) == ["desk-restored"]


def test_counts_come_from_the_outcomes(data, tmp_path):
    plant_counts_behind(data)
    examined(data, repair=True)
    state = loaded(data, tmp_path / "scratch")[ALICE]
    assert state.jobs[DONE].counts == Counts(3, 2, 1)
    assert state.jobs[DONE].revision == state.revision == 3


def test_a_secret_that_only_an_item_names_is_missed(data):
    """Their names stand in the items' headers, not in the spec."""
    item = msgspec.Raw(b'{"url":"http://h/","headers":{"Cookie":{"secret":"item.7"}}}')
    line = sealed(InputItem(item, "http://h"), seal_at(SEAL, 0))
    changed(at(data, f"{JOB}/inputs.jsonl"), lambda old: line + old[old.index(b"\n") + 1 :])
    report = examined(data)
    assert codes(report) == ["secret-missing"]
    assert "item.7" in report.findings[0].what


def test_a_secret_that_only_a_journey_names_is_missed(data):
    """What journeys fill in secretly stands in the desk's secrets file too."""

    async def plant():
        path = ({"do": "fill", "selector": "#p", "value": {"secret": "fill.7"}, "secret": True},)
        listed = encode_journeys([Journey(id="0" * 8, name="x", url="http://h/", path=path)])
        async with open_store(data) as store:
            state = (await store.load(ALICE)).state
            await store.save_secrets(ALICE, JOURNEYS, {"fill.7": "hush"})
            await store.save_journeys(ALICE, listed)
            book = JourneyBook(digest_of(listed), 1, len(listed))
            await store.save(ALICE, replace(state, revision=state.revision + 1, journeys=book))

    async def lose():
        async with open_store(data) as store:
            await store.save_secrets(ALICE, JOURNEYS, {})

    trio.run(plant)
    assert codes(examined(data)) == []
    trio.run(lose)
    report = examined(data)
    assert codes(report) == ["secret-missing"]
    assert "fill.7" in report.findings[0].what


def test_a_proxys_secret_outlives_a_load_and_is_missed_where_it_is_lost(data):
    async def plant():
        async with open_store(data) as store:
            state = (await store.load(ALICE)).state
            await store.save_secrets(ALICE, PROXIES, {"proxy.7": "http://me:hush@h:1"})
            proxies = (PoolProxy("http://h:1", "proxy.7"), PoolProxy("http://h:2"))
            after = replace(state, revision=state.revision + 1, proxies=proxies)
            await store.save(ALICE, after)

    async def read():
        async with open_store(data) as store:
            assert len((await store.load(ALICE)).state.proxies) == 2
            return await store.load_secrets(ALICE, PROXIES)

    async def lose():
        async with open_store(data) as store:
            await store.save_secrets(ALICE, PROXIES, {})

    trio.run(plant)
    assert codes(examined(data)) == []
    assert trio.run(read) == {"proxy.7": "http://me:hush@h:1"}
    trio.run(lose)
    report = examined(data)
    assert codes(report) == ["secret-missing"]
    assert "the list of proxies" in report.findings[0].what


def test_secrets_that_nobody_needs_are_set_aside_when_damaged(data):
    plant_secrets_damaged(data)
    job_changed(data, spec={})
    assert [x.repaired for x in examined(data, repair=True).findings] == [True]
    assert examined(data).findings == []


def test_a_working_server_s_half_done_writes_are_its_own_affair(data):
    for plant in (plant_left_over, plant_outcomes_torn, plant_foreign, plant_counts_behind):
        plant(data)
    plant_marker_of_a_quiet_desk(data)
    assert examined(data, live=True).findings == []


def test_little_room_is_a_warning(data):
    assert codes(examined(data, free_bytes=1 << 20)) == ["space-low"]


def test_what_is_no_data_folder_is_refused(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "thesis.txt").touch(0o600)
    with pytest.raises(NotADataFolder):
        examined(tmp_path, repair=True)
    assert (tmp_path / "files" / "thesis.txt").exists()


def test_a_missing_folder_ends_a_check_and_not_a_repair(data):
    shutil.rmtree(data / "files")
    report = examined(data)
    assert (report.complete, codes(report)) == (False, ["folder-missing"])
    report = examined(data, repair=True)
    assert (report.complete, codes(report)) == (
        True,
        ["job-files-missing", "journeys-damaged", "library-damaged"],
    )
