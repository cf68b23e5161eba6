"""What every store promises about the audit log of a desk."""

from __future__ import annotations

import pytest

from state.audit import AuditLine
from tests.support.states import ALICE, BOB, a_desk

LIMIT_BYTES = 4096  # of the fixture


def line(number, **fields):
    at = "2026-11-22T03:01:00.000Z"
    return AuditLine(at=at, who="0" * 16, means="link", what="start_job", revision=number, **fields)


def numbers(page):
    return [found.revision for found in page.lines]


async def read_all(store, after=0, **limits):
    """(the numbers of all lines from there on, where they end)."""
    found = []
    while True:
        page = await store.read_audit(ALICE, after=after, **limits)
        if not page.lines:
            return found, page.next
        assert page.next > after
        found += numbers(page)
        after = page.next


async def test_a_desk_without_one_has_an_empty_one(store):
    page = await store.read_audit(ALICE)
    assert (page.lines, page.next, page.start, page.size, page.bad_lines) == ((), 0, 0, 0, 0)


async def test_lines_are_read_as_they_were_written(store):
    full = line(1, job="job-1", origin="10.0.0.1", outcome="not_found", more=3, lost=2)
    await store.append_audit(ALICE, [full, line(2)])
    page = await store.read_audit(ALICE)
    assert page.lines == (full, line(2))
    assert page.next == page.size
    assert (await store.read_audit(BOB)).lines == ()


async def test_a_save_takes_lines_along(store):
    assert await store.save(ALICE, a_desk(1), audit=[line(1)]) is None
    assert await store.save(ALICE, a_desk(2)) is None
    assert numbers(await store.read_audit(ALICE)) == [1]


async def test_reading_goes_on_where_it_ended(store):
    await store.append_audit(ALICE, [line(1), line(2)])
    _, end = await read_all(store)
    assert (await store.read_audit(ALICE, after=end)).lines == ()
    await store.append_audit(ALICE, [line(3)])
    assert numbers(await store.read_audit(ALICE, after=end)) == [3]
    # From within a line: the next one.
    assert numbers(await store.read_audit(ALICE, after=end + 1)) == []
    assert numbers(await store.read_audit(ALICE, after=end - 1)) == [3]


@pytest.mark.parametrize("after", [2**53, 10**6])
async def test_an_offset_beyond_the_end_is_the_end(store, after):
    await store.append_audit(ALICE, [line(1)])
    page = await store.read_audit(ALICE, after=after)
    assert (page.lines, page.next) == ((), page.size)


async def test_at_its_limit_the_oldest_half_goes_and_offsets_stay_good(store):
    """One file is in use and one is put aside: at least one of them is whole."""
    marks = {}
    for number in range(200):
        marks[number] = (await store.read_audit(ALICE, after=2**53)).next
        await store.append_audit(ALICE, [line(number)])
        page = await store.read_audit(ALICE, after=2**53)
        assert page.size - page.start <= 2 * LIMIT_BYTES
    kept, _ = await read_all(store)
    assert kept == list(range(kept[0], 200))
    assert page.size - page.start >= LIMIT_BYTES
    for number in (kept[0], kept[len(kept) // 2], 199):
        assert (await read_all(store, after=marks[number]))[0] == list(range(number, 200))
    # What is gone is skipped, not an error.
    assert (await read_all(store, after=marks[1]))[0] == kept


async def test_pages_are_cut_to_size(store):
    await store.append_audit(ALICE, [line(number) for number in range(20)])
    one = await store.read_audit(ALICE, limit_bytes=4096)
    assert 0 < len(one.lines) <= 20
    assert (await read_all(store, limit_bytes=4096))[0] == list(range(20))


async def test_a_sync_needs_no_new_lines(store):
    await store.append_audit(ALICE, [line(1)])
    await store.sync_audit(ALICE)
    await store.sync_audit(ALICE)
    assert numbers(await store.read_audit(ALICE)) == [1]
