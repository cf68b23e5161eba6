"""The pool of pages: as many items as pages, shared over desks, in a folder that is swept."""

from __future__ import annotations

import os
import time

import pytest
import trio

from tests.support.houses import Heard, Inline
from tests.support.leasing import brief, lease_all, leased
from tests.support.scripted import ScriptedSpec
from workers.browser.settings import read_settings
from workers.browsing import BrowsingSettings, browser_crew, pages_by_default
from workers.line import LineLimits
from workers.live import LiveFrames
from workers.pool import Pools, PoolSettings
from workers.proxied import ProxyBoard

PAGES = 4
MANY = 50_000


@pytest.fixture
def settings(tmp_path):
    return BrowsingSettings(scratch=tmp_path / "browsers", browser_pages=PAGES)


async def keep_leasing(attachment, wish):
    """As a runner of a job without an end: as many items as it gets slots."""
    index = 0
    attachment.want(MANY)
    while True:
        granted = await attachment.wait_granted()
        await attachment.lease([leased(index + n, wish) for n in range(granted)])
        index += granted
        attachment.want(MANY - index)


async def test_a_desk_of_many_items_holds_another_up_by_one_item_a_page(nursery, autojump_clock):
    """Alice's journeys take 10 s each and fill every page; Bob's first waits for one of them."""
    house = Inline(slots=PAGES)
    await nursery.start(house.workers.run)
    async with house.workers.attach(brief("alice", job_id="big")) as alice:
        nursery.start_soon(keep_leasing, alice, {"do": "sleep", "s": 10})
        await trio.sleep(25)
        async with house.workers.attach(brief("bob", job_id="small")) as bob:
            await lease_all(bob, [leased(0, {"do": "sleep", "s": 1})])
            (ended,) = await bob.wait_events()
            assert ended.index == 0
            assert trio.current_time() <= 25 + 10 + 1
        nursery.cancel_scope.cancel()


def test_there_are_as_many_slots_as_pages(settings):
    pools = Pools(PoolSettings(browser=settings), {}, Heard())
    assert pools.free_slots()["browser"] == PAGES


def test_pages_follow_the_cores_up_to_a_bound(monkeypatch):
    for cores, pages in ((1, 2), (2, 4), (4, 8), (64, 8)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, cores=cores: set(range(cores)))
        assert pages_by_default() == pages


def test_what_a_killed_server_left_is_swept(settings):
    left = settings.scratch / "0123" / "Default"
    left.mkdir(parents=True)
    (left / "Cookies").write_text("a session of somebody")
    limits = LineLimits(1, 1)
    browser_crew(settings, None, limits, Heard(), LiveFrames(), ProxyBoard(0, time.time))
    assert list(settings.scratch.iterdir()) == []


async def test_a_server_without_the_pool_says_so(nursery):
    pools = Pools(PoolSettings(), {"scripted": ScriptedSpec()}, Heard())
    async with pools.attach(brief(pool="browser")) as attachment:
        (event,) = await attachment.wait_events()
    assert event.error == "this server has no pool 'browser'"
    assert pools.frame("a", "job-1") is None


def test_what_the_worker_is_told_is_what_its_browser_reads(settings):
    told = read_settings({**settings.of_tool(), "scratch": "/scratch"})
    assert (told.pages, told.recycle_pages, told.hung_s) == (PAGES, 100, 15.0)
    assert (told.max_memory_bytes, told.page_max_memory_bytes) == (2 * 1024**3, 1024**3)
