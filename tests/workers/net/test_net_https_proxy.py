"""Proxies spoken to over TLS: their own certificate, and the origin's within the tunnel."""

from __future__ import annotations

import pytest

from actors.ports import HttpProxyError
from tests.support.proxy import HttpProxy
from tests.support.secure import CERTIFICATE, SecureTarget, secure_context
from tests.support.target import page
from workers.net.client import open_http
from workers.net.dial import client_tls

NAME = "target.example"


@pytest.fixture
def open_named():
    """A client for which every name is 127.0.0.1 and the test certificate is a root."""
    return open_http(
        {"allow_target": ["127.0.0.1"]},
        lookup=lambda _: ["127.0.0.1"],
        tls=client_tls(CERTIFICATE),
    )


@pytest.fixture
async def proxy(nursery):
    served = HttpProxy(tls=secure_context("h2", "http/1.1"))
    await nursery.start(served.run)
    return served


async def test_a_plain_origin(target, proxy, open_named, ask):
    target.handlers["/"] = page()
    async with open_named as http:
        through = f"https://me:pw@{NAME}:{proxy.port}"
        assert (await ask(http, target.url(host=NAME), proxy=through))[2] == b"hello"
    (asked,) = proxy.asked
    assert (asked.method, asked.target) == ("CONNECT", f"127.0.0.1:{target.port}")
    assert asked.headers["proxy-authorization"] == "Basic bWU6cHc="


async def test_tls_within_tls(nursery, proxy, open_named, ask):
    origin = SecureTarget("h2")
    await nursery.start(origin.run)
    async with open_named as http:
        reply = await ask(http, origin.url(), proxy=f"https://{NAME}:{proxy.port}")
    assert reply[2] == b"twotwotwo"
    assert proxy.asked[0].target == f"127.0.0.1:{origin.port}"


async def test_a_certificate_of_another_name_is_the_proxys_fault(target, proxy, open_named, ask):
    async with open_named as http:
        with pytest.raises(HttpProxyError, match="certificate"):
            await ask(http, target.url(), proxy=f"https://other.example:{proxy.port}")
    assert (proxy.asked, target.connections) == ([], 0)
