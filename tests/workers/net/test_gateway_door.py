"""Who may use the gateway, for what, and where to: everything else never becomes a connection."""

import pytest
import trio

from actors.ports import EgressRefused
from state.model import EgressLists
from tests.support.gateway import basic, settings, started, visiting
from tests.support.target import Target, page
from workers.net.policy import Policy


@pytest.fixture
async def canary(nursery):
    """A listener that nobody allowed."""
    served = Target({"/": page()})
    await nursery.start(served.run)
    return served


@pytest.fixture
async def gateway(nursery):
    return await started(nursery, settings())


async def answer(gateway, leave, data):
    async with visiting(gateway, leave) as visit:
        await visit.send(data.replace(b"LOGIN", visit.login.encode()))
        return (await visit.rest()).decode()


@pytest.mark.parametrize(
    "login",
    [
        None,
        "Basic",
        "Basic !!!",
        "Basic bm9jb2xvbg==",
        "Basic /////w==",
        "Bearer LOGIN",
        basic("", ""),
        basic("nobody", "nothing"),
        "RIGHT-NAME-WRONG-PASSWORD",
        "TWICE",
        "OTHER-USERS-PASSWORD",
    ],
)
@pytest.mark.parametrize("ask", ["CONNECT 127.0.0.1:PORT", "GET http://127.0.0.1:PORT/"])
async def test_without_a_pass_there_is_a_challenge_and_nothing_else(nursery, canary, login, ask):
    gateway = await started(nursery, settings("127.0.0.1"))
    with gateway.open_pass() as leave, gateway.open_pass() as other:
        good = basic(leave.username, leave.password)
        login = {
            "RIGHT-NAME-WRONG-PASSWORD": basic(leave.username, "wrong"),
            "OTHER-USERS-PASSWORD": basic(leave.username, other.password),
            "TWICE": f"{good}\r\nProxy-Authorization: {good}",
            "Bearer LOGIN": good.replace("Basic", "Bearer"),
        }.get(login, login)
        fields = "" if login is None else f"Proxy-Authorization: {login}\r\n"
        said = f"{ask} HTTP/1.1\r\nHost: x\r\n{fields}\r\n".replace("PORT", str(canary.port))
        got = await answer(gateway, leave, said.encode())
    assert got.startswith("HTTP/1.1 407 ")
    assert 'proxy-authenticate: Basic realm="nightdesk"' in got
    assert canary.connections == 0


