"""A real Chromium behind the gateway: whatever a page tries, nothing goes where nobody may go.

The same page runs twice: with a pass that allows the canaries, which shows that each way is one
that this browser takes; and without, where each is refused at the gateway and none arrives.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.e2e.support import chromium, hostile_page
from tests.e2e.support.egress_house import EgressHouse
from tests.e2e.support.reading import PATIENCE_MS, gives, until
from workers.chromium import arguments, context_proxy, environment, plain_proxy

pytestmark = pytest.mark.browser

HOSTS = {"literal": hostile_page.literal_of, "name": hostile_page.name_of}


@pytest.fixture(scope="module")
def house() -> Iterator[EgressHouse]:
    with EgressHouse().running() as running:
        yield running


@pytest.fixture(scope="module")
def guarded(house, playwright) -> Iterator[Browser]:
    """Chromium as the browser pool is to start it."""
    running = playwright.chromium.launch(
        executable_path=chromium.find(),
        args=[*arguments(), *(("--no-sandbox",) if os.geteuid() == 0 else ())],
        proxy=plain_proxy(house.gateway.address),
        env=environment(dict(os.environ)),
    )
    yield running
    running.close()


@contextmanager
def visiting(browser, house, leave, way="door") -> Iterator[Page]:
    proxies = {
        "door": plain_proxy(leave.door.address),
        "name": context_proxy(house.gateway.address, leave.username, leave.password),
    }
    proxy = proxies[way]
    context = browser.new_context(proxy=proxy)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def wait_until(page: Page, seen, wanted: set[str]) -> None:
    """Until all that is wanted has been seen; else the assertion says what has not."""
    until(page, lambda: sorted(wanted - seen()), [])


def open_hostile(page: Page, house: EgressHouse, host_of) -> set[str]:
    hosts = {way: host_of(way) for way in hostile_page.WAYS}
    house.forget()
    house.page = hostile_page.page_of(hosts, house.canary_port)
    page.goto(house.site, wait_until="commit")
    return set(hosts.values())


def test_every_way_out_is_one_that_this_browser_takes(guarded, house):
    with house.leave(everywhere=True) as leave, visiting(guarded, house, leave) as page:
        hosts = open_hostile(page, house, hostile_page.literal_of)
        wait_until(page, lambda: house.asked, hosts)


@pytest.mark.parametrize("kind", HOSTS)
def test_no_way_out_leads_where_nobody_may_go(guarded, house, kind):
    with house.leave() as leave, visiting(guarded, house, leave) as page:
        hosts = open_hostile(page, house, HOSTS[kind])
        wait_until(page, lambda: refused_at(leave), hosts)
        assert {trouble.status for trouble in leave.troubles} == {403}
    assert (house.connections, house.datagrams, house.asked) == (0, 0, set())


def refused_at(leave) -> set[str]:
    return {trouble.place.rpartition(":")[0] for trouble in tuple(leave.troubles)}


def test_nothing_goes_round_the_proxy(guarded, house):
    """WebRTC and WebTransport: no datagram, and their TCP is asked for like everything else."""
    with house.leave() as leave, visiting(guarded, house, leave) as page:
        page.goto(house.site)
        house.forget()
        for way in hostile_page.PEERS:
            host = hostile_page.literal_of(way)
            gives(page, hostile_page.peer_of(way, host, house.canary_port), [])
        over_tcp = {hostile_page.literal_of(way) for way in ("turn-tcp", "turn-tls")}
        assert refused_at(leave) >= over_tcp
    assert (house.connections, house.datagrams) == (0, 0)


@pytest.mark.parametrize("way", ["door", "name"])
def test_two_jobs_of_one_browser_keep_to_their_own_policy(guarded, house, way):
    url = f"http://127.9.9.9:{house.canary_port}/"
    theirs = url.replace("127.9.9.9", "127.9.9.8")
    with (
        house.leave(everywhere=True) as wide,
        house.leave() as narrow,
        visiting(guarded, house, wide, way) as free,
        visiting(guarded, house, narrow, way) as bound,
    ):
        assert free.goto(url).status == 200
        refused = bound.goto(theirs)
        assert refused.status == 403
        assert "refused: 127.9.9.8 is a loopback address" in refused.text()
        with pytest.raises(Error, match="ERR_TUNNEL_CONNECTION_FAILED"):
            bound.goto(theirs.replace("http:", "https:"))
        assert refused_at(narrow) == {"127.9.9.8"}
    assert "127.9.9.8" not in house.asked


def test_without_a_pass_a_context_gets_nowhere(guarded, house):
    context = guarded.new_context()
    house.forget()
    page = context.new_page()
    for scheme in ("http", "https"):
        with pytest.raises(Error, match="ERR_"):
            page.goto(f"{scheme}://127.9.9.9:{house.canary_port}/")
    context.close()
    assert house.connections == 0


def test_a_page_through_the_gateway_is_counted(guarded, house):
    house.page = b"<!doctype html><title>counted</title>" + b"x" * 100_000
    with house.leave() as leave:
        with visiting(guarded, house, leave) as page:
            page.goto(house.site)
            expect(page).to_have_title("counted")
        assert leave.received_bytes > 100_000
        assert leave.sent_bytes > 0
