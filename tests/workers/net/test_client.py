"""The client against a real target: keeping connections, framing, gzip, and hostile answers."""

import gzip
import tracemalloc

import msgspec
import pytest
import trio
import trio.testing

from actors.ports import EgressRefused, HttpConnectError, HttpProtocolError, HttpTimeout
from tests.support.target import page, raw, silent
from workers.net.client import open_http

GZIP = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n%b"


def gzipped(data, length=None):
    return GZIP % (len(data) if length is None else length, data)


async def test_a_connection_is_kept_between_slots(target, http, ask):
    target.handlers["/"] = page()
    for _ in range(3):
        assert (await ask(http, target.url()))[::2] == (200, b"hello")
    assert target.connections == 1


async def test_concurrent_requests_each_have_a_connection(target, http, ask):
    target.handlers["/"] = page()
    target.handlers["/held"] = silent
    with trio.move_on_after(0.2):
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(ask, http, target.url("/held"))
    assert target.connections == 3
    assert (await ask(http, target.url()))[0] == 200


async def test_the_number_of_sockets_is_bounded(target, ask):
    target.handlers["/"] = page()
    target.handlers["/held"] = silent
    async with open_http({"allow_target": ["127.0.0.1"], "max_sockets": 2}) as http:
        with trio.move_on_after(0.2):
            async with trio.open_nursery() as nursery:
                for _ in range(5):
                    nursery.start_soon(ask, http, target.url("/held"))
        assert target.connections == 2


async def test_the_oldest_kept_connection_makes_room(target, nursery, ask):
    from tests.support.target import Target

    others = [Target({"/": page()}) for _ in range(2)]
    for other in others:
        await nursery.start(other.run)
    async with open_http({"allow_target": ["127.0.0.1"], "max_sockets": 2}) as http:
        target.handlers["/"] = page()
        for each in (target, *others, others[1], target):
            await ask(http, each.url())
    assert [each.connections for each in (target, *others)] == [2, 1, 1]


async def test_a_stale_connection_is_replaced_without_a_word(target, http, ask):
    target.handlers["/"] = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    for _ in range(2):
        assert (await ask(http, target.url()))[2] == b"ok"
    assert target.connections == 2


async def test_a_post_is_not_sent_over_a_connection_that_was_closed(target, http, ask):
    target.handlers["/"] = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    for _ in range(2):
        assert (await ask(http, target.url(), "POST", body=b"x"))[2] == b"ok"
        await trio.testing.wait_all_tasks_blocked()
    assert len(target.asked) == 2


async def test_what_is_sent(target, http, ask):
    target.handlers["/p"] = page()
    await ask(http, target.url("/p?q"), "POST", headers=[("x-a", "b")], body=b"data")
    (asked,) = target.asked
    assert (asked.method, asked.target, asked.body) == ("POST", "/p?q", b"data")
    assert asked.headers["host"] == f"127.0.0.1:{target.port}"
    assert asked.headers["x-a"] == "b"
    assert asked.headers["accept-encoding"] == "gzip, br, zstd"
    assert "cookie" not in asked.headers


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            b"abc",
        ),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", b"until the end"),
        (
            b"HTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx",
            b"x",
        ),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabEXTRA", b"ab"),
        (gzipped(gzip.compress(b"a" * 300_000)), b"a" * 300_000),
        (gzipped(gzip.compress(b"one") + gzip.compress(b"two") + b"\x00pad"), b"onetwo"),
        (gzipped(b""), b""),
    ],
)
async def test_bodies(target, http, ask, answer, body):
    target.handlers["/"] = raw(answer)
    assert (await ask(http, target.url()))[2] == body


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"SSH-2.0-OpenSSH\r\n", HttpProtocolError),
        (b"<html>HTTP/0.9</html>", HttpProtocolError),
        (b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n", HttpProtocolError),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20_000, HttpProtocolError),
        (b"HTTP/1.1 100 Go\r\n\r\n" * 20, HttpProtocolError),
        (b"HTTP/1.1 101 Switch\r\n\r\n", HttpProtocolError),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", HttpProtocolError),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", HttpConnectError),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab", HttpConnectError),
        (b"HTTP/1.1 200 OK\r\n", HttpConnectError),
        (b"", HttpConnectError),
        (gzipped(b"not gzip"), HttpProtocolError),
        (gzipped(gzip.compress(b"a" * 1_000, mtime=0)[:-9]), HttpProtocolError),
    ],
)
async def test_answers_that_are_errors(target, http, ask, answer, error):
    target.handlers["/"] = raw(answer)
    with pytest.raises(error, match=f"127.0.0.1:{target.port}"):
        await ask(http, target.url())


