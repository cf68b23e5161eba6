"""Two real tabs of a real server share a list; one of them dies with an address in its hands."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from nightdesk import Client
from tests.e2e.conftest import PATIENCE_MS
from tests.e2e.support.reading import until
from tests.e2e.support.real_server import serving
from tests.e2e.support.targets import target

pytestmark = pytest.mark.browser

URLS = 14
# The tab opens two; of the third it says nothing any more, as if it had died with it.
DIES = """() => {
  let left = 2;
  const open = window.open;
  window.open = (...given) => {
    left -= 1;
    if (left >= 0) return open.apply(window, given);
    WebSocket.prototype.send = () => {};
    document.body.dataset.dying = "now";
    return { location: { replace() {} } };
  };
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("tabs") / "data") as served:
        yield served


def all_came(page, site, count):
    """An address counts as opened once its window is there; the site hears of it after that."""
    until(page, lambda: len(site.visits) >= count)


def a_tab(windows, address):
    page = windows.open(f"{address}/s/local#tab")
    page.get_by_role("button", name="Let this tab open pages").click()
    expect(page.locator(".tab-state.on")).to_be_visible()
    return page


def test_every_url_is_opened_once_though_a_tab_dies(windows, address):
    with target() as site, Client(address, desk="local") as client:
        urls = [site.url(number) for number in range(URLS)]
        first = a_tab(windows, address)
        first.evaluate(DIES)
        job = client.submit(urls, kind="tab", spec={"delay_ms": 50})
        first.wait_for_selector("body[data-dying]")
        # The other one comes now: earlier, it might have opened all before the first had its third.
        second = a_tab(windows, address)
        expect(first.locator(".tab-doings li")).to_have_count(2)
        first.close()
        ended = client.wait(job.id)
        outcomes = list(client.items(job.id))
        all_came(second, site, URLS)
        second.close()
    assert (ended.status, ended.counts.ok) == ("completed", URLS)
    assert sorted(site.paths()) == sorted(f"/{number}" for number in range(URLS))
    assert {outcome.status for outcome in outcomes} == {"ok"}
    assert {referer for _, referer in site.visits} == {None}


def test_a_list_waits_for_a_tab_at_the_exact_address(windows, address):
    with target() as site, Client(address, desk="local") as client:
        job = client.submit([site.url(number) for number in range(3)], kind="tab")
        page = windows.open(f"{address}/s/local")
        strip = page.locator(".tab-strip")
        expect(strip).to_contain_text("3 addresses wait for a tab", timeout=PATIENCE_MS)
        strip.get_by_role("link", name="Let this tab open them").click()
        page.get_by_role("button", name="Let this tab open pages").click()
        assert client.wait(job.id).status == "completed"
        all_came(page, site, 3)
        page.get_by_role("button", name="Stop opening pages here").click()
        page.close()
    assert sorted(site.paths()) == ["/0", "/1", "/2"]
