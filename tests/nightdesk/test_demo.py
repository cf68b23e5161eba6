"""The sample site: every kind of outcome, the same for everybody, and its port kept."""

from __future__ import annotations

import httpx
import pytest
import trio
from structlog.testing import CapturingLogger

from nightdesk.demo import PAGES, reply_to, run_sample_site


def statuses(visit):
    return [reply_to(page, visit).status for page in range(1, PAGES + 1)]


def test_it_has_every_kind_of_page():
    first = statuses(1)
    assert {200, 302, 404, 429, 500} == set(first)
    assert first.count(429) == 1
    assert first.count(200) > PAGES * 0.9
    assert any(reply_to(page, 1).delay_s > 1 for page in range(1, PAGES + 1))


def test_trying_the_failed_ones_again_helps_some_and_not_all():
    failed = [page for page in range(1, PAGES + 1) if reply_to(page, 1).status == 404]
    again = [reply_to(page, 2).status for page in failed]
    assert 200 in again
    assert 404 in again


def test_the_429_says_when_to_come_back():
    assert dict(reply_to(250, 1).headers) == {b"retry-after": b"1"}
    assert reply_to(250, 2).status == 200


@pytest.fixture
async def site(nursery, tmp_path):
    return await nursery.start(run_sample_site, tmp_path / "port", CapturingLogger())


async def test_it_serves_over_http(site):
    async with httpx.AsyncClient(timeout=60) as client:
        found = await client.get(site.urls()[0])
        assert (found.status_code, "Page 1." in found.text) == (200, True)
        moved = await client.get(site.urls()[41], follow_redirects=True)
        assert (moved.status_code, moved.url.path) == (200, "/moved/42")
        assert (await client.get(f"http://{site.target}/page/501")).status_code == 404
        assert (await client.get(f"http://{site.target}/")).status_code == 200


async def test_its_failing_pages_count_their_visits(site):
    async with httpx.AsyncClient(timeout=60) as client:
        seen = [(await client.get(site.urls()[12])).status_code for _ in range(3)]
    assert seen == [404, 200, 404]


async def test_it_comes_back_at_its_old_port(nursery, tmp_path):
    async with trio.open_nursery() as first:
        old = await first.start(run_sample_site, tmp_path / "port", CapturingLogger())
        async with httpx.AsyncClient(timeout=60) as client:
            await client.get(old.urls()[0])
        first.cancel_scope.cancel()
    again = await nursery.start(run_sample_site, tmp_path / "port", CapturingLogger())
    assert again.port == old.port


async def test_a_taken_port_is_no_trouble(nursery, tmp_path):
    old = await nursery.start(run_sample_site, tmp_path / "port", CapturingLogger())
    other = await nursery.start(run_sample_site, tmp_path / "port", CapturingLogger())
    assert other.port != old.port


@pytest.mark.parametrize("kept", ["", "x", "99999", "0", "-5", "\x00\xff"])
async def test_a_damaged_memory_is_no_trouble(nursery, tmp_path, kept):
    (tmp_path / "port").write_text(kept, "latin-1")
    site = await nursery.start(run_sample_site, tmp_path / "port", CapturingLogger())
    assert (tmp_path / "port").read_text() == f"{site.port}\n"
