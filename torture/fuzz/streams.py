"""Bytes for the HTTP port that are nearly requests: their framing is what is wrong with them."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from torture.fuzz.inputs import Input, Sent
from torture.fuzz.stage import Stage
from torture.fuzz.texts import in_pieces, mutated

_BODY = b'{"kind":"fetch","items":[]}'
_NOISE = (
    b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 1, 1", b"Content-Length: 0x10",
    b"Content-Length: 9999999999999999999999", b"Content-Length:", b"Content-Length: 99999999",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: x",
    b"Transfer-Encoding : chunked", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    b"Connection: close", b"Connection: upgrade", b"Connection: keep-alive, close, x",
    b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", b"Upgrade: websocket",
    b"Expect: 100-continue", b"Host: other.example", b"Host:", b"X\x00Y: 1", b"X-A: a\x00b",
    b": no name", b"no colon", b" folded: line", b"\tobs: fold", b"X-A: a\rb", b"X-A: \xff\xfe",
    b"X-Long: " + b"a" * 17_000, b"X-Many: 1\r\n" * 120 + b"X-Last: 1", b"X-A: b\n\nGET / HTTP/1.1",
    b"Trailer: X", b"TE: trailers", b"Keep-Alive: timeout=0", b"Proxy-Connection: x",
)  # fmt: skip
_LINES = (
    b"GET / HTTP/1.0", b"GET / HTTP/0.9", b"GET /", b"GET / HTTP/2.0", b"GET / HTTP/1.1 x",
    b"GET  / HTTP/1.1", b"PRI * HTTP/2.0", b"CONNECT 127.0.0.1:1 HTTP/1.1", b"OPTIONS * HTTP/1.1",
    b"GET http://127.0.0.1/ HTTP/1.1", b"GET //x HTTP/1.1", b"GET ? HTTP/1.1", b"\x16\x03\x01\x02",
    b"G\x00T / HTTP/1.1", b"GET /\x7f HTTP/1.1", b"GET /\xc3\xa4 HTTP/1.1", b"X" * 40_000, b"",
    b"\r\n\r\nGET /healthz HTTP/1.1", b"CONNECT / HTTP/1.1", b"get / http/1.1",
)  # fmt: skip
_CHUNKS = (
    b"1b\r\n" + _BODY + b"\r\n0\r\n\r\n", b"1B;x=y\r\n" + _BODY + b"\r\n0\r\nX: 1\r\n\r\n",
    b"-1\r\n", b"0x1b\r\n" + _BODY, b"ffffffffffffffff\r\n", b"1\r\n{\r\n" * 300, b"zz\r\n\r\n",
    b"0\r\n" + b"X: y\r\n" * 500 + b"\r\n", b"5\r\nab\r\n0\r\n\r\n", b"1b\n" + _BODY + b"\n0\n\n",
    b"1;" + b"x" * 20_000 + b"\r\n{\r\n0\r\n\r\n",
)  # fmt: skip


@st.composite
def streams(draw: st.DrawFn, stage: Stage) -> Input:
    """One to three requests on one connection, each right, nearly right, or not at all."""
    data = b"".join(draw(st.lists(_requests(stage), min_size=1, max_size=3)))
    data = draw(st.just(data) | mutated(data))
    return Input("stream", Sent.STREAM, draw(in_pieces(data)))


@st.composite
def _requests(draw: st.DrawFn, stage: Stage) -> bytes:
    line = draw(_lines(stage) | st.sampled_from(_LINES))
    lines = [line, f"Host: {stage.host}".encode(), *draw(_noise())]
    body = draw(st.sampled_from((b"", b"", _BODY, *_CHUNKS)))
    if body and draw(st.booleans()):
        lines.append(b"Content-Type: application/json")
        lines.append(
            b"Content-Length: %d" % draw(st.just(len(body)) | st.integers(0, 99))
            if body is _BODY
            else b"Transfer-Encoding: chunked"
        )
    end = draw(st.sampled_from((b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r")))
    return end.join(lines) + end + end + body


def _lines(stage: Stage) -> SearchStrategy[bytes]:
    desk, job = f"/api/desks/{stage.desks[0]}", stage.jobs[0]
    targets = (
        f"GET {desk}", f"GET {desk}?after=0&wait=1", f"POST {desk}/jobs", f"PUT {desk}/egress",
        f"GET {desk}/jobs/{job}/export?format=csv", f"GET {desk}/jobs/{job}/artifacts.zip",
        f"HEAD {desk}", f"GET {desk}/stream", f"POST {desk}/jobs/{job}/start", "GET /healthz",
        f"OPTIONS {desk}", "GET /", f"DELETE {desk}/jobs/{job}", "POST /api/desks",
    )  # fmt: skip
    return st.sampled_from([f"{target} HTTP/1.1".encode() for target in targets])


def _noise() -> SearchStrategy[list[bytes]]:
    return st.lists(st.sampled_from(_NOISE) | mutated(b"X-Some: header"), max_size=2)
