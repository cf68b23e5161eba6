"""What every store promises about links: they lead to their desk, and to nothing once they went."""

from __future__ import annotations

from state.views import link_of
from tests.support.states import ALICE, BOB, a_desk

FIRST, SECOND = link_of("first"), link_of("second")


async def test_a_link_that_was_never_saved_leads_nowhere(store):
    assert await store.find_link(FIRST) is None
    await store.delete_link(FIRST)


async def test_a_saved_link_leads_to_its_desk(store):
    await store.save_link(ALICE, FIRST)
    await store.save_link(BOB, SECOND)
    assert await store.find_link(FIRST) == ALICE
    assert await store.find_link(SECOND) == BOB


async def test_a_link_that_is_saved_again_is_as_before(store):
    for _ in range(2):
        await store.save_link(ALICE, FIRST)
    assert await store.find_link(FIRST) == ALICE


async def test_a_deleted_link_leads_nowhere_and_others_stay(store):
    await store.save_link(ALICE, FIRST)
    await store.save_link(ALICE, SECOND)
    await store.delete_link(FIRST)
    assert await store.find_link(FIRST) is None
    assert await store.find_link(SECOND) == ALICE


async def test_links_are_no_desks_and_make_none(store):
    await store.save_link(ALICE, FIRST)
    assert not await store.exists(ALICE)
    assert not await store.exists(FIRST)
    await store.save(ALICE, a_desk(1))
    assert await store.stale(0.0) == []
