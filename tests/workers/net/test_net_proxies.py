"""Proxies: what they are told, whose fault a failure is, and that their address is checked."""

import pytest

from actors.ports import EgressRefused, HttpConnectError, HttpProxyError
from tests.support.proxy import HttpProxy, SocksProxy
from tests.support.target import page
from workers.net.client import open_http

NAME = "named.example"


@pytest.fixture
async def named(nursery):
    """A client for which every name is 127.0.0.1."""
    settings = {"allow_target": ["127.0.0.1"]}
    async with open_http(settings, lookup=lambda _: ["127.0.0.1"]) as client:
        yield client


async def started(nursery, proxy):
    await nursery.start(proxy.run)
    return proxy


async def test_socks_is_told_the_checked_address(nursery, target, named, ask):
    target.handlers["/"] = page()
    proxy = await started(nursery, SocksProxy(login=("me", "p:w")))
    through = f"socks5h://me:p%3Aw@127.0.0.1:{proxy.port}"
    for _ in range(2):
        assert (await ask(named, target.url(host=NAME), proxy=through))[0] == 200
    assert proxy.asked == [("127.0.0.1", target.port)]
    assert target.asked[0].headers["host"] == f"{NAME}:{target.port}"


async def test_a_proxy_in_our_network_gets_names_as_checked_addresses(nursery, target, named, ask):
    target.handlers["/"] = page()
    proxy = await started(nursery, HttpProxy())
    through = f"http://me:pw@127.0.0.1:{proxy.port}"
    assert (await ask(named, target.url(host=NAME), proxy=through))[2] == b"hello"
    (asked,) = proxy.asked
    assert (asked.method, asked.target) == ("CONNECT", f"127.0.0.1:{target.port}")
    assert asked.headers["proxy-authorization"] == "Basic bWU6cHc="
    assert "proxy-authorization" not in target.asked[0].headers


async def test_a_literal_address_is_forwarded(nursery, target, named, ask):
    proxy = await started(nursery, HttpProxy())
    reply = await ask(named, target.url("/x"), proxy=f"http://127.0.0.1:{proxy.port}")
    assert reply[2] == b"forwarded"
    assert proxy.asked[0].target == target.url("/x")


async def test_connections_are_not_shared_between_proxies(nursery, target, named, ask):
    target.handlers["/"] = page()
    proxies = [await started(nursery, SocksProxy()) for _ in range(2)]
    for proxy in proxies:
        await ask(named, target.url(), proxy=f"socks5://127.0.0.1:{proxy.port}")
    await ask(named, target.url())
    assert [len(proxy.asked) for proxy in proxies] == [1, 1]
    assert target.connections == 3


@pytest.mark.parametrize(
    ("reply", "error"), [(1, HttpProxyError), (2, HttpProxyError), (5, HttpConnectError)]
)
async def test_whose_fault_a_socks_failure_is(nursery, target, named, ask, reply, error):
    proxy = await started(nursery, SocksProxy(reply=reply))
    with pytest.raises(HttpConnectError, match="the proxy") as caught:
        await ask(named, target.url(), proxy=f"socks5://127.0.0.1:{proxy.port}")
    assert caught.type is error


@pytest.mark.parametrize(
    ("status", "error"),
    [("407 No", HttpProxyError), ("403 No", HttpProxyError), ("502 Bad", HttpConnectError)],
)
async def test_whose_fault_a_connect_failure_is(nursery, target, named, ask, status, error):
    proxy = await started(nursery, HttpProxy(refuse=status))
    with pytest.raises(HttpConnectError, match="the proxy") as caught:
        await ask(named, target.url(host=NAME), proxy=f"http://127.0.0.1:{proxy.port}")
    assert caught.type is error


async def test_a_wrong_password_is_the_proxys_fault(nursery, target, named, ask):
    proxy = await started(nursery, SocksProxy(login=("me", "right")))
    with pytest.raises(HttpProxyError, match="refused the user name"):
        await ask(named, target.url(), proxy=f"socks5://me:wrong@127.0.0.1:{proxy.port}")


async def test_an_unreachable_proxy(target, named, ask, closed_port):
    with pytest.raises(HttpProxyError, match="connection refused"):
        await ask(named, target.url(), proxy=f"http://127.0.0.1:{closed_port}")


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:6379", "socks5://10.0.0.1", "http://[::1]:80"])
async def test_the_proxys_address_is_checked(target, ask, proxy):
    async with open_http({"allow_target": [f"127.0.0.1:{target.port}"]}) as http:
        with pytest.raises(EgressRefused, match="refused"):
            await ask(http, target.url(), proxy=proxy)
    assert target.connections == 0


async def test_the_target_behind_a_proxy_is_checked(nursery, ask):
    proxy = await started(nursery, SocksProxy())
    allowed = {"allow_target": [f"127.0.0.1:{proxy.port}"]}
    async with open_http(allowed, lookup=lambda _: ["169.254.169.254"]) as http:
        with pytest.raises(EgressRefused, match="link-local"):
            await ask(http, "http://meta.example/", proxy=f"socks5h://127.0.0.1:{proxy.port}")
    assert proxy.asked == []
