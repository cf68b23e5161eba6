"""What every store promises about journeys: a file of a name is whole, or there is none."""

from __future__ import annotations

import pytest

from state.digests import digest_of
from state.errors import JobFilesMissing, JourneysMissing, QuotaReached
from state.journeys import Journey, encode_journeys
from state.model import JourneyBook, Restored
from tests.support.states import ALICE, BOB, a_desk


def journeys(name):
    return encode_journeys([Journey(id="0" * 8, name=name, url="http://h/")])


OLD, NEW, NEWER = map(journeys, ("old", "new", "newer"))


def naming(data, revision=1, **fields):
    return a_desk(revision, journeys=JourneyBook(digest_of(data), 1, len(data)), **fields)


async def there(store, *, desk=ALICE):
    found = []
    for data in (OLD, NEW, NEWER):
        try:
            assert await store.read_journeys(desk, digest_of(data)) == data
            found.append(data)
        except JourneysMissing:
            pass
    return found


async def test_what_was_saved_is_read_by_its_digest_and_by_its_desk_alone(store):
    await store.save_journeys(ALICE, OLD)
    assert await there(store) == [OLD]
    assert await there(store, desk=BOB) == []


@pytest.mark.parametrize("digest", ["0" * 64, "", "..", "../secrets", "A" * 64, "0" * 63])
async def test_no_other_name_leads_to_anything(store, digest):
    await store.save_journeys(ALICE, OLD)
    with pytest.raises(JourneysMissing):
        await store.read_journeys(ALICE, digest)


async def test_saving_them_again_is_no_change(store):
    for _ in range(2):
        await store.save_journeys(ALICE, OLD)
    assert await there(store) == [OLD]
    assert store.sizes.usage(ALICE).used_bytes == len(OLD)


async def test_only_what_is_kept_stays(store):
    for data in (OLD, NEW, NEWER):
        await store.save_journeys(ALICE, data)
    await store.save_journeys(BOB, OLD)
    await store.keep_journeys(ALICE, [digest_of(NEW), digest_of(OLD)])
    assert await there(store) == [OLD, NEW]
    await store.keep_journeys(ALICE, [])
    assert await there(store) == []
    assert await there(store, desk=BOB) == [OLD]


async def test_nothing_to_keep_is_no_error(store):
    await store.keep_journeys(ALICE, [])
    await store.keep_journeys(ALICE, ["0" * 64])
    assert store.sizes.usage(ALICE).used_bytes == 0


async def test_a_load_keeps_what_both_generations_name_and_sweeps_the_rest(store):
    for revision, data in enumerate((OLD, NEW), 1):
        await store.save_journeys(ALICE, data)
        await store.save(ALICE, naming(data, revision))
    await store.save_journeys(ALICE, NEWER)  # and no state came to name it
    await store.load(ALICE)
    assert await there(store) == [OLD, NEW]
    await store.save(ALICE, naming(NEW, 3))
    await store.load(ALICE)
    assert await there(store) == [NEW]
    for revision in (4, 5):
        await store.save(ALICE, a_desk(revision))
    await store.load(ALICE)
    assert await there(store) == []


async def test_where_an_older_generation_was_restored_nothing_is_swept(store):
    restored = Restored(1, 5.0, "damaged")
    await store.save_journeys(ALICE, OLD)
    await store.save_journeys(ALICE, NEW)
    for revision in (1, 2):
        await store.save(ALICE, naming(OLD, revision, restored=restored))
    await store.load(ALICE)
    assert await there(store) == [OLD, NEW]


async def test_no_job_is_called_as_their_folder(store):
    await store.save_journeys(ALICE, OLD)
    with pytest.raises(JobFilesMissing):
        await store.open_inputs(ALICE, "journeys")
    await store.delete_job(ALICE, "journeys-of-another")
    assert await there(store) == [OLD]


async def test_they_are_counted_and_what_goes_makes_room(store):
    store.sizes.limit(ALICE, len(OLD) + len(NEW))
    await store.save_journeys(ALICE, OLD)
    await store.save_journeys(ALICE, NEW)
    with pytest.raises(QuotaReached) as refused:
        await store.save_journeys(ALICE, NEWER)
    assert refused.value.needed_bytes == len(NEWER)
    assert refused.value.kept_bytes == len(OLD) + len(NEW)
    assert await there(store) == [OLD, NEW]
    usage = store.sizes.usage(ALICE)
    assert usage.used_bytes == len(OLD) + len(NEW)
    await store.keep_journeys(ALICE, [digest_of(NEW)])
    with pytest.raises(QuotaReached):
        await store.save_journeys(ALICE, NEWER)  # two bytes longer than what went
    await store.save_journeys(ALICE, OLD)


async def test_a_refusal_makes_no_job_wait(store):
    store.sizes.limit(ALICE, len(OLD) + 5)
    await store.save_journeys(ALICE, OLD)
    with pytest.raises(QuotaReached):
        await store.save_journeys(ALICE, NEW)
    assert not store.sizes.usage(ALICE).full
    store.sizes.check(ALICE)


async def test_what_was_learned_finds_room_also_where_there_is_none(store):
    store.sizes.limit(ALICE, 1)
    await store.save_journeys(ALICE, OLD, learned=True)
    assert await there(store) == [OLD]


async def test_a_load_counts_them(store):
    await store.save_journeys(ALICE, OLD)
    await store.save(ALICE, naming(OLD))
    store.sizes.forget(ALICE)
    await store.load(ALICE)
    assert store.sizes.usage(ALICE).used_bytes == len(OLD)


async def test_journeys_alone_are_no_desk_that_can_be_loaded(store):
    await store.save_journeys(ALICE, OLD)
    assert await store.stale(0.0) == []
    assert await store.unfinished() == []