async def test_a_pass_ends_with_its_block(nursery, canary):
    gateway = await started(nursery, settings("127.0.0.1"))
    with gateway.open_pass() as leave:
        pass
    async with visiting(gateway, leave) as visit:
        assert "407" in await visit.connect(f"127.0.0.1:{canary.port}")
    assert canary.connections == 0


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"CONNECT / HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"CONNECT ex.com HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"CONNECT ex.com:0 HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"CONNECT ex.com:65536 HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"CONNECT ex.com:-1 HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"CONNECT a@ex.com:80 HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"CONNECT http://ex.com:80 HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"CONNECT ex.com:80/ HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"CONNECT [fe80::1%25lo]:80 HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"CONNECT %31.1.1.1:80 HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"CONNECT ex.com:80 HTTP/1.1\r\nHost: x\r\nLOGIN\r\nContent-Length: 5\r\n\r\nhello", 400),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nLOGIN\r\n\r\n", 400),
        (b"GET * HTTP/1.1\r\nHost: 127.0.0.1\r\nLOGIN\r\n\r\n", 400),
        (b"GET https://ex.com/ HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"GET ftp://ex.com/ HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"GET file:///etc/passwd HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"GET ws://ex.com/ HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"GET http://u:p@ex.com/ HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"GET http:///x HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"GET http://ex.com/ HTTP/1.0\r\nHost: x\r\nLOGIN\r\n\r\n", 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 407),
        (b"POST http://ex.com/ HTTP/1.1\r\nHost: x\r\nLOGIN\r\nExpect: 100-continue\r\n\r\n", 417),
        (
            b"POST http://ex.com/ HTTP/1.1\r\nHost: x\r\nLOGIN\r\n"
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (
            b"POST http://ex.com/ HTTP/1.1\r\nHost: x\r\nLOGIN\r\n"
            b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            400,
        ),
        (
            b"POST http://ex.com/ HTTP/1.1\r\nHost: x\r\nLOGIN\r\n"
            b"Transfer-Encoding: gzip, chunked\r\n\r\n",
            501,
        ),
        (b"POST http://ex.com/ HTTP/1.1\r\nHost: x\r\nLOGIN\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET http://ex.com/ HTTP/1.1\r\nHost: x\r\nHost: y\r\nLOGIN\r\n\r\n", 400),
        (b"GET http://ex.com/ HTTP/1.1\r\nLOGIN\r\n\r\n", 400),
        (b"GET http://ex.com/ HTTP/1.1\r\nHost : x\r\nLOGIN\r\n\r\n", 400),
        (b"GET http://ex.com/\x00 HTTP/1.1\r\nHost: x\r\nLOGIN\r\n\r\n", 400),
        (b"\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET http://ex.com/ HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 70_000, 431),
    ],
)
async def test_what_is_not_understood_is_refused(gateway, said, status):
    with gateway.open_pass() as leave:
        got = await answer(gateway, leave, said.replace(b"LOGIN", b"Proxy-Authorization: LOGIN"))
        assert got.startswith(f"HTTP/1.1 {status} "), got
        assert leave.connections == 0


async def test_a_head_has_so_long_to_arrive(nursery):
    gateway = await started(nursery, settings(head_timeout_s=0.05))
    with gateway.open_pass() as leave:
        got = await answer(gateway, leave, b"GET http://ex.com/ HTTP/1.1\r\nHost: x\r\n")
    assert got.startswith("HTTP/1.1 408 ")


SPELLINGS = [
    "127.0.0.1",
    "127.0.0.2",
    "localhost",
    "LOCALHOST.",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[2002:7f00:1::]",
    "[64:ff9b::7f00:1]",
    "169.254.169.254",
    "100.100.100.200",
    "[fd00:ec2::254]",
    "mixed.example",
    "private.example",
]
NAMES = {
    "mixed.example": ["8.8.8.8", "127.0.0.1"],
    "private.example": ["10.0.0.1"],
    "localhost": ["127.0.0.1", "::1"],
}


@pytest.mark.parametrize("host", SPELLINGS)
@pytest.mark.parametrize("method", ["CONNECT", "GET"])
async def test_where_nobody_may_go_nothing_goes(nursery, canary, host, method):
    gateway = await started(nursery, settings(), lookup=NAMES.__getitem__)
    with gateway.open_pass() as leave:
        async with visiting(gateway, leave) as visit:
            place = f"{host}:{canary.port}"
            await visit.ask(method, place if method == "CONNECT" else f"http://{place}/")
            said = (await visit.rest()).decode()
        assert said.startswith("HTTP/1.1 403 Forbidden"), said
        assert "refused: " in said
        assert leave.refused == 1
        assert "refused: " in leave.troubles[0].reason
    assert canary.connections == 0


@pytest.mark.parametrize("port", [22, 25, 6379])
async def test_ports_that_are_not_for_the_web(nursery, port):
    gateway = await started(nursery, settings("127.0.0.1"))
    with gateway.open_pass() as leave:
        async with visiting(gateway, leave) as visit:
            assert "403" in await visit.connect(f"127.0.0.1:{port}")


async def test_neither_the_server_nor_the_gateway_itself_is_a_target(nursery, canary):
    gateway = await started(nursery, settings("127.0.0.1", own_ports=[canary.port]))
    with gateway.open_pass() as leave:
        for port in (canary.port, gateway.port):
            async with visiting(gateway, leave) as visit:
                assert "403" in await visit.connect(f"127.0.0.1:{port}")
    assert canary.connections == 0


async def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_used(nursery):
    """DNS rebinding: public when checked, ours when connected."""
    answers = iter([["127.0.0.3"], ["127.0.0.1"]])
    target = Target({"/": page(b"checked")}, address="127.0.0.3")
    await nursery.start(target.run)
    gateway = await started(nursery, settings("127.0.0.3"), lookup=lambda _: next(answers))
    with gateway.open_pass() as leave:
        async with visiting(gateway, leave) as visit:
            await visit.ask("GET", f"http://named.example:{target.port}/")
            assert (await visit.rest()).endswith(b"checked")
    assert target.asked[0].headers["host"] == f"named.example:{target.port}"


async def test_a_pass_has_the_policy_of_its_job(nursery, canary):
    gateway = await started(nursery, settings("127.0.0.1"))
    place = f"127.0.0.1:{canary.port}"
    with gateway.open_pass(Policy()) as strict, gateway.open_pass() as usual:
        async with visiting(gateway, strict) as visit:
            assert "403" in await visit.connect(place)
        async with visiting(gateway, usual) as visit:
            assert "200" in await visit.connect(place)


async def test_a_pass_keeps_to_the_lists_of_its_desk(nursery, canary):
    gateway = await started(nursery, settings("127.0.0.1"), lookup=lambda _: ["127.0.0.1"])
    lists = EgressLists(deny=("*.evil.example",))
    with gateway.open_pass(gateway.policy_for(lists)) as leave:
        async with visiting(gateway, leave) as visit:
            assert "403" in await visit.connect(f"a.evil.example:{canary.port}")
            assert b"denied by the domain list of this desk" in await visit.rest()
        async with visiting(gateway, leave) as visit:
            assert "200" in await visit.connect(f"good.example:{canary.port}")
    assert canary.connections == 1


async def test_a_users_proxy_is_checked_like_any_target(gateway, canary):
    through = f"http://127.0.0.1:{canary.port}"
    with gateway.open_pass(upstream=through) as leave:
        async with visiting(gateway, leave) as visit:
            assert "403" in await visit.connect("8.8.8.8:443")
    assert canary.connections == 0


@pytest.mark.parametrize("upstream", ["ftp://x:1", "x:1", "http://[::1", "http://a b:80"])
async def test_a_proxy_that_is_none_is_refused_at_once(gateway, upstream):
    with pytest.raises(EgressRefused, match="proxy"):
        gateway.open_pass(upstream=upstream)


async def test_the_gateway_listens_on_loopback_only(gateway):
    assert gateway.address == f"http://127.0.0.1:{gateway.port}"
    with pytest.raises(OSError, match="failed"):
        await trio.open_tcp_stream("127.0.0.2", gateway.port)
