"""The pictures that the WebUI answers with, read with distrust: nothing of them is drawn. Pure.

Used by `executors.generate.webui`. Pictures are looked at from outside: magic, and a PNG's chunks
with their checksums; whoever tags them later decodes them where that can do no harm.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from executors.webui.answers import BadAnswer
from state.text import inert

MAX_PARAMETERS_CHARS = 8_000
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_CHUNK = struct.Struct(">I4s")
_SIZE = struct.Struct(">II")


class Picture(Struct, frozen=True):
    """`suffix` is that of its file; sides in pixels, where they are known from outside."""

    data: bytes
    suffix: str
    width: int | None = None
    height: int | None = None
    parameters: str = ""


class Made(Struct, frozen=True):
    """What one call has made: pictures with the seed of each, and the grids of them."""

    pictures: tuple[Picture, ...]
    seeds: tuple[int | None, ...]
    grids: tuple[Picture, ...]


class _Answer(Struct, frozen=True):
    images: list[str]
    info: str = "{}"


def read_made(body: bytes, wanted: int) -> Made:
    """Raises BadAnswer for what holds no pictures, or too few."""
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except msgspec.DecodeError as error:
        raise BadAnswer("the WebUI's answer is not what its API promises") from error
    info = _info(answer.info)
    first = info.get("index_of_first_image")
    grids = first if type(first) is int and 0 <= first < len(answer.images) else 0
    if len(answer.images) - grids < wanted:
        got = len(answer.images) - grids
        raise BadAnswer(f"the WebUI made {got} of {wanted} pictures")
    pictures = [_picture(text) for text in answer.images[: grids + wanted]]
    said = info.get("all_seeds")
    seeds = said if isinstance(said, list) else []
    told = [each if type(each) is int else None for each in seeds[:wanted]]
    return Made(
        tuple(pictures[grids:]),
        (*told, *([None] * (wanted - len(told)))),
        tuple(pictures[:grids]),
    )


def _info(text: str) -> dict[str, Any]:
    try:
        info = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return info if isinstance(info, dict) else {}


def _picture(text: str) -> Picture:
    try:
        # Some versions answer with data URLs.
        data = base64.b64decode(text.rpartition(",")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadAnswer("a picture of the WebUI's answer is not valid base64") from error
    if data.startswith(_PNG):
        return _png(data)
    if data.startswith(_JPEG):
        return Picture(data, "jpg")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Picture(data, "webp")
    raise BadAnswer("a picture of the WebUI's answer is no PNG, JPEG or WebP")


def _png(data: bytes) -> Picture:
    width = height = None
    parameters = ""
    for name, content in _chunks(data):
        if name == b"IHDR" and len(content) == 13:
            width, height = _SIZE.unpack_from(content)
        elif name == b"tEXt" and content.startswith(b"parameters\0"):
            parameters = content[11:].decode("latin-1")
        elif name == b"iTXt" and content.startswith(b"parameters\0\0"):
            parameters = content.split(b"\0", 5)[-1].decode("utf-8", "replace")
    if not width or not height:
        raise BadAnswer("a picture of the WebUI's answer has no size")
    return Picture(data, "png", width, height, inert(parameters[:MAX_PARAMETERS_CHARS], keep="\n"))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk up to the last. Raises BadAnswer where they are broken, or do not end."""
    at = len(_PNG)
    while at + _CHUNK.size <= len(data):
        size, name = _CHUNK.unpack_from(data, at)
        content = data[at + 8 : at + 8 + size]
        check = data[at + 8 + size : at + 12 + size]
        if len(check) < 4 or int.from_bytes(check, "big") != zlib.crc32(content, zlib.crc32(name)):
            break
        yield name, content
        if name == b"IEND":
            return
        at += 12 + size
    raise BadAnswer("a picture of the WebUI's answer is cut off or broken")
