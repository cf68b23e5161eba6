"""Connections over IPv6, where the machine has it."""

from __future__ import annotations

import pytest

from actors.ports import EgressRefused
from tests.support.ports import has_ipv6
from tests.support.target import Target, page
from workers.net.client import open_http

pytestmark = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@pytest.fixture
async def target(nursery):
    served = Target({"/": page()}, address="::1")
    await nursery.start(served.run)
    return served


@pytest.mark.parametrize("allowed", ["::1", "[::1]:{port}", "localhost"])
async def test_a_literal_address_that_is_allowed(target, ask, allowed):
    async with open_http({"allow_target": [allowed.format(port=target.port)]}) as http:
        status, _, body = await ask(http, target.url(host="[::1]"))
    assert (status, body) == (200, b"hello")
    assert target.asked[0].headers["host"] == f"[::1]:{target.port}"


@pytest.mark.parametrize("allowed", [[], ["127.0.0.1"], ["[::1]:1"]])
async def test_it_is_refused_where_it_is_not(target, ask, allowed):
    async with open_http({"allow_target": allowed}) as http:
        with pytest.raises(EgressRefused, match="loopback"):
            await ask(http, target.url(host="[::1]"))
    assert target.connections == 0


async def test_the_other_address_is_tried_where_nobody_listens_at_the_first(target, ask):
    settings = {"allow_target": ["127.0.0.1", "::1"]}
    async with open_http(settings, lookup=lambda _: ["127.0.0.1", "::1"]) as http:
        assert (await ask(http, target.url(host="two.example")))[0] == 200
