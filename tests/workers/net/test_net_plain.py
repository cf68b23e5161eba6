"""Plain responses are read as h11 reads them, however they are cut; all others are left to it."""

from __future__ import annotations

from itertools import pairwise

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.urls import parse_url
from tests.support.garbage import none_left
from workers.net.careful1 import CarefulResponse
from workers.net.plain1 import Malformed, NotPlain, PlainResponse
from workers.net.requests import MAX_HEAD_BYTES, compose

EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
COUNTED = b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nconnection: Keep-Alive\r\n\r\n"


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


PLAIN = [
    COUNTED + b"hello",
    b"HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n",
    EVENTS + chunked(),
    EVENTS + chunked(b"data: 1\n\n", b"x" * 40, b"\r\n", b"0\r\n\r\n"),
    EVENTS + b"00A\r\n0123456789\r\n0\r\n\r\n",
]
ODD = [
    b"HTTP/1.1 200 OK\ncontent-length: 2\n\nab",
    b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nab",
    b"HTTP/1.1 100 Continue\r\n\r\n" + COUNTED + b"hello",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n" + chunked(b"a"),
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n" + chunked(b"ab"),
    b"HTTP/1.1 200 OK\r\nx : 1\r\ncontent-length: 2\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\nx: 1\r\n folded\r\ncontent-length: 2\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\nab",
    EVENTS + b"3;name=value\r\nabc\r\n0\r\n\r\n",
    EVENTS + b"3 \r\nabc\r\n0\r\n\r\n",
    EVENTS + b"3\r\nabc\r\n0\r\nx-trailer: 1\r\n\r\n",
    EVENTS + b"3\r\nabcXX0\r\n\r\n",
    EVENTS + b"3\r\nabc\r\n00\r\n\r\n",
    EVENTS + b"-3\r\nabc\r\n0\r\n\r\n",
    EVENTS + b"0x3\r\nabc\r\n0\r\n\r\n",
    EVENTS + b"3\r\nabc\r\nfffffffffffffffffffff\r\n",
    EVENTS + b"3\nabc\n0\n\n",
    b"SSH-2.0-OpenSSH\r\n",
]
# What there is of an answer that is cut off: in its head, its body, a chunk, the end of one.
CUT = [whole[:size] for whole in PLAIN for size in (9, 40, len(whole) - 6, len(whole) - 1)]


class Read:
    """A response that was read to its end, or to what is wrong with it."""

    def __init__(self, response, pieces):
        self.response = response
        self.head = None
        self.body = b""
        self.error = None
        try:
            for piece in (*pieces, b""):
                if self.done(piece):
                    return
        except (h11.RemoteProtocolError, Malformed) as error:
            self.error = str(error)

    def done(self, piece):
        self.response.receive(piece)
        self.closed = not piece
        if self.head is None:
            self.head = self.asked("head")
        while self.head is not None and not self.response.has_ended:
            pieces = self.asked("pieces")
            self.body += b"".join(pieces)
            if not pieces:
                break
        return self.response.has_ended

    def asked(self, what):
        try:
            return getattr(self.response, what)()
        except NotPlain as odd:
            self.response = CarefulResponse.going_on(odd)
            if self.closed:
                self.response.receive(b"")
            return getattr(self.response, what)()

    @property
    def outcome(self):
        """How much came before an error, its reader decides."""
        if self.error is not None:
            return None
        return self.head, self.body, self.response.is_reusable


def carefully(pieces):
    response = CarefulResponse()
    response.sent(h11.Request(method="GET", target="/", headers=[("host", "any")]), None)
    return Read(response, pieces)


def cut(data, places):
    places = sorted({min(place, len(data)) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(places) if start < end]


@given(
    st.sampled_from([*PLAIN, *ODD, *CUT]),
    st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"x"]),
    st.lists(st.integers(0, 160), max_size=8),
)
def test_it_is_read_as_h11_reads_it_wherever_it_is_cut(data, behind, places):
    pieces = cut(data + behind, places)
    assert Read(PlainResponse(), pieces).outcome == carefully(pieces).outcome


@given(st.lists(st.binary(min_size=1, max_size=9), max_size=9), st.lists(st.integers(0, 400)))
def test_chunks_of_anything(chunks, places):
    read = Read(PlainResponse(), cut(EVENTS + chunked(*chunks), places))
    assert isinstance(read.response, PlainResponse)
    assert (read.body, read.error) == (b"".join(chunks), None)


@pytest.mark.parametrize("data", PLAIN)
def test_what_is_plain_takes_no_more_than_that(data):
    read = Read(PlainResponse(), [data[at : at + 1] for at in range(len(data))])
    assert isinstance(read.response, PlainResponse)
    assert read.response.is_reusable


@pytest.mark.parametrize(
    "between", [b"5;" + b"x" * MAX_HEAD_BYTES, b"0\r\nx: " + b"y" * MAX_HEAD_BYTES]
)
def test_what_stands_between_pieces_has_an_end(between):
    """Extensions of a chunk, and fields behind the last."""
    response = PlainResponse()
    response.receive(EVENTS)
    assert response.head() is not None
    for at in range(0, len(between), 1000):
        response.receive(between[at : at + 1000])
    with pytest.raises(Malformed, match="too long"):
        response.pieces()


@pytest.mark.parametrize("data", [PLAIN[0], PLAIN[3], *ODD])
def test_nothing_of_it_is_left_to_the_collector(data):
    with none_left(PlainResponse):
        response = PlainResponse()
        response.receive(data)
        del response


def asked(method="POST", target="/v1/chat?a=b", headers=(), body=b"{}"):
    return compose(method, parse_url(f"http://example.com{target}"), headers, body)


@pytest.mark.parametrize(
    "request_",
    [
        asked(headers=(("content-type", "application/json"), ("x", "a\tb  c"))),
        asked("GET", body=None),
        asked("PUT", body=None),
        asked("DELETE", body=b"x"),
    ],
)
def test_a_plain_request_is_what_h11_makes_of_it(request_):
    whole = CarefulResponse().sent(request_.to_h11(), request_.body)
    assert request_.plain_bytes() == whole
    body = b"another one"
    if request_.has_length:
        again = request_.with_plain().with_body(body)
        assert again.plain_bytes() == CarefulResponse().sent(again.to_h11(), body)


@pytest.mark.parametrize(
    "request_",
    [
        asked("HEAD", body=None),
        asked(headers=(("Connection", "close"),)),
        asked(headers=(("expect", "100-continue"),)),
        asked(headers=(("transfer-encoding", "chunked"),)),
        asked(headers=(("content-length", "2"),)),
        asked(headers=(("x", " a"),)),
    ],
)
def test_what_asks_for_something_unusual_is_not_plain(request_):
    assert request_.plain_bytes() is None
