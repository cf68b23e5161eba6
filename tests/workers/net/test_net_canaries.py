"""Every spelling of a loopback address, with canaries at three of them: 0 connections.

What `test_net_namespace` shows for all private addresses, without a namespace, so that it is shown
on every machine.
"""

import pytest

from actors.ports import EgressRefused, HttpConnectError
from tests.support.ports import has_ipv6
from tests.support.spellings import disguises, of
from tests.support.target import Target, page
from workers.net.client import open_http
from workers.net.dial import client_tls

# Each with its spelling in a URL.
PLACES = {"127.0.0.1": "127.0.0.1", "127.0.0.2": "127.0.0.2"}
if has_ipv6():
    PLACES["::1"] = "[::1]"
NONE = [0] * len(PLACES)


@pytest.fixture(scope="module")
def tls():
    return client_tls()


@pytest.fixture
async def canaries(nursery):
    """A target at each place, and the clients that tests call them by."""
    found = {place: Target({"/": page()}, address=place) for place in PLACES}
    for canary in found.values():
        await nursery.start(canary.run)
    return found


def spelled():
    for place in ("127.0.0.1", "127.0.0.2"):
        for how, host in of(place).items():
            yield pytest.param(place, f"http://{host}:{{port}}/", id=f"{place}, {how}")
        for how, url in disguises(f"{place}:{{port}}", "example.com").items():
            yield pytest.param(place, url, id=f"{place}, {how}")
    for host in ("localhost", "LOCALHOST.", "[::1]", "[0:0::0:1]", "[::]", "0", "0.0.0.0"):
        for place in PLACES:
            yield pytest.param(place, f"http://{host}:{{port}}/", id=f"{place} by {host}")


@pytest.mark.parametrize(("place", "url"), list(spelled()))
async def test_no_spelling_reaches_a_canary(canaries, ask, tls, place, url):
    async with open_http({}, lookup=lambda _: ["93.184.215.14", place], tls=tls) as http:
        with pytest.raises(EgressRefused, match="refused"):
            await ask(http, url.replace("{port}", str(canaries[place].port)))
    assert {at: canary.connections for at, canary in canaries.items()} == dict.fromkeys(PLACES, 0)


async def test_the_canaries_are_alive(canaries, ask, tls):
    async with open_http({"allow_target": ["127.0.0.0/8", "::1"]}, tls=tls) as http:
        for place, host in PLACES.items():
            await ask(http, canaries[place].url(host=host))
    assert [canary.connections for canary in canaries.values()] == [1] * len(PLACES)


async def test_our_own_port_is_refused_at_every_address_of_ours(canaries, ask, tls):
    own = [canary.port for canary in canaries.values()]
    settings = {"allow_target": ["127.0.0.0/8", "::1"], "own_ports": own}
    async with open_http(settings, tls=tls) as http:
        for place, host in (*PLACES.items(), ("127.0.0.1", "127.9.9.9"), ("127.0.0.1", "127.1")):
            with pytest.raises(EgressRefused, match="refused"):
                await ask(http, canaries[place].url(host=host))
    assert [canary.connections for canary in canaries.values()] == NONE


async def test_the_address_that_was_checked_is_the_one_connected_to(canaries, ask, tls):
    """Public for the check, private ever after: the private one is not asked for again."""
    answers = [["127.0.0.2"], ["127.0.0.1"], ["127.0.0.1"]]
    canary, bait = canaries["127.0.0.2"], canaries["127.0.0.1"]
    settings = {"allow_target": ["127.0.0.2"]}
    async with open_http(settings, lookup=lambda _: answers.pop(0), tls=tls) as http:
        for _ in range(3):
            await ask(http, canary.url(host="rebind.example"))
    assert (bait.connections, len(answers)) == (0, 2)
    assert {asked.headers["host"] for asked in canary.asked} == {f"rebind.example:{canary.port}"}


async def test_a_name_that_turned_private_is_refused_when_it_is_looked_up_again(canaries, ask, tls):
    answers = [["127.0.0.2"], ["127.0.0.1"]]
    canary = canaries["127.0.0.2"]
    settings = {"allow_target": ["127.0.0.2"]}
    for error in (None, EgressRefused):
        async with open_http(settings, lookup=lambda _: answers.pop(0), tls=tls) as http:
            if error is None:
                await ask(http, canary.url(host="rebind.example"))
                continue
            with pytest.raises(error, match="loopback"):
                await ask(http, canary.url(host="rebind.example"))
    assert {at: each.connections for at, each in canaries.items() if each.connections} == {
        "127.0.0.2": 1
    }


async def test_a_name_of_nothing_is_no_connection(canaries, ask, tls):
    canary = canaries["127.0.0.1"]
    async with open_http({"allow_target": ["127.0.0.1"]}, lookup=lambda _: [], tls=tls) as http:
        with pytest.raises(HttpConnectError, match="has no address"):
            await ask(http, canary.url(host="empty.example"))
