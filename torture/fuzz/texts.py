"""Strategies for pieces of text and bytes that every other source mixes in."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

# What parsers stumble over, wherever a text may stand.
ODD_TEXTS = (
    "", " ", "\t", "0", "-1", "00", "1e999", "NaN", "Infinity", "-0", "9" * 400, "0x10", "1_000",
    "١٢٣", "null", "true", "[]", "{}", "\x00", "\r\n", "\x1b[31m", "\u202eabc", "\ufeff", "\ud800",
    "％００", "../../etc/passwd", "..\\..\\x", "C:\\x", "'\"<svg/onload=x>", "=cmd|' /C calc'!A0",
    "${jndi:ldap://x}", "{{7*7}}", "%s%n%d", "a" * 5_000, "\U0010ffff", "ß" * 300, "; DROP TABLE x",
    "javascript:alert(1)", "data:text/html,x", "http://[::1", "http://127.0.0.1:1/", "//x", "\\\\x",
)  # fmt: skip

ODD_BYTES = (
    b"", b"\x00", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\r\n", b"\n",
    b"\r", b"\x0b", b"\x85", b" ", b"\t", b":", b"\x1b]0;x\x07", b"%00", b"A" * 9_000,
)  # fmt: skip

odd_texts: SearchStrategy[str] = st.sampled_from(ODD_TEXTS) | st.text(max_size=40)
numbers: SearchStrategy[str] = st.integers(-(2**70), 2**70).map(str) | st.sampled_from(ODD_TEXTS)


@st.composite
def mutated(draw: st.DrawFn, data: bytes, most: int = 4) -> bytes:
    """`data` with up to so many places changed, cut out, doubled, or something put in."""
    for _ in range(draw(st.integers(0, most))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, 24)))
        match draw(st.integers(0, 5)):
            case 0:
                data = data[:at] + draw(st.sampled_from(ODD_BYTES)) + data[at:]
            case 1:
                data = data[:at] + data[end:]
            case 2:
                data = data[:end] + data[at:end] * draw(st.integers(1, 200)) + data[end:]
            case 3:
                data = data[:at] + draw(st.binary(max_size=16)) + data[end:]
            case 4 if data:
                place = at % len(data)
                flipped = data[place] ^ (1 << draw(st.integers(0, 7)))
                data = data[:place] + bytes([flipped]) + data[place + 1 :]
            case _:
                data = data[:at]
    return data


@st.composite
def in_pieces(draw: st.DrawFn, data: bytes) -> tuple[bytes, ...]:
    """The same bytes in one piece, or in a few."""
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=3)))
    edges = [0, *cuts, len(data)]
    pieces = (data[a:b] for a, b in pairwise(edges))
    return tuple(piece for piece in pieces if piece)
