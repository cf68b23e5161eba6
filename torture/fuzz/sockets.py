"""WebSockets: handshakes as they should be and not, and frames that follow one or the other."""

from __future__ import annotations

import json
import struct
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from torture.fuzz.inputs import Input, Sent
from torture.fuzz.stage import Stage
from torture.fuzz.texts import mutated, numbers, odd_texts
from torture.fuzz.tokens import tokens

GOODBYE = b"\x88\x82\0\0\0\0\x03\xe8"
_MASK = b"\x01\x02\x03\x04"
_MESSAGES: tuple[Any, ...] = (
    {"type": "ping"}, {"type": "pong"}, {"type": None}, {"type": ["ping"]}, [], None, 1, "ping",
)  # fmt: skip
_CLOSES = (0, 999, 1000, 1005, 1006, 1015, 2999, 4999, 65_535)
_RIGHT = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
_OTHER = (
    "Upgrade: WebSocket", "Connection: keep-alive, upgrade", "Sec-WebSocket-Version: 12",
    "Sec-WebSocket-Version: 13, 8", "Sec-WebSocket-Key: x", "Sec-WebSocket-Key: " + "=" * 24,
    "Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: a, b",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99", "Content-Length: 3",
    "Sec-WebSocket-Extensions: ;;;", "Sec-WebSocket-Protocol: ,", "Origin: http://evil.example",
    "Origin: null", "Sec-Fetch-Site: cross-site", "Cookie: nightdesk=x", "X-Session-ID: x",
)  # fmt: skip


@st.composite
def sockets(draw: st.DrawFn, stage: Stage) -> Input:
    """A handshake, and what is said after it; or right with it."""
    head = draw(_handshakes(stage))
    frames = draw(st.lists(_frames(), max_size=8))
    data = draw(st.just(b"".join(frames)) | mutated(b"".join(frames)))
    together = draw(st.integers(0, 9)) == 0
    pieces = (head + data,) if together else (head, data)
    return Input("socket", Sent.SOCKET, tuple(piece for piece in pieces if piece))


@st.composite
def _handshakes(draw: st.DrawFn, stage: Stage) -> bytes:
    after = draw(st.just("") | numbers.map(_token).map(lambda text: f"?after={text}"))
    desk = draw(st.sampled_from((*stage.desks, *stage.desks, "local", "me", "nobody")))
    lines = [f"GET /api/desks/{desk}/stream{after} HTTP/1.1", f"Host: {stage.host}", *_RIGHT]
    if draw(st.integers(0, 2)) == 0:
        extra = st.sampled_from(_OTHER) | tokens(stage).map(
            lambda token: f"Authorization: Bearer {_token(token)}"
        )
        for line in draw(st.lists(extra, max_size=2)):
            same = [old for old in lines if old.partition(":")[0] == line.partition(":")[0]]
            for old in same:
                lines.remove(old)
            lines.append(line)
        if draw(st.integers(0, 3)) == 0:
            lines.pop(draw(st.integers(1, len(lines) - 1)))
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"


def _token(text: str) -> str:
    return "".join(letter for letter in text if "!" <= letter <= "~")


@st.composite
def _frames(draw: st.DrawFn) -> bytes:
    """One frame: opcode, flags, mask and length right or wrong, each by itself."""
    payload = draw(_payloads())
    opcode = draw(st.sampled_from((1, 1, 1, 2, 0, 8, 9, 10, 3, 7, 11, 15)))
    if opcode >= 8 and draw(st.booleans()):
        payload = payload[:125]
    flags = draw(st.sampled_from((0x80, 0x80, 0x80, 0x00, 0xC0, 0xA0, 0x90)))
    masked = draw(st.integers(0, 9)) != 0
    told = len(payload)
    if draw(st.integers(0, 9)) == 0:
        told = draw(st.sampled_from((0, 125, 126, 65_536, 2**31, 2**62, 2**63, told + 1)))
    size = _size(told, masked, longest=draw(st.integers(0, 9)) == 0)
    if not masked:
        return bytes((flags | opcode,)) + size + payload
    hidden = bytes(byte ^ _MASK[n % 4] for n, byte in enumerate(payload))
    return bytes((flags | opcode,)) + size + _MASK + hidden


def _size(told: int, masked: bool, *, longest: bool) -> bytes:
    bit = 0x80 if masked else 0
    if told < 126 and not longest:
        return bytes((bit | told,))
    if told < 65_536 and not longest:
        return bytes((bit | 126,)) + struct.pack("!H", told)
    return bytes((bit | 127,)) + struct.pack("!Q", told)


def _payloads() -> SearchStrategy[bytes]:
    odd = odd_texts.map(lambda text: text.encode("utf-8", "surrogatepass"))
    messages = st.sampled_from(_MESSAGES).map(lambda value: json.dumps(value).encode())
    large = st.sampled_from((65_535, 65_536, 65_537, 300_000)).map(lambda size: b"a" * size)
    close = st.tuples(st.sampled_from(_CLOSES), odd).map(
        lambda said: struct.pack("!H", said[0]) + said[1][:60]
    )
    deep = st.just(b"[" * 60_000) | st.just(b'{"type":"ping","type":"ping"}')
    return (
        messages
        | odd
        | large
        | close
        | deep
        | st.binary(max_size=130)
        | mutated(b'{"type":"ping"}')
    )
