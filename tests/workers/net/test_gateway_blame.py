"""Whose fault it is that a connection did not come about: the pass's own proxy, or the target."""

from __future__ import annotations

import pytest

from tests.support.bad_proxy import BadProxy
from tests.support.gateway import settings, started, visiting
from tests.support.ports import refusing_port
from tests.support.proxy import HttpProxy, SocksProxy


@pytest.fixture
async def gateway(nursery):
    return await started(nursery, settings("127.0.0.1"))


@pytest.fixture
async def begin(nursery):
    async def beginning(proxy):
        await nursery.start(proxy.run)
        return proxy.port

    return beginning


async def blamed(gateway, upstream, method="CONNECT", target="127.0.0.1:9999"):
    """(status, whether the proxy was blamed)."""
    with gateway.open_pass(upstream=upstream) as leave:
        async with visiting(gateway, leave) as visit:
            await visit.ask(method, target)
            assert (await visit.rest()).startswith(b"HTTP/1.1 ")
        [trouble] = leave.troubles
        return trouble.status, trouble.by_proxy


@pytest.mark.parametrize(
    ("proxy", "scheme", "blame"),
    [
        (HttpProxy(refuse="407 Who"), "http", (502, True)),
        (HttpProxy(refuse="403 No"), "http", (502, True)),
        (HttpProxy(refuse="502 Not there"), "http", (502, False)),
        (BadProxy(b"SSH-2.0-OpenSSH_9.6\r\n"), "http", (502, True)),
        (SocksProxy(login=("a", "b")), "socks5", (502, True)),
        (SocksProxy(reply=5), "socks5", (502, False)),
    ],
)
async def test_a_tunnel(gateway, begin, proxy, scheme, blame):
    port = await begin(proxy)
    assert await blamed(gateway, f"{scheme}://127.0.0.1:{port}") == blame


async def test_a_proxy_that_is_not_there(gateway):
    with refusing_port() as port:
        assert await blamed(gateway, f"http://127.0.0.1:{port}") == (502, True)


async def test_a_proxy_that_may_not_be_asked(gateway):
    assert await blamed(gateway, "http://10.1.2.3:8080") == (403, True)


async def test_a_target_that_may_not_be_reached(gateway, begin):
    port = await begin(HttpProxy())
    told = await blamed(gateway, f"http://127.0.0.1:{port}", target="10.1.2.3:80")
    assert told == (403, False)


async def test_a_plain_fetch_for_which_the_proxy_wants_another_password(gateway, begin):
    port = await begin(HttpProxy(refuse="407 Who"))
    told = await blamed(gateway, f"http://127.0.0.1:{port}", "GET", "http://127.0.0.1:9999/")
    assert told == (502, True)


async def test_a_site_that_asks_for_a_proxys_password_itself(gateway, begin):
    port = await begin(HttpProxy(refuse="407 Who"))
    assert await blamed(gateway, None, "GET", f"http://127.0.0.1:{port}/") == (502, False)
