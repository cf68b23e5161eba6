"""Redirects of servers that mean harm: where they lead, and what does not go with them.

That none leads to a private address is `tests/workers/net/test_net_namespace.py`.
"""

from functools import partial

import pytest

from tests.support import fetching
from tests.support.proxy import HttpProxy
from tests.support.target import Target, page
from workers.net.dial import client_tls


@pytest.fixture(scope="module")
def tls():
    return client_tls()


@pytest.fixture
async def target(nursery):
    served = Target()
    await nursery.start(served.run)
    return served


@pytest.fixture
def fetch(tls):
    return partial(fetching.fetch, tls)


NOWHERE = {
    "user name": "http://me:secret-pw@127.0.0.1/",
    "mail": "mailto:a@b.example",
    "a port that is none": "http://127.0.0.1:99999/",
    "brackets": "http://[::1",
    "brackets around a name": "http://[example]/",
    "a backslash": "http://127.0.0.1\\@x.example/",
    "too long": "/" + "x" * 60_000,
}


@pytest.mark.parametrize("how", NOWHERE)
async def test_a_redirect_to_nowhere_is_an_outcome(target, fetch, how):
    target.handlers["/"] = page(b"", "302 Found", location=NOWHERE[how])
    done = await fetch(target.url())
    assert (done.status, done.retry) == ("failed", False)
    assert "redirect" in done.error or "refused" in done.error
    assert "secret-pw" not in done.error
    assert len(target.asked) == 1


@pytest.mark.parametrize(
    "location",
    ["", "#part", "?", ".", "./", "..", "../..", "/", "//", ":", "http:", "http://", "://x"],
)
async def test_a_redirect_to_itself_ends(target, fetch, location):
    target.handlers["/"] = page(b"", "301 Moved", location=location)
    done = await fetch(target.url())
    assert done.status == "failed"
    assert len(target.asked) <= 11


@pytest.mark.parametrize("status", ["301", "302", "303", "307", "308"])
@pytest.mark.parametrize("away", ["http://127.0.0.2:{port}/", "http://127.0.0.1:{other}/"])
async def test_secrets_stay_with_their_origin(target, nursery, fetch, status, away):
    """Another host, or another port, is another origin."""
    others = [Target({"/": page()}, address="127.0.0.2"), Target({"/": page()})]
    for other in others:
        await nursery.start(other.run)
    location = away.format(port=others[0].port, other=others[1].port)
    target.handlers["/"] = page(b"", f"{status} Go", location=location)
    secrets = {"Authorization": "Bearer s", "Cookie": "s", "X-Api-Key": "s", "X-Auth-Token": "s"}
    assert (await fetch(target.url(), headers=secrets, allow="127.0.0.0/8")).status == "ok"
    names = {name.lower() for name in secrets}
    assert names <= target.asked[0].headers.keys()
    (asked,) = others[0].asked + others[1].asked
    assert not names & asked.headers.keys()
    assert not {"s", "Bearer s"} & set(asked.headers.values())


async def test_secrets_do_not_come_back_with_the_item(target, nursery, fetch):
    """Away and back again: the first origin gets them once."""
    other = Target(address="127.0.0.2")
    await nursery.start(other.run)
    target.handlers["/"] = page(b"", "302 Found", location=f"http://127.0.0.2:{other.port}/")
    other.handlers["/"] = page(b"", "302 Found", location=target.url("/back"))
    target.handlers["/back"] = page()
    headers = {"Authorization": "Bearer s"}
    assert (await fetch(target.url(), headers=headers, allow="127.0.0.0/8")).status == "ok"
    assert ["authorization" in asked.headers for asked in target.asked] == [True, False]


async def test_a_proxys_password_is_told_to_the_proxy_alone(target, nursery, fetch):
    proxy = HttpProxy()
    await nursery.start(proxy.run)
    target.handlers["/"] = page(b"", "302 Found", location="/end")
    target.handlers["/end"] = page()
    through = f"http://me:proxy-pw@127.0.0.1:{proxy.port}"
    named = f"http://localhost:{target.port}/"
    done = await fetch(named, proxies=[through], allow="127.0.0.0/8")
    assert done.status == "ok"
    assert {asked.method for asked in proxy.asked} == {"CONNECT"}
    assert all("proxy-authorization" in asked.headers for asked in proxy.asked)
    assert all("proxy-authorization" not in asked.headers for asked in target.asked)
