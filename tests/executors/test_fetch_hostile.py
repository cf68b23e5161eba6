"""Servers that mean harm: whatever they answer is an outcome with a clear error, within the time.

Each row is an attack. Nothing may raise out of an attempt, outlive its `timeout_s`, or hold more
than a bounded share of what is sent.
"""

import gzip
from functools import partial

import pytest
import trio

from tests.support import fetching
from tests.support.codings import CODE, bomb, coded
from tests.support.target import Target, page, raw
from workers.net.dial import client_tls

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
LONG = 4 * 1024 * 1024


@pytest.fixture(scope="module")
def tls():
    return client_tls()


@pytest.fixture
async def target(nursery):
    served = Target()
    await nursery.start(served.run)
    return served


@pytest.fixture
def fetch(tls):
    return partial(fetching.fetch, tls)


def headed(*fields, body=b"x"):
    """A whole answer with these header lines."""
    return raw(OK + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body)


BROKEN = {
    "HTTP/0.9": raw(b"<html>hello</html>"),
    "nothing at all": raw(b""),
    "another protocol": raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "TLS in plain": raw(b"\x15\x03\x01\x00\x02\x02\x28"),
    "HTTP/2 in plain": raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "NULs": raw(bytes(1_000)),
    "a version that is none": raw(b"HTTP/1.x 200 OK\r\n\r\n"),
    "a status that is none": raw(b"HTTP/1.1 2000 OK\r\n\r\n"),
    "a negative status": raw(b"HTTP/1.1 -200 OK\r\n\r\n"),
    "status 000": raw(b"HTTP/1.1 000 OK\r\n\r\n"),
    "status 999": raw(b"HTTP/1.1 099 OK\r\n\r\n"),
    "a switch of protocols": raw(b"HTTP/1.1 101 Go\r\nupgrade: x\r\n\r\n"),
    "a status line without end": raw(b"HTTP/1.1 200 " + b"a" * LONG),
    "a header without end": raw(OK + b"a: " + b"b" * LONG),
    "headers by the hundred thousand": raw(OK + b"a: b\r\n" * 100_000),
    "a flood of cookies": raw(OK + b"set-cookie: a=%b\r\n" % (b"b" * 4_000) * 1_000),
    "a header name without end": raw(OK + b"a" * LONG),
    "a header without a colon": headed(b"nothing"),
    "an empty header name": headed(b": x"),
    "a space before the colon": headed(b"a : x"),
    "a NUL in a header": headed(b"a: b\x00c"),
    "a control character in a name": headed(b"a\x01b: c"),
    "a bare CR in a header": headed(b"a: b\rc: d"),
    "a header that begins with a fold": raw(OK + b" folded: x\r\n\r\nx"),
    "interim responses without end": raw(b"HTTP/1.1 100 Go\r\n\r\n" * 50_000),
    "early hints without end": raw(b"HTTP/1.1 103 Early\r\nlink: x\r\n\r\n" * 50_000),
    "a body in chunks of one byte": raw(CHUNKED + b"1\r\nx\r\n" * 100_000),
    "chunks whose heads are all there is": raw(
        CHUNKED + (b"8;" + b"a" * 900 + b"\r\nxxxxxxxx\r\n") * 600
    ),
    "a length that is negative": headed(b"content-length: -1"),
    "a length with a plus": headed(b"content-length: +1"),
    "a length in hex": headed(b"content-length: 0x1"),
    "a length of words": headed(b"content-length: one"),
    "a length that is empty": headed(b"content-length: "),
    "a length of full-width digits": headed("content-length: １".encode()),
    "a length of a hundred digits": headed(b"content-length: " + b"9" * 100),
    "two lengths that differ": headed(b"content-length: 1", b"content-length: 2"),
    "a list of lengths that differ": headed(b"content-length: 1, 2"),
    "a length that is too long": headed(b"content-length: 10"),
    "an unknown transfer coding": headed(b"transfer-encoding: gzip"),
    "chunked twice": headed(b"transfer-encoding: chunked, chunked", body=b"1\r\nx\r\n0\r\n\r\n"),
    "a chunk size that is none": raw(CHUNKED + b"xyz\r\n"),
    "a chunk size that is negative": raw(CHUNKED + b"-1\r\nx\r\n"),
    "a chunk size of 65 bits": raw(CHUNKED + b"1" + b"0" * 16 + b"\r\nx"),
    "a chunk size of a thousand digits": raw(CHUNKED + b"f" * 1_000 + b"\r\nx"),
    "a chunk without its end": raw(CHUNKED + b"1\r\nxy\r\n0\r\n\r\n"),
    "a chunk extension without end": raw(CHUNKED + b"1;" + b"a" * LONG),
    "trailers without end": raw(CHUNKED + b"0\r\n" + b"a: b\r\n" * 100_000),
    "chunks that end early": raw(CHUNKED + b"5\r\nab"),
    "gzip that is none": headed(b"content-encoding: gzip"),
    "br that is none": headed(b"content-encoding: br", body=b"not br at all, or so"),
    "zstd that is none": headed(b"content-encoding: zstd", body=b"not zstd"),
    "gzip that ends early": headed(b"content-encoding: gzip", body=gzip.compress(b"x" * 99)[:-9]),
    "br that ends early": headed(b"content-encoding: br", body=CODE["br"](b"x" * 999)[:-1]),
    "br with more behind it": headed(b"content-encoding: br", body=CODE["br"](b"x") + b"more"),
    "codings by the thousand": headed(b"content-encoding: " + b"gzip," * 5_000),
    "codings in many fields": headed(*[b"content-encoding: gzip"] * 3),
}


