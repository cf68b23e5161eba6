"""What is no request, or one in two readings: answered 4xx in the one shape. Nobody is harmed."""

from __future__ import annotations

import pytest

from tests.support.raw import Line, tell

KIB = 1024
HOST = b"Host: HOST\r\n"
END = b"\r\n"


def get(*lines: bytes, target: bytes = b"/healthz", version: bytes = b"1.1") -> bytes:
    """A GET with those header lines."""
    return b"GET %s HTTP/%s\r\n" % (target, version) + HOST + b"".join(lines) + END


def post(*lines: bytes, body: bytes = b"") -> bytes:
    return b"POST /api/desks HTTP/1.1\r\n" + HOST + b"".join(lines) + END + body


JSON = b"Content-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LAST = b"0\r\n\r\n"

# What is said, and the statuses that are right.
ATTACKS: dict[str, tuple[bytes, tuple[int, ...]]] = {
    # Where the body ends.
    "both lengths": (post(b"Content-Length: 5\r\n", CHUNKED, body=LAST), (400,)),
    "both lengths the other way": (post(CHUNKED, b"Content-Length: 5\r\n", body=LAST), (400,)),
    "two lengths": (post(b"Content-Length: 0\r\nContent-Length: 9\r\n"), (400,)),
    "two lengths in a list": (post(b"Content-Length: 0, 9\r\n"), (400,)),
    "one length twice": (post(b"Content-Length: 0\r\nContent-Length: 0\r\n"), (201, 400)),
    "negative length": (post(b"Content-Length: -1\r\n"), (400,)),
    "signed length": (post(b"Content-Length: +0\r\n"), (400,)),
    "hexadecimal length": (post(b"Content-Length: 0x0\r\n"), (400,)),
    "length with an underscore": (post(b"Content-Length: 1_0\r\n"), (400,)),
    "length in Arabic digits": (post("Content-Length: ٠\r\n".encode()), (400,)),
    "empty length": (post(b"Content-Length: \r\n"), (400,)),
    "length of 400 digits": (post(b"Content-Length: %s\r\n" % (b"9" * 400)), (400,)),
    "length of 2^63": (post(b"Content-Length: %d\r\n" % 2**63), (413,)),
    "coding of two": (post(b"Transfer-Encoding: gzip, chunked\r\n", body=LAST), (400,)),
    "coding unknown": (post(b"Transfer-Encoding: xchunked\r\n", body=LAST), (400,)),
    "coding twice": (post(CHUNKED, CHUNKED, body=LAST), (400,)),
    "coding before a space": (post(b"Transfer-Encoding : chunked\r\n", body=LAST), (400,)),
    "coding by HTTP/1.0": (
        b"POST /api/desks HTTP/1.0\r\n" + HOST + CHUNKED + END + LAST,
        (400,),
    ),
    # Chunks.
    "chunk size too large": (post(CHUNKED, body=b"F" * 21 + b"\r\n"), (400,)),
    "chunk size negative": (post(CHUNKED, body=b"-1\r\n"), (400,)),
    "chunk size of letters": (post(CHUNKED, body=b"xyz\r\n"), (400,)),
    "chunk size of spaces": (post(CHUNKED, body=b"  2\r\n{}\r\n" + LAST), (400,)),
    "chunk longer than it says": (post(CHUNKED, body=b"1\r\n{}\r\n" + LAST), (400,)),
    "chunk extension of 1 MiB": (
        post(CHUNKED, body=b"2;" + b"x" * KIB * KIB + b"\r\n{}\r\n" + LAST),
        (400, 413, 431),
    ),
    "20,000 trailers": (post(CHUNKED, body=b"0\r\n" + b"a: b\r\n" * 20_000 + END), (431,)),
    "one trailer": (
        post(CHUNKED, JSON, body=b"2\r\n{}\r\n0\r\nHost: x\r\n\r\n"),
        (201,),
    ),
    # Too much.
    "10,000 headers": (get(b"a: b\r\n" * 10_000), (431,)),
    "101 headers": (get(b"a: b\r\n" * 100), (431,)),
    "header of 64 KiB": (get(b"a: " + b"b" * 64 * KIB + END), (431,)),
    "header of 17 KiB": (get(b"a: " + b"b" * 17 * KIB + END), (431,)),
    "token of 17 KiB": (get(b"Authorization: Bearer " + b"e" * 17 * KIB + END), (401,)),
    "token of 100 kB": (get(b"authorization: Bearer " + b"e" * 100_000 + END), (401,)),
    "token of 100 kB behind others": (
        get(b"a: b\r\n" * 40, b"AUTHORIZATION: Bearer " + b"e" * 100_000 + END),
        (401,),
    ),
    "token of 9 KiB and too many headers": (
        get(b"Authorization: Bearer " + b"e" * 9 * KIB + END, b"a: b\r\n" * 100),
        (431,),
    ),
    "header name of 64 KiB": (get(b"a" * 64 * KIB + b": b\r\n"), (431,)),
    "headers of 34 KiB": (get(*[b"a: " + b"b" * KIB + END] * 34), (431,)),
    "path of 64 KiB": (get(target=b"/" + b"a" * 64 * KIB), (431,)),
    "query of 64 KiB": (get(target=b"/?" + b"a=b&" * 16 * KIB), (431,)),
    "method of 64 KiB": (b"A" * 64 * KIB, (400, 431)),
    "a header that never ends": (b"GET / HTTP/1.1\r\na: " + b"b" * KIB * KIB, (431,)),
    # Odd lines.
    "folded header": (get(b"X-A: b\r\n c\r\n"), (200, 400)),
    "folded length": (post(b"Content-Length:\r\n 0\r\n"), (201, 400)),
    "folded first line": (b"GET /healthz HTTP/1.1\r\n Host: x\r\n\r\n", (400,)),
    "NUL in a value": (get(b"X-A: b\0c\r\n"), (400,)),
    "NUL in a name": (get(b"X\0A: b\r\n"), (400,)),
    "CR in a value": (get(b"X-A: b\rX-B: c\r\n"), (400,)),
    "CR at the end of a value": (get(b"X-A: b\r\r\n"), (400,)),
    "no name": (get(b": b\r\n"), (400,)),
    "no colon": (get(b"X-A b\r\n"), (400,)),
    "name with a space": (get(b"X A: b\r\n"), (400,)),
    "name that is not ASCII": (get("Ü: b\r\n".encode()), (400,)),
    "value that is not ASCII": (get("X-A: ü\r\n".encode()), (200, 400)),
    "first line is empty for long": (b"\r\n" * 40 * KIB, (0, 400, 431)),
    "no request but TLS": (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + b"\xaa" * 500, (400,)),
    "no request but SSH": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", (400,)),
    "no request but bytes": (bytes(range(256)) * 8, (400,)),
    # Versions.
    "HTTP/0.9": (b"GET /healthz\r\n\r\n", (400,)),
    "HTTP/1.0 without Host": (b"GET /healthz HTTP/1.0\r\n\r\n", (421,)),
    "HTTP/1.1 without Host": (b"GET /healthz HTTP/1.1\r\n\r\n", (400,)),
    "HTTP/2 by its preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", (400,)),
    "HTTP/2.0 in words": (get(version=b"2.0"), (400,)),
    "HTTP/9.9": (get(version=b"9.9"), (400,)),
    "HTTP/1.10": (get(version=b"1.10"), (400,)),
    "http/1.1": (b"GET /healthz http/1.1\r\n" + HOST + END, (400,)),
    # Upgrades that are not ours.
    "h2c": (
        get(
            b"Connection: Upgrade, HTTP2-Settings\r\n",
            b"Upgrade: h2c\r\n",
            b"HTTP2-Settings: AAMAAABk\r\n",
        ),
        (200,),
    ),
    "TLS/1.0": (get(b"Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n"), (200,)),
    # Targets.
    "absolute target": (get(target=b"http://evil.example/healthz"), (400,)),
    "absolute target of ours": (get(target=b"http://HOST/healthz"), (400,)),
    "authority": (get(target=b"127.0.0.1:80"), (400,)),
    "CONNECT": (b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + END, (400,)),
    "CONNECT of a path": (b"CONNECT /healthz HTTP/1.1\r\n" + HOST + END, (405,)),
    "TRACE": (b"TRACE /healthz HTTP/1.1\r\n" + HOST + b"Cookie: a=b\r\n" + END, (405,)),
    "a method of ours": (b"NIGHT /healthz HTTP/1.1\r\n" + HOST + END, (405,)),
    "star": (get(target=b"*"), (400,)),
    "star for OPTIONS": (b"OPTIONS * HTTP/1.1\r\n" + HOST + END, (200, 404)),
    "two slashes": (get(target=b"//healthz"), (404,)),
    "another host by two slashes": (get(target=b"//evil.example/healthz"), (404,)),
    "backslashes": (get(target=b"/\\\\healthz"), (404,)),
    "dots": (get(target=b"/page/../../../etc/passwd"), (404,)),
    "dots in percents": (get(target=b"/page/%2e%2e/%2e%2e/etc/passwd"), (404,)),
    "slashes in percents": (get(target=b"/page/..%2f..%2fetc%2fpasswd"), (404,)),
    "percents twice": (get(target=b"/page/%252e%252e/index.html"), (404,)),
    "semicolon": (get(target=b"/healthz;jsessionid=1"), (404,)),
    "NUL in percents": (get(target=b"/page/index.html%00.js"), (404,)),
    "line end in percents": (get(target=b"/s/%0d%0aSet-Cookie:%20a=b"), (404,)),
    "no UTF-8 in percents": (get(target=b"/s/%ff%fe"), (404,)),
    "half a percent": (get(target=b"/%"), (404,)),
    "surrogates in percents": (get(target=b"/s/%ed%a0%80"), (404,)),
    "path that is not ASCII": (get(target="/ü".encode()), (400,)),
    "NUL in the path": (get(target=b"/\0"), (400,)),
    "space in the path": (get(target=b"/a b"), (400,)),
    "tab in the first line": (b"GET\t/healthz\tHTTP/1.1\r\n" + HOST + END, (400,)),
    "fragment": (get(target=b"/healthz#x"), (400, 404)),
    "10,000 parameters": (get(target=b"/healthz?" + b"a&" * 4_000), (200,)),
    # Who is meant.
    "two hosts": (get(b"Host: evil.example\r\n"), (400,)),
    "two hosts that agree": (get(HOST), (400,)),
    "X-Forwarded-Host": (get(b"X-Forwarded-Host: evil.example\r\n"), (200,)),
    # Waiting for leave.
    "100-continue without a body": (get(b"Expect: 100-continue\r\n"), (200,)),
    "100-continue of too much": (
        post(b"Expect: 100-continue\r\nContent-Length: 99999999\r\n"),
        (413,),
    ),
    "an expectation unknown": (get(b"Expect: the unexpected\r\n"), (200, 417)),
}  # fmt: skip

