"""Hostile pictures: each a row, with what is said of it; and those that are fine."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from executors.refusals import Refused
from executors.vision.decode import decoded
from executors.vision.limits import MAX_BYTES
from tests.support.pictures import picture

SIDE = 448


def png_of(width, height, *chunks):
    def chunk(kind, data):
        sum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", sum)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, data) for kind, data in ((b"IHDR", head), *chunks, (b"IEND", b""))
    )


def gif_of(frames):
    """So many frames of one pixel."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes((9, 8, 7, 0, 0, 0))
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return head + frame * frames + b"\x3b"


def jpeg_with_exif(size_bytes):
    """With so much of it, in segments of 64 KiB, as the format has them."""
    data = picture("JPEG", (40, 30))
    body = b"Exif\0\0" + b"\xff" * 65_000
    segment = b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    return data[:2] + segment * (size_bytes // len(segment) + 1) + data[2:]


HOSTILE = {
    "empty": (b"", "the file is empty"),
    "50,000 x 50,000": (png_of(50_000, 50_000, (b"IDAT", b"")), "at most 50,000,000 pixels"),
    "a bit over": (png_of(10_000, 5_001, (b"IDAT", b"")), "at most 50,000,000 pixels"),
    "one pixel wide and very tall": (png_of(1, 40_000_000, (b"IDAT", b"")), "a side .* 65,535"),
    "truncated JPEG": (picture("JPEG", (300, 200))[:400], "broken"),
    "truncated PNG": (png_of(64, 64, (b"IDAT", zlib.compress(bytes(99)))), "broken"),
    "no IDAT that unpacks": (png_of(64, 64, (b"IDAT", b"nothing")), "broken"),
    "a head alone": (picture("PNG")[:20], "broken|none"),
    "text": (b"I am no picture", "this is none"),
    "SVG": (b'<?xml version="1.0"?><svg xmlns="x"><!ENTITY a "b"></svg>', "SVG"),
    "script": (b"#!/bin/sh\nrm -rf /", "this is none"),
    "PDF": (b"%PDF-1.7 ...", "this is none"),
    "EPS, for which Pillow starts a program": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "this is none"),
    "text chunk that unpacks to 100 MB": (
        png_of(2, 2, (b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000), 9))),
        "broken",
    ),
    "over the bytes": (bytes(MAX_BYTES + 1), "at most 20 MiB"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_refused_with_the_reason(name):
    data, reason = HOSTILE[name]
    with pytest.raises(Refused, match=reason):
        decoded(data, SIDE)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_every_format_is_read_by_its_content(format):
    seen = decoded(picture(format, (60, 40)), SIDE)
    assert (seen.mode, seen.size) == ("RGB", (60, 40))
    assert seen.getpixel((5, 5)) == pytest.approx((200, 30, 30), abs=12)


def test_of_a_hundred_thousand_frames_the_first_is_read():
    seen = decoded(gif_of(100_000), SIDE)
    assert (seen.size, seen.getpixel((0, 0))) == ((1, 1), (9, 8, 7))


def test_ten_megabytes_of_exif_are_passed_over():
    assert decoded(jpeg_with_exif(10_000_000), SIDE).size == (40, 30)


def test_what_is_transparent_is_white():
    data = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(data, "PNG")
    assert decoded(data.getvalue(), SIDE).getpixel((1, 1)) == (255, 255, 255)


def test_one_color_may_be_the_transparent_one():
    data = io.BytesIO()
    Image.new("P", (4, 4), 0).save(data, "PNG", transparency=0)
    assert decoded(data.getvalue(), SIDE).getpixel((1, 1)) == (255, 255, 255)


def test_gray_of_16_bits_keeps_its_shades():
    values = np.array([[0, 255, 256, 0x7FFF, 0x8000, 0xFFFF]], np.uint16)
    data = io.BytesIO()
    Image.fromarray(values).save(data, "PNG")
    seen = decoded(data.getvalue(), SIDE)
    assert [seen.getpixel((x, 0))[0] for x in range(6)] == [0, 0, 1, 127, 128, 255]


def test_gray_of_16_bits_may_have_a_transparent_shade():
    head = struct.pack(">IIBBBBB", 3, 1, 16, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" + struct.pack(">HHH", 0x1234, 0x1235, 0x9000))
    plain = png_of(3, 1, (b"tRNS", struct.pack(">H", 0x1234)), (b"IDAT", rows))
    # Of the other head: gray, and 16 bits.
    told = b"IHDR" + head
    data = plain[:12] + told + struct.pack(">I", zlib.crc32(told)) + plain[33:]
    seen = decoded(data, SIDE)
    assert [seen.getpixel((x, 0)) for x in range(3)] == [(255,) * 3, (0x12,) * 3, (0x90,) * 3]


def test_a_large_jpeg_is_decoded_smaller_and_not_too_small():
    seen = decoded(picture("JPEG", (4_000, 2_000)), SIDE)
    assert seen.size == (1_000, 500)


def test_text_within_a_picture_is_passed_over():
    told = PngImagePlugin.PngInfo()
    told.add_text("parameters", "a cat" * 1_000)
    assert decoded(picture("PNG", (9, 9), pnginfo=told), SIDE).size == (9, 9)