@pytest.mark.parametrize("attack", BROKEN)
async def test_a_broken_answer_is_a_failed_item(target, fetch, attack):
    target.handlers["/"] = BROKEN[attack]
    with trio.fail_after(30):
        done = await fetch(target.url())
    assert done.status == "failed"
    assert f"127.0.0.1:{target.port}" in done.error
    assert len(done.error) < 500
    assert done.error.isprintable()


HARMLESS = {
    "a charset that is hostile": headed(b'content-type: text/html; charset="../../etc/passwd'),
    "a charset that is none": headed(b"content-type: text/html; charset=utf-7; charset=x;;;"),
    "a content type of bytes": headed(b"content-type: \xff\xfe\xfd"),
    "a content type without end": headed(b"content-type: " + b"a/" * 10_000),
    "latin-1 in a header": headed(b"x: \xe4\xf6\xfc"),
    "a hundred cookies": headed(*[b"set-cookie: a=b; domain=.com"] * 100),
    "the same length twice": headed(b"content-length: 1", b"content-length: 1"),
    "a list of the same length": headed(b"content-length: 1, 1"),
    "a version of tomorrow": raw(b"HTTP/9.9 200 OK\r\n\r\nx"),
    "a reason that steers a terminal": raw(b"HTTP/1.1 200 \xff\xfe\r\n\r\nx"),
    "no reason": raw(b"HTTP/1.1 200\r\n\r\nx"),
    "more than the length": headed(b"content-length: 1", body=b"x" + b"HTTP/1.1 500 No\r\n\r\n"),
    "a few interim responses": raw(b"HTTP/1.1 103 Early\r\n\r\n" * 9 + OK + b"\r\nx"),
    "an unknown coding": headed(b"content-encoding: rot13"),
    "a retry after a century": headed(b"retry-after: " + b"9" * 1_000),
    "a retry after nonsense": headed(b"retry-after: Sat, 99 Foo 99999 99:99:99 GMT"),
    "a location that is not followed": headed(b"location: http://10.0.0.1/"),
}


@pytest.mark.parametrize("attack", HARMLESS)
async def test_what_is_only_odd_is_read(target, fetch, attack):
    target.handlers["/"] = HARMLESS[attack]
    done = await fetch(target.url(), keep_body=True)
    assert (done.status, done.error, done.result["bytes"]) == ("ok", None, 1)


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
async def test_a_bomb_is_read_up_to_the_limit(target, fetch, coding):
    target.handlers["/"] = page(bomb(coding, 64), content_encoding=coding)
    done = await fetch(target.url())
    assert (done.status, done.result["truncated"], done.result["bytes"]) == ("ok", True, 100_000)


