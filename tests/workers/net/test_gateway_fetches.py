"""Plain http through the gateway: what is passed on in both directions, and what is not."""

import pytest
import trio

from tests.support.gateway import settings, started, visiting
from tests.support.proxy import HttpProxy
from tests.support.target import page, raw, silent


@pytest.fixture
async def gateway(nursery):
    return await started(nursery, settings("127.0.0.1"), lookup=lambda _: ["127.0.0.1"])


@pytest.fixture
async def fetch(gateway):
    """`await fetch(method, url, *fields, body=b"")` -> (head, body), the connection at its end."""

    async def fetched(method, url, *fields, body=b"", **options):
        with gateway.open_pass(**options) as leave:
            async with visiting(gateway, leave) as visit:
                await visit.ask(method, url, *fields, body=body)
                head = await visit.head()
                return head, await visit.rest()

    return fetched


async def test_a_page_and_what_the_server_is_told(target, fetch):
    target.handlers["/a"] = page(b"hello", x_kept="yes", keep_alive="timeout=5", connection="x-hop")
    head, body = await fetch(
        "GET",
        target.url("/a?b=c", host="Named.Example"),
        "User-Agent: Chromium",
        "Connection: keep-alive, X-Mine",
        "Proxy-Connection: keep-alive",
        "X-Mine: for the proxy",
        "TE: trailers",
        "Upgrade: websocket",
        "Accept: */*",
    )
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert "x-kept: yes" in head
    assert "keep-alive" not in head
    assert body == b"hello"
    (asked,) = target.asked
    assert (asked.method, asked.target) == ("GET", "/a?b=c")
    assert asked.headers == {
        "host": f"named.example:{target.port}",
        "user-agent": "Chromium",
        "accept": "*/*",
        "connection": "close",
    }


async def test_a_body_is_passed_on_in_its_own_framing(target, fetch):
    target.handlers["/"] = page(b"thanks")
    head, answer = await fetch("POST", target.url(), "Content-Length: 5", body=b"hello")
    assert (head.partition("\r\n")[0], answer) == ("HTTP/1.1 200 OK", b"thanks")
    assert target.asked[0].body == b"hello"


async def test_a_chunked_body_is_chunked_again(target, fetch):
    got = []

    async def take(talk):
        data = talk.asked.body
        while not data.endswith(b"0\r\n\r\n"):
            data += await talk.stream.receive_some(65_536)
        got.append(data)
        await talk.respond(b"thanks")
        talk.close = True

    target.handlers["/"] = take
    body = b"5;x=y\r\nhello\r\n0\r\nX-T: 1\r\n\r\n"
    _, answer = await fetch("POST", target.url(), "Transfer-Encoding: chunked", body=body)
    assert answer == b"thanks"
    assert got == [b"5\r\nhello\r\n0\r\n\r\n"]
    assert target.asked[0].headers["transfer-encoding"] == "chunked"


@pytest.mark.parametrize(
    ("method", "answer", "line", "body"),
    [
        ("GET", b"HTTP/1.1 200 OK\r\n\r\nto the end", "200", b"a\r\nto the end\r\n0\r\n\r\n"),
        ("GET", b"HTTP/1.0 200 Old\r\n\r\nold", "200", b"3\r\nold\r\n0\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 None\r\n\r\n", "204", b""),
        ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n', "304", b""),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n", "200", b""),
        ("GET", b"HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n", "302", b""),
        ("GET", b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 204 OK\r\n\r\n", "204", b""),
        (
            "GET",
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"1\r\nx\r\n0\r\n\r\nHTTP/1.1 200 Smuggled\r\n\r\n",
            "200",
            b"1\r\nx\r\n0\r\n\r\n",
        ),
    ],
)  # fmt: skip
async def test_every_kind_of_response(target, fetch, method, answer, line, body):
    target.handlers["/"] = raw(answer)
    head, rest = await fetch(method, target.url())
    assert head.split(" ")[1] == line
    assert rest == body


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "did not answer in valid HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "did not answer in valid HTTP"),
        (b"HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=x\r\n\r\n", "407"),
        (b"HTTP/1.1 101 Go\r\n\r\n", "did not answer in valid HTTP"),
        (b"HTTP/1.1 100 Go on\r\n\r\n" * 12, "too many interim"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", "valid HTTP"),
        (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 200_000 + b"\r\n\r\n", "valid HTTP"),
    ],
)
async def test_answers_that_are_none(target, fetch, answer, reason):
    target.handlers["/"] = raw(answer)
    head, body = await fetch("GET", target.url())
    assert head.startswith("HTTP/1.1 502 ")
    assert reason in body.decode()
    assert "proxy-authenticate" not in head


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nxyz\r\n",
    ],
)
async def test_half_a_response_does_not_pass_for_a_whole_one(target, fetch, answer):
    target.handlers["/"] = raw(answer)
    head, rest = await fetch("GET", target.url())
    assert "200 OK" in head
    assert rest in (b"half", b"4\r\nhalf\r\n")


async def test_a_server_that_says_nothing_is_given_up(nursery, target):
    target.handlers["/"] = silent
    gateway = await started(nursery, settings("127.0.0.1", idle_s=0.05))
    with gateway.open_pass() as leave:
        async with visiting(gateway, leave) as visit:
            await visit.ask("GET", target.url())
            assert (await visit.head()).startswith("HTTP/1.1 504 ")
        assert [trouble.status for trouble in leave.troubles] == [504]


async def test_a_client_that_leaves_takes_the_servers_side_along(target, gateway):
    left = trio.Event()

    async def wait(talk):
        assert await talk.stream.receive_some(1) == b""
        left.set()
        talk.close = True

    target.handlers["/"] = wait
    with gateway.open_pass() as leave:
        async with visiting(gateway, leave) as visit:
            await visit.ask("GET", target.url())
            while not target.asked:
                await trio.lowlevel.checkpoint()
        with trio.fail_after(30):
            await left.wait()


async def test_a_connection_carries_one_request(target, gateway):
    target.handlers["/"] = page()
    with gateway.open_pass() as leave:
        async with visiting(gateway, leave) as visit:
            second = f"GET {target.url('/second')} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
            await visit.ask("GET", target.url(), body=second)
            assert "200 OK" in await visit.head()
            assert await visit.rest() == b"hello"
    assert [asked.target for asked in target.asked] == ["/"]


async def test_a_users_proxy_is_told_the_whole_address_and_its_own_password(nursery, target, fetch):
    proxy = HttpProxy()
    await nursery.start(proxy.run)
    through = f"http://me:pw@127.0.0.1:{proxy.port}"
    _, body = await fetch("GET", target.url("/x"), upstream=through)
    assert body == b"forwarded"
    (asked,) = proxy.asked
    assert asked.target == target.url("/x")
    assert asked.headers["proxy-authorization"] == "Basic bWU6cHc="
    assert target.connections == 0