async def test_a_reset_in_the_middle_of_a_body(target, http, ask):
    async def handle(talk):
        await talk.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc")
        talk.reset()

    target.handlers["/"] = handle
    with pytest.raises(HttpConnectError, match="broke the connection"):
        await ask(http, target.url())


async def test_a_gzip_bomb_costs_what_is_read_of_it(target, http):
    bomb = gzip.compress(bytes(100 * 1024 * 1024), 9)
    target.handlers["/"] = raw(gzipped(bomb))
    tracemalloc.start()
    try:
        async with http.slot() as slot:
            exchange = slot.request("GET", target.url(), connect_timeout_s=5.0, read_timeout_s=5.0)
            async with exchange as reply:
                pieces = reply.iter_bytes()
                for _ in range(20):
                    assert len(await anext(pieces)) <= 65_536
        assert tracemalloc.get_traced_memory()[1] < 5 * 1024 * 1024
    finally:
        tracemalloc.stop()


async def test_silence_ends(target, http, ask):
    target.handlers["/"] = silent
    with pytest.raises(HttpTimeout, match=r"sent nothing for 0\.05 s"):
        await ask(http, target.url(), read_timeout_s=0.05)


async def test_nobody_listens(http, ask, closed_port):
    with pytest.raises(HttpConnectError, match=f"refused by 127.0.0.1:{closed_port}"):
        await ask(http, f"http://127.0.0.1:{closed_port}/")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "0"],
)
async def test_private_targets_are_never_connected_to(target, ask, host):
    target.handlers["/"] = page()
    async with open_http({}) as http:
        with pytest.raises(EgressRefused, match="refused"):
            await ask(http, target.url(host=host))
    assert target.connections == 0


async def test_a_name_with_one_private_address_is_never_connected_to(target, ask):
    async with open_http({}, lookup=lambda _: ["8.8.8.8", "127.0.0.1"]) as http:
        with pytest.raises(EgressRefused, match="loopback"):
            await ask(http, target.url(host="mixed.example"))
    assert target.connections == 0


async def test_the_next_address_is_tried_and_the_name_is_kept(target, ask):
    target.handlers["/"] = page()
    async with open_http(
        {"allow_target": ["127.0.0.0/8"]}, lookup=lambda _: ["127.0.0.9", "127.0.0.1"]
    ) as http:
        assert (await ask(http, target.url(host="two.example")))[0] == 200
    assert target.asked[0].headers["host"] == f"two.example:{target.port}"


@pytest.mark.parametrize(
    "headers", [[("a", "b\r\nc: d")], [("a b", "c")], [("a", "\u4e2d")], [("a", "\x00")]]
)
async def test_headers_cannot_smuggle(target, http, ask, headers):
    with pytest.raises(HttpProtocolError, match="cannot be sent"):
        await ask(http, target.url(), headers=headers)
    assert target.connections == 0


@pytest.mark.parametrize("settings", [{"allow": []}, {"max_sockets": "2"}])
async def test_settings_are_strict(settings):
    with pytest.raises(msgspec.ValidationError):
        async with open_http(settings):
            pass


async def test_a_cancelled_request_leaves_no_connection(target, http, ask):
    target.handlers["/slow"] = silent
    target.handlers["/"] = page()
    with trio.move_on_after(0.05):
        await ask(http, target.url("/slow"))
    assert (await ask(http, target.url()))[0] == 200
    assert target.connections == 2


async def test_a_server_that_flushes_every_line_is_read(target, http, ask):
    """Its chunks are small, and the most of what it sends is the body none the less."""
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    lines = (b"3c\r\n" + b"x" * 60 + b"\r\n") * 50_000
    target.handlers["/"] = raw(head + lines + b"0\r\n\r\n")
    assert len((await ask(http, target.url()))[2]) == 3_000_000


async def test_a_body_in_chunks_of_a_byte_ends_where_it_costs_too_much(target, http, ask):
    """A megabyte of them took four seconds, in which nobody else in the process had a turn."""
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    few, many = (b"1\r\nx\r\n" * count for count in (40_000, 80_000))
    target.handlers["/"] = raw(head + few + b"0\r\n\r\n")
    assert len((await ask(http, target.url()))[2]) == 40_000
    target.handlers["/"] = raw(head + many + b"0\r\n\r\n")
    with pytest.raises(HttpProtocolError, match="hardly any of what it sends is the body"):
        await ask(http, target.url())
