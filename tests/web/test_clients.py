"""Who is asking behind reverse proxies: whom to believe, what, and how far."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.support.serving import ask, open_socket, served
from tests.web.conftest import GUEST
from web.app import build_app
from web.clients import Proxies, parse_network
from web.exchange import Exchange

PROXIES = Proxies(["10.0.0.0/8", "127.0.0.1", "2001:db8::/32"])
PROXY = "10.1.2.3"


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        # From whom we do not trust, nothing is believed.
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1", "10.0.0.1"], "203.0.113.9"),
        ("", ["198.51.100.1"], ""),
        # The right-most hop that is not ours.
        (PROXY, ["198.51.100.1"], "198.51.100.1"),
        (PROXY, ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        (PROXY, ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        (PROXY, ["198.51.100.1, 10.9.9.9, 127.0.0.1"], "198.51.100.1"),
        (PROXY, ["6.6.6.6, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),
        # All of them ours: the first one.
        (PROXY, ["10.0.0.5, 10.0.0.6"], "10.0.0.5"),
        # Spellings.
        (PROXY, ["198.51.100.1:4711"], "198.51.100.1"),
        (PROXY, ["[2001:db9::1]:4711"], "2001:db9::1"),
        (PROXY, ["[2001:db9::1]"], "2001:db9::1"),
        (PROXY, ["2001:DB9::0001"], "2001:db9::1"),
        (PROXY, ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("::ffff:10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("2001:db8::7", ["198.51.100.1"], "198.51.100.1"),
        # What is no address: the proxy that wrote it.
        (PROXY, [], PROXY),
        (PROXY, [""], PROXY),
        (PROXY, ["unknown"], PROXY),
        (PROXY, ["_hidden, "], PROXY),
        (PROXY, ["198.51.100.1, x"], PROXY),
        (PROXY, ["x, 198.51.100.1"], "198.51.100.1"),
        (PROXY, ["127.0.0.1\0"], PROXY),
        (PROXY, ["0x7f.1"], PROXY),
        (PROXY, ["198.51.100.1 203.0.113.9"], PROXY),
        # A list without end.
        (PROXY, ["6.6.6.6, " * 10_000 + "10.0.0.1, " * 14 + "198.51.100.1"], "198.51.100.1"),
    ],
)
def test_the_client_is_the_hop_before_our_proxies(peer, forwarded_for, client):
    assert PROXIES.client(peer, forwarded_for) == client


@pytest.mark.parametrize(
    ("peer", "said", "scheme"),
    [
        ("203.0.113.9", ["https"], "http"),
        (PROXY, ["https"], "https"),
        (PROXY, ["HTTPS "], "https"),
        (PROXY, ["http"], "http"),
        (PROXY, [], "http"),
        (PROXY, ["gopher"], "http"),
        (PROXY, ["https, http"], "http"),
        (PROXY, ["https", "http"], "http"),
    ],
)
def test_the_scheme_is_what_our_proxy_says_last(peer, said, scheme):
    assert PROXIES.scheme(peer, "http", said) == scheme


@pytest.mark.parametrize(
    ("before", "said", "scheme"),
    [
        ("ws", "http", "ws"),
        ("ws", "https", "wss"),
        ("wss", "http", "ws"),
        ("ws", "wss", "wss"),
        ("http", "wss", "https"),
        ("http", "ws", "http"),
    ],
)
def test_a_socket_keeps_a_socket_s_scheme(before, said, scheme):
    assert PROXIES.scheme(PROXY, before, [said]) == scheme


def test_where_no_proxy_is_named_none_is_trusted():
    assert not Proxies([]).trusts("127.0.0.1")


@pytest.mark.parametrize("text", ["", "x", "10.0.0.1/8", "10.0.0.0/33", "10.0.0", "0x7f000001"])
def test_what_is_no_proxy_s_address(text):
    with pytest.raises(ValueError, match=r"."):
        parse_network(text)


HTTPS = ("X-Forwarded-Proto", "https")
BROWSER = ("Accept", "text/html")


@pytest.mark.parametrize("trusted", [True, False])
async def test_the_scheme_decides_cookie_and_address(with_settings, desk, trusted):
    deps = with_settings(trusted_proxy=("127.0.0.1",) if trusted else ("10.0.0.1",))
    async with served(build_app(deps)) as port:
        _, page, _ = await ask(port, path=f"/s/{GUEST}", headers=[HTTPS, BROWSER])
        _, _, made = await ask(port, "POST", "/api/desks", [HTTPS])
        _, _, plain = await ask(port, "POST", "/api/desks")
    assert ("Secure" in page["set-cookie"]) is trusted
    assert (b'"url":"https://127.0.0.1' in made) is trusted
    assert b'"url":"http://127.0.0.1' in plain


@pytest.mark.parametrize("said", ["http", "https", "ws", "wss"])
async def test_sockets_open_behind_a_proxy(with_settings, desk, said):
    deps = with_settings(trusted_proxy=("127.0.0.1",))
    async with served(build_app(deps)) as port:
        headers = [(b"X-Forwarded-Proto", said.encode()), (b"X-Forwarded-For", b"203.0.113.5")]
        headers.append((b"Origin", f"https://127.0.0.1:{port}".encode()))
        async with open_socket(port, f"/api/desks/{GUEST}/stream", headers) as socket:
            assert '"snapshot"' in await socket.receive()


@pytest.mark.parametrize(
    ("origin", "status"), [("https://127.0.0.1:%d", 201), ("http://127.0.0.1:%d", 403)]
)
async def test_behind_tls_a_page_without_it_is_somebody_else_s(with_settings, origin, status):
    deps = with_settings(trusted_proxy=("127.0.0.1",))
    async with served(build_app(deps)) as port:
        said = [HTTPS, ("Origin", origin % port)]
        assert (await ask(port, "POST", "/api/desks", said))[0] == status


async def test_rates_are_those_of_the_client_and_not_of_the_proxy(deps):
    limited = {"new_desk_burst": 1, "new_desk_rate_per_s": 0.001}
    behind = {"trusted_proxy": ("127.0.0.1",), **limited}
    for settings, second in ((behind, 201), (limited, 429)):
        app = build_app(replace(deps, settings=replace(deps.settings, **settings)))
        async with served(app) as port:
            for client, status in (("198.51.100.1", 201), ("198.51.100.2", second)):
                said = [("X-Forwarded-For", f"6.6.6.6, {client}")]
                assert (await ask(port, "POST", "/api/desks", said))[0] == status


@pytest.mark.parametrize("type_", ["http", "websocket"])
async def test_an_exchange_knows_every_value_of_a_header(type_):
    headers = [(b"a", b"1"), (b"b", b"2"), (b"a", b"3")]
    exchange = Exchange({"type": type_, "headers": headers}, None, None)
    assert exchange.values_of(b"a") == ["1", "3"]
