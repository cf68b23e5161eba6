"""Content codings of hostile servers: what is undone, what is an error, and what a bomb costs."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from backports import zstd

from tests.support.codings import MIB, bomb, coded, filled_window, raw_deflate, zstd_with_window
from workers.net.decode import (
    MAX_BETWEEN_BYTES,
    MAX_MEMBERS,
    PIECE_BYTES,
    BadCoding,
    decoder_for,
)

ROOT = Path(__file__).resolve().parents[3]
TEXT = random.Random(1).randbytes(3_000) * 100
SKIPPABLE = b"\x50\x2a\x4d\x18\x05\x00\x00\x00abcde"


def decode(content_encoding, data, piece=16_384, limit=None):
    """The whole body, as the client decodes it, fed in pieces; no more than `limit` bytes of it."""
    decoder = decoder_for(content_encoding)
    body = bytearray()
    for start in range(0, len(data), piece):
        decoder.feed(data[start : start + piece])
        while (out := decoder.take()) is not None:
            assert len(out) <= PIECE_BYTES
            body += out
            if limit is not None and len(body) >= limit:
                return bytes(body)
    decoder.finish()
    return bytes(body)


@pytest.mark.parametrize("piece", [1, 7, 65_536])
@pytest.mark.parametrize(
    "codings",
    ["gzip", "br", "zstd", "gzip, gzip", "gzip, br", "br, gzip", "zstd,zstd", "zstd , br"],
)
def test_what_was_coded_comes_back(codings, piece):
    text = TEXT[:40_000] if piece < 16 else TEXT
    assert decode(codings, coded(text, codings), piece) == text


@pytest.mark.parametrize(
    ("header", "codings"),
    [
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        (" identity , Br", "br"),
        ("zstd,", "zstd"),
        (",, gzip", "gzip"),
    ],
)
def test_spellings_of_codings(header, codings):
    assert decode(header, coded(b"text", codings)) == b"text"


@pytest.mark.parametrize(
    "header",
    ["identity", "", ",", "deflate", "utf-8", "gzip, deflate", "compress", "gzip;q=1", "х"],
)
def test_other_codings_are_handed_on_as_they_come(header):
    assert decoder_for(header) is None


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", coded(b"one", "gzip") + coded(b"two", "gzip") + b"\0\0"),
        ("zstd", coded(b"one", "zstd") + SKIPPABLE + coded(b"two", "zstd")),
        ("zstd", SKIPPABLE + coded(b"onetwo", "zstd")),
        ("gzip", coded(b"onetwo", "gzip") + b"\x1f"),
    ],
)
@pytest.mark.parametrize("piece", [1, 5, 65_536])
def test_several_members(coding, data, piece):
    assert decode(coding, data, piece) == b"onetwo"


@pytest.mark.parametrize("piece", [1, 3, 20, 65_536])
def test_what_follows_padding_is_padding_however_the_network_cuts_it(piece):
    data = coded(b"one", "gzip") + b"\0junk" + coded(b"two", "gzip")
    assert decode("gzip", data, piece) == b"one"


@pytest.mark.parametrize("codings", ["gzip", "br", "zstd", "gzip, br", "zstd, gzip"])
def test_an_empty_body_is_empty_whatever_its_coding(codings):
    assert decode(codings, b"") == b""


def many_members(coding):
    return coded(b"", coding) * (MAX_MEMBERS + 1)


@pytest.mark.parametrize(
    ("header", "data", "reason"),
    [
        ("gzip", coded(TEXT, "gzip")[:-9], "ends too early"),
        ("gzip", coded(TEXT, "gzip")[:5], "ends too early"),
        ("br", coded(TEXT, "br")[:-2], "ends too early"),
        ("br", coded(TEXT, "br")[:1], "ends too early"),
        ("zstd", coded(TEXT, "zstd")[:-1], "ends too early"),
        ("zstd", coded(TEXT, "zstd")[:3], "ends too early"),
        ("gzip, br", coded(coded(TEXT, "gzip")[:-9], "br"), "gzip body ends too early"),
        ("gzip, br", coded(TEXT, "gzip, br")[:-2], "br body ends too early"),
        ("gzip", b"plain text", "not valid gzip"),
        ("br", b"plain text, longer than that", "not valid br"),
        ("zstd", b"plain text", "not valid zstd"),
        ("gzip", coded(TEXT, "br"), "not valid gzip"),
        ("br", coded(TEXT, "gzip"), "not valid br"),
        ("zstd", coded(TEXT, "gzip"), "not valid zstd"),
        ("gzip", raw_deflate(TEXT), "not valid gzip"),
        ("br, gzip", coded(TEXT, "gzip, br"), "not valid"),
        ("br", coded(b"text", "br") + b"more", "br"),
        ("zstd", coded(b"text", "zstd") + b"more of it", "not valid zstd"),
        ("zstd", zstd_with_window(TEXT, 24), "too much memory"),
        ("zstd", zstd_with_window(TEXT, 31), "too much memory"),
        ("zstd", zstd.compress(TEXT, zstd_dict=zstd.ZstdDict(TEXT[:900], is_raw=True)), "zstd"),
        ("gzip, gzip, gzip", b"anything", "3 codings"),
        (", ".join(["gzip"] * 5_000), b"anything", "5000 codings"),
        ("br, br", b"anything", "br twice"),
        ("gzip", many_members("gzip"), "members"),
        ("zstd", many_members("zstd"), "members"),
    ],
)
def test_bodies_that_are_not_what_they_say(header, data, reason):
    with pytest.raises(BadCoding, match=reason):
        decode(header, data)


def test_the_last_window_and_member_that_are_allowed():
    assert decode("zstd", zstd_with_window(TEXT, 23)) == TEXT
    assert decode("gzip", coded(b"", "gzip") * (MAX_MEMBERS - 1) + coded(b"x", "gzip")) == b"x"


def test_a_flood_between_two_codings_ends():
    """What the outer coding makes is padding to the inner one: no reader would ever count it."""
    flood = coded(b"", "gzip") + bytes(MIB)
    data = coded(flood, "zstd") + bomb("zstd", MAX_BETWEEN_BYTES // MIB)
    with pytest.raises(BadCoding, match="between"):
        decode("gzip, zstd", data)


def test_work_without_a_piece_lets_the_others_run():
    """Between two takes the client yields: a nested body must not keep it in one take."""
    decoder = decoder_for("gzip, zstd")
    decoder.feed(coded(coded(b"", "gzip") + bytes(10 * MIB), "zstd"))
    takes = 0
    while decoder.take() is not None:
        takes += 1
    assert takes >= 10 * MIB // PIECE_BYTES


MEASURE = """
import sys
from workers.net.decode import decoder_for
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
size, before, decoder = 0, peak(), decoder_for(sys.argv[1])
while data := sys.stdin.buffer.read(65536):
    decoder.feed(data)
    while (piece := decoder.take()) is not None:
        size += len(piece)
print(size, peak() - before)
"""


@pytest.mark.parametrize(
    ("codings", "body", "size"),
    [
        ("gzip", lambda: bomb("gzip", 256), 256 * MIB),
        ("br", lambda: bomb("br", 64), 64 * MIB),
        ("zstd", lambda: bomb("zstd", 1024), 1024 * MIB),
        ("br", lambda: filled_window("br"), 20 * MIB),
        ("zstd", lambda: filled_window("zstd"), 20 * MIB),
        ("br, zstd", lambda: zstd_with_window(filled_window("br"), 23), 20 * MIB),
        ("gzip, gzip", lambda: coded(bomb("gzip", 64), "gzip"), 64 * MIB),
    ],
    ids=["gzip", "br", "zstd", "br window", "zstd window", "br in zstd", "gzip in gzip"],
)
def test_a_bomb_costs_at_most_32_mb_of_memory(codings, body, size):
    """Measured in a process of its own, where nothing else has raised the peak before."""
    ran = subprocess.run(
        [sys.executable, "-c", MEASURE, codings], input=body(), capture_output=True, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stderr.decode()
    decoded, cost = map(int, ran.stdout.split())
    assert decoded == size
    assert cost <= 32 * MIB