@pytest.mark.parametrize("codings", ["gzip", "br", "zstd", "gzip, br", "zstd, gzip"])
async def test_a_coded_page_is_hashed_as_it_reads(target, fetch, codings):
    target.handlers["/"] = page(coded(b"a" * 5_000, codings), content_encoding=codings)
    target.handlers["/plain"] = page(b"a" * 5_000)
    packed, plain = await fetch(target.url(), target.url("/plain"))
    assert packed.result["sha256"] == plain.result["sha256"]


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "gzip, gzip, gzip"])
@pytest.mark.parametrize("status", ["204 No Content", "200 OK"])
async def test_an_empty_body_may_say_that_it_is_coded(target, fetch, coding, status):
    target.handlers["/"] = page(b"", status, content_encoding=coding)
    done, head = await fetch(target.url(), {"url": target.url(), "method": "HEAD"})
    assert (done.status, head.status, done.result["bytes"]) == ("ok", "ok", 0)


def forever(first, piece, pause_s=0.0):
    """Sends the one, then the other for as long as anybody listens."""

    async def handle(talk):
        await talk.send(first)
        while True:
            await talk.send(piece)
            await trio.sleep(pause_s)

    return handle


DRIBBLES = {
    "a body": forever(OK + b"content-length: 100000\r\n\r\n", b"a", 0.01),
    "a body without length": forever(OK + b"\r\n", b"a", 0.01),
    "chunks": forever(CHUNKED, b"1\r\na\r\n", 0.01),
    "a chunk size": forever(CHUNKED, b"0", 0.01),
    "the status line": forever(b"HTTP/1.1 200 ", b"a", 0.01),
    "headers": forever(OK, b"a: b\r\n", 0.01),
    "a header": forever(OK + b"a: ", b"b", 0.01),
    "interim responses": forever(b"", b"HTTP/1.1 10", 0.01),
    "empty gzip members": forever(OK + b"content-encoding: gzip\r\n\r\n", gzip.compress(b""), 0.01),
    "empty zstd frames": forever(OK + b"content-encoding: zstd\r\n\r\n", CODE["zstd"](b""), 0.01),
    "padding behind gzip": forever(
        OK + b"content-encoding: gzip\r\n\r\n" + gzip.compress(b"x"), bytes(1), 0.01
    ),
    "nothing": forever(b"", b"", 0.01),
}


@pytest.mark.parametrize("what", DRIBBLES)
async def test_a_dribble_ends_at_the_total_deadline(target, fetch, what):
    """Each byte comes well within the time for silence; together they never end."""
    target.handlers["/"] = DRIBBLES[what]
    with trio.fail_after(30):
        done = await fetch(target.url(), timeout_s=0.2)
    assert (done.status, done.retry) == ("failed", True)
    assert "0.2 s" in done.error


async def test_a_server_that_takes_no_request_ends_at_the_deadline(nursery, fetch):
    """It accepts and reads nothing: a large body cannot be sent."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")

    async def hold(_stream):
        await trio.sleep_forever()

    nursery.start_soon(trio.serve_listeners, hold, listeners)
    url = f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}/"
    item = {"url": url, "method": "POST", "body": "x" * LONG * 4}
    with trio.fail_after(30):
        done = await fetch(item, timeout_s=0.3)
    assert (done.status, done.retry) == ("failed", True)
    assert "0.3 s" in done.error


@pytest.mark.parametrize(
    "where",
    [b"", b"HTTP/1.1 2", OK, OK + b"content-length: 10\r\n\r\nabc", CHUNKED + b"5\r\nab"],
    ids=["at once", "in the status", "in the headers", "in the body", "in a chunk"],
)
async def test_a_reset_is_worth_another_try(target, fetch, where):
    async def handle(talk):
        await talk.send(where)
        talk.reset()

    target.handlers["/"] = handle
    done = await fetch(target.url())
    assert (done.status, done.retry) == ("failed", True)
