"""What every store promises about the library of a desk, and about the copies that jobs get."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from state.digests import digest_of
from state.errors import JobFilesMissing, LibraryMissing, QuotaReached
from state.library import Character, DataSource, Model, Picture, Preset, Template
from tests.support.states import ALICE, BOB, a_desk, a_job, items

OLD, NEW, FACTS = b"Dear {{ name }}", b"Hello {{ name }}", b'{"format":"txt"}'
JOB, PASS = "job", "pass"


def template(data, **fields):
    digests = {"digest": digest_of(data), "facts": digest_of(FACTS)}
    return Template(id="t", name="T", format="txt", size_bytes=len(data), **digests, **fields)


def source(data):
    digests = {"digest": digest_of(data), "facts": digest_of(FACTS)}
    return DataSource(
        id="s", name="S", format="csv", columns_n=1, rows=1, size_bytes=len(data), **digests
    )


def picture(data, **fields):
    about = {"id": "p", "name": "P", "format": "png", "width": 2, "height": 1}
    return Picture(**{**about, "digest": digest_of(data), "size_bytes": len(data), **fields})


def model(data):
    about = {"id": "m", "name": "M", "job_id": "j", "labels_n": 2, "accuracy": 0.75}
    digests = {"digest": digest_of(data), "facts": digest_of(FACTS)}
    return Model(**about, **digests, pictures_n=8, size_bytes=len(data), created_at=2.0)


def naming(data, revision=1, **fields):
    return a_desk(revision, templates={"t": template(data)}, **fields)


async def there(store, *, desk=ALICE):
    found = []
    for data in (OLD, NEW, FACTS):
        try:
            assert await store.read_library(desk, digest_of(data)) == data
            found.append(data)
        except LibraryMissing:
            pass
    return found


async def save(store, *contents, desk=ALICE):
    for data in contents:
        await store.save_library(desk, data)


async def test_what_was_saved_is_read_by_its_digest_and_by_its_desk_alone(store):
    await save(store, OLD)
    assert await there(store) == [OLD]
    assert await there(store, desk=BOB) == []


@pytest.mark.parametrize("digest", ["0" * 64, "", "..", "../journeys/x", "A" * 64])
async def test_no_other_name_leads_to_anything(store, digest):
    await save(store, OLD)
    with pytest.raises(LibraryMissing):
        await store.read_library(ALICE, digest)


async def test_only_what_is_kept_stays_and_journeys_are_none_of_it(store):
    await save(store, OLD, NEW)
    await store.save_journeys(ALICE, b"[]")
    await store.keep_library(ALICE, [digest_of(NEW)])
    await store.keep_journeys(ALICE, [digest_of(b"[]")])
    assert await there(store) == [NEW]
    assert await store.read_journeys(ALICE, digest_of(b"[]")) == b"[]"
    assert store.sizes.usage(ALICE).used_bytes == len(NEW) + 2


async def test_a_load_keeps_what_both_generations_name_and_sweeps_the_rest(store):
    await save(store, OLD, NEW, FACTS)
    await store.save(ALICE, naming(OLD, 1))
    await store.save(ALICE, a_desk(2, data_sources={"s": source(NEW)}))
    await store.load(ALICE)
    assert await there(store) == [OLD, NEW, FACTS]
    await store.save(ALICE, a_desk(3, data_sources={"s": source(NEW)}))
    await store.load(ALICE)
    assert await there(store) == [NEW, FACTS]
    for revision in (4, 5):
        await store.save(ALICE, a_desk(revision))
    await store.load(ALICE)
    assert await there(store) == []


async def test_a_picture_is_one_file_that_is_kept_as_long_as_it_is_named(store):
    await save(store, OLD, NEW)
    await store.save(ALICE, a_desk(1, pictures={"p": picture(OLD)}))
    await store.load(ALICE)
    assert await there(store) == [OLD]
    await store.save(ALICE, a_desk(2, pictures={"p": picture(NEW)}))
    await store.save(ALICE, a_desk(3, pictures={"p": picture(NEW)}))
    await store.load(ALICE)
    assert await there(store) == []


async def test_every_kind_names_its_files(store):
    about = {"id": "e", "name": "E", "digest": digest_of(OLD), "size_bytes": 1}
    named = {
        "presets": (Preset(**about), [OLD]),
        "characters": (Character(**about), [OLD]),
        "models": (replace(model(OLD), id="e"), [OLD, FACTS]),
    }
    for revision, (kind, (entry, files)) in enumerate(named.items()):
        await save(store, OLD, FACTS)
        for each in (2 * revision, 2 * revision + 1):
            await store.save(ALICE, a_desk(each, **{kind: {"e": entry}}))
        await store.load(ALICE)
        assert await there(store) == files


async def test_what_a_desk_says_of_its_library_is_what_is_loaded(store):
    await save(store, OLD, FACTS)
    about = {"tags": ("a", "b"), "mappings": {"name": "who"}, "uses": 7, "updated_at": 5.0}
    state = a_desk(1, templates={"t": template(OLD, **about)}, data_sources={"s": source(OLD)})
    state = replace(
        state,
        pictures={"p": picture(OLD, created_at=3.0)},
        presets={"s": Preset(id="s", name="S", digest=digest_of(OLD), size_bytes=9)},
        characters={"c": Character(id="c", name="C", digest=digest_of(OLD), size_bytes=9)},
        models={"m": model(OLD)},
    )
    await store.save(ALICE, state)
    assert (await store.load(ALICE)).state.library == state.library


async def test_it_is_counted_and_refused_where_there_is_no_room(store):
    store.sizes.limit(ALICE, len(OLD) + 5)
    await save(store, OLD)
    with pytest.raises(QuotaReached) as refused:
        await save(store, NEW)
    assert (refused.value.needed_bytes, refused.value.kept_bytes) == (len(NEW), len(OLD))
    assert not store.sizes.usage(ALICE).full
    assert await there(store) == [OLD]


async def test_a_job_gets_its_own_copies(store):
    await save(store, OLD, NEW)
    await store.write_inputs(ALICE, JOB, items(1))
    before = store.sizes.job_bytes(ALICE, JOB)
    digests = [digest_of(OLD), digest_of(NEW), digest_of(OLD)]
    await store.copy_assets(ALICE, JOB, digests)
    await store.keep_library(ALICE, [])
    assert await store.read_asset(ALICE, JOB, digest_of(OLD)) == OLD
    assert await store.read_asset(ALICE, JOB, digest_of(NEW)) == NEW
    assert store.sizes.job_bytes(ALICE, JOB) == before + len(OLD) + len(NEW)
    await store.delete_job(ALICE, JOB)
    with pytest.raises(JobFilesMissing):
        await store.read_asset(ALICE, JOB, digest_of(OLD))
    assert store.sizes.usage(ALICE).used_bytes == 0


async def test_copies_of_what_is_not_there_are_refused(store):
    await store.write_inputs(ALICE, JOB, items(1))
    with pytest.raises(LibraryMissing):
        await store.copy_assets(ALICE, JOB, [digest_of(OLD)])
    for digest in (digest_of(OLD), "..", ""):
        with pytest.raises(JobFilesMissing):
            await store.read_asset(ALICE, JOB, digest)
    await save(store, OLD)
    with pytest.raises(JobFilesMissing):
        await store.copy_assets(ALICE, "no-such-job", [digest_of(OLD)])


async def test_copies_are_refused_where_there_is_no_room(store):
    await save(store, OLD)
    await store.write_inputs(ALICE, JOB, items(1))
    store.sizes.limit(ALICE, store.sizes.usage(ALICE).used_bytes + 3)
    with pytest.raises(QuotaReached):
        await store.copy_assets(ALICE, JOB, [digest_of(OLD)])
    await store.delete_job(ALICE, JOB)
    assert store.sizes.usage(ALICE).used_bytes == len(OLD)


async def test_a_pass_gets_the_copies_of_its_schedule_once(store):
    await save(store, OLD)
    await store.write_inputs(ALICE, JOB, items(2))
    await store.copy_assets(ALICE, JOB, [digest_of(OLD)])
    for _ in range(2):
        await store.copy_inputs(ALICE, JOB, PASS)
        assert await store.read_asset(ALICE, PASS, digest_of(OLD)) == OLD
        assert store.sizes.job_bytes(ALICE, PASS) == store.sizes.job_bytes(ALICE, JOB)


async def test_a_load_leaves_a_jobs_copies_alone(store):
    await save(store, OLD)
    await store.write_inputs(ALICE, JOB, items(1))
    await store.copy_assets(ALICE, JOB, [digest_of(OLD)])
    job = a_job(JOB, assets=(digest_of(OLD),))
    await store.save(ALICE, a_desk(1, job))
    assert (await store.load(ALICE)).state.jobs[JOB].assets == (digest_of(OLD),)
    assert await store.read_asset(ALICE, JOB, digest_of(OLD)) == OLD


async def test_a_job_is_given_files_of_its_own_and_they_are_read_in_parts(store):
    await store.write_inputs(ALICE, JOB, items(1))
    before = store.sizes.job_bytes(ALICE, JOB)
    digest = digest_of(OLD)
    await store.put_assets(ALICE, JOB, {digest: OLD})
    assert await store.read_asset(ALICE, JOB, digest) == OLD
    assert store.sizes.job_bytes(ALICE, JOB) == before + len(OLD)
    assert await store.read_asset_part(ALICE, JOB, digest, 1, 2) == OLD[1:3]
    assert await store.read_asset_part(ALICE, JOB, digest, len(OLD) - 1, 9) == OLD[-1:]
    assert await store.read_asset_part(ALICE, JOB, digest, len(OLD) + 9, 9) == b""
    for name in (digest_of(NEW), "..", ""):
        with pytest.raises(JobFilesMissing):
            await store.read_asset_part(ALICE, JOB, name, 0, 1)
    await store.copy_inputs(ALICE, JOB, PASS)
    assert await store.read_asset_part(ALICE, PASS, digest, 0, 2) == OLD[:2]


async def test_files_of_a_jobs_own_are_refused_where_there_is_no_room(store):
    await store.write_inputs(ALICE, JOB, items(1))
    store.sizes.limit(ALICE, store.sizes.usage(ALICE).used_bytes + 3)
    with pytest.raises(QuotaReached):
        await store.put_assets(ALICE, JOB, {digest_of(OLD): OLD})
    await store.delete_job(ALICE, JOB)
    assert store.sizes.usage(ALICE).used_bytes == 0