SECURED = {"content-security-policy", "referrer-policy", "x-content-type-options", "x-robots-tag"}


@pytest.fixture(scope="module")
def address(server):
    host, _, port = server.url.removeprefix("http://").rstrip("/").rpartition(":")
    return host, int(port)


@pytest.fixture(scope="module")
def told_at_start(server):
    """How long the log is before the first attack: what it says of the machine is nobody's harm."""
    return len(server.log)


@pytest.fixture(autouse=True)
def nobody_is_harmed(server, address, told_at_start):
    """Whatever a test does: others are answered, and the log has nothing to tell."""
    yield
    assert tell(address, ready(get(), address)).status == 200
    told = server.log[told_at_start:]
    assert "warning" not in told
    assert "error" not in told


def ready(data: bytes, address: tuple[str, int]) -> bytes:
    return data.replace(b"HOST", b"%s:%d" % (address[0].encode(), address[1]))


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_no_plain_request_is_refused_plainly(address, name):
    said, statuses = ATTACKS[name]
    answer = tell(address, ready(said, address))
    assert answer.status in statuses
    if answer.status:
        assert answer.headers.keys() >= SECURED
    if answer.status >= 400 and not said.startswith(b"HEAD"):
        assert answer.code
        assert answer.headers["cache-control"] == "no-store"


