"""TLS: certificates are checked against the name that was asked for; HTTP/2 where it is offered."""

import pytest
import trio

from actors.ports import HttpConnectError, HttpProtocolError
from tests.support.proxy import SocksProxy
from tests.support.secure import CERTIFICATE, SecureTarget, reset, status
from workers.net.client import open_http
from workers.net.dial import client_tls


@pytest.fixture
def open_named():
    """A client for which every name is 127.0.0.1 and the test certificate is a root."""
    return open_http(
        {"allow_target": ["127.0.0.1"]},
        lookup=lambda _: ["127.0.0.1"],
        tls=client_tls(CERTIFICATE),
    )


async def served(nursery, *protocols, **options):
    target = SecureTarget(*protocols, **options)
    await nursery.start(target.run)
    return target


async def test_http1_over_tls(nursery, open_named, ask):
    target = await served(nursery, "http/1.1")
    async with open_named as http:
        for _ in range(2):
            assert (await ask(http, target.url()))[2] == b"one"
    assert target.connections == 1
    assert target.asked[0]["host"] == f"target.example:{target.port}"


async def test_http2_where_it_is_offered(nursery, open_named, ask):
    target = await served(nursery, "h2", "http/1.1")
    async with open_named as http:
        for body in (None, b"a" * 200_000):
            method = "GET" if body is None else "POST"
            status, headers, got = await ask(http, target.url(), method, body=body)
            assert (status, headers["x-a"], got) == (200, "b", b"twotwotwo")
    assert target.connections == 1
    assert target.asked[0][":authority"] == f"target.example:{target.port}"
    assert target.asked[1]["content-length"] == "200000"


async def test_http2_stream_that_is_reset(nursery, open_named, ask):
    target = await served(nursery, "h2", answer=reset)
    async with open_named as http:
        with pytest.raises(HttpConnectError, match="broke the connection"):
            await ask(http, target.url())


async def test_http2_status_that_is_none(nursery, open_named, ask):
    target = await served(nursery, "h2", answer=status("9999"))
    async with open_named as http:
        with pytest.raises(HttpProtocolError, match="valid HTTP/2"):
            await ask(http, target.url())


async def test_tls_through_a_proxy(nursery, open_named, ask):
    target = await served(nursery, "h2")
    proxy = SocksProxy()
    await nursery.start(proxy.run)
    async with open_named as http:
        through = f"socks5://127.0.0.1:{proxy.port}"
        assert (await ask(http, target.url(), proxy=through))[2] == b"twotwotwo"


async def test_a_certificate_for_another_name(nursery, open_named, ask):
    target = await served(nursery, "h2")
    async with open_named as http:
        with pytest.raises(HttpConnectError, match=r"certificate of other\.example:"):
            await ask(http, target.url(host="other.example"))
    assert target.asked == []


async def test_a_certificate_nobody_signed(nursery, ask):
    target = await served(nursery, "h2")
    async with open_http({"allow_target": ["127.0.0.1"]}) as http:
        with pytest.raises(HttpConnectError, match=r"certificate of 127\.0\.0\.1:"):
            await ask(http, target.url(host="127.0.0.1"))
    assert target.asked == []


async def test_a_server_that_does_not_speak_tls(nursery, open_named, ask):
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]

    async def greet(stream):
        async with stream:
            await stream.send_all(b"220 mail.example ready\r\n")

    await nursery.start(trio.serve_listeners, greet, listeners)
    async with open_named as http:
        with pytest.raises(HttpConnectError, match="TLS with"):
            await ask(http, f"https://target.example:{port}/")