def test_what_follows_a_refusal_is_not_heard(address):
    """Else the end of one request could be the beginning of another's."""
    smuggled = ready(post(b"Content-Length: 5\r\n", CHUNKED, body=LAST + get()), address)
    with Line(address) as line:
        line.say(smuggled)
        assert line.hear().status == 400
        assert line.hear_end() == b""


def test_requests_in_a_row_are_answered_in_their_order(address):
    targets = (b"/healthz", b"/nothing/here")
    with Line(address) as line:
        line.say(b"".join(ready(get(target=target), address) for target in targets * 200))
        assert [line.hear().status for _ in range(400)] == [200, 404] * 200


def test_a_refused_head_of_HEAD_has_no_body(address):
    with Line(address) as line:
        line.say(b"HEAD http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n")
        assert line.hear_end().endswith(b"\r\n\r\n")


def test_the_head_s_limits_are_exact(address):
    line_bytes = 16 * KIB - len(b"a") - 4
    assert tell(address, ready(get(b"a: " + b"b" * line_bytes + END), address)).status == 200
    over = get(b"a: " + b"b" * (line_bytes + 1) + END)
    assert tell(address, ready(over, address)).code == "head_too_large"
    assert tell(address, ready(get(b"a: b\r\n" * 99), address)).status == 200
