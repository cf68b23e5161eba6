"""Pictures on their way into a document: only those that Word shows, whole, and of a size to hold.

Used in the jail by `executors.documents.word.template`. Pillow reads each to its end before it is
put in, so that a broken one is its row's failure and not its reader's.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from PIL import Image, ImageOps, UnidentifiedImageError

from executors.documents.limits import MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS, MIB
from executors.documents.pictures import Album, picture_id
from executors.documents.port import Look

T = TypeVar("T")

PREFIX = "data:image/"
_DATA_URL = re.compile(r"data:image/[\w.+-]{1,40}(?:;[\w=.+-]{1,80})*;base64,", re.ASCII)
_READ = ("PNG", "JPEG", "GIF")
# The longer side of a small one, in pixels: twice what lists show, for fine screens.
THUMBNAIL_SIDE = 128
# The tag of EXIF for how a camera was held.
_ORIENTATION = 0x0112
# What Pillow answers to a picture that is none, or not all of one.
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, ArithmeticError, LookupError, EOFError)


class BadPicture(ValueError):
    """The picture is not put in; the message says why."""


def is_picture(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(PREFIX)


class Reader:
    """The pictures that the values of a job name or hold. One for a worker and job."""

    def __init__(self, album: Album) -> None:
        self._album = album
        # By id; those of the album, read once. Written by `read`.
        self._checked: dict[str, bytes] = {}

    def is_picture(self, value: Any) -> bool:
        return is_picture(value) or picture_id(value) in self._album

    def read(self, value: str) -> bytes:
        """A picture that Word shows, of a data URL or of a name. Raises BadPicture."""
        id = picture_id(value)
        if id is None:
            return read_data_url(value)
        known = self._checked.get(id)
        if known is None:
            data = self._album.get(id)
            if data is None:
                raise BadPicture(f"no row of this job names the picture {id!r}")
            known = self._checked[id] = checked(data)
        return known


def read_data_url(url: str) -> bytes:
    """The picture of a data URL, checked. Raises BadPicture."""
    head = _DATA_URL.match(url)
    if head is None:
        raise BadPicture("a picture is a data URL in base64: data:image/png;base64,...")
    if len(url) > MAX_PICTURE_BYTES * 4 // 3 + 200:
        raise BadPicture(f"a picture has at most {MAX_PICTURE_BYTES // MIB} MiB")
    try:
        data = base64.b64decode(url[head.end() :].strip(), validate=True)
    except (binascii.Error, ValueError):
        raise BadPicture("the picture is not written in base64") from None
    return checked(data)


def look(data: bytes) -> Look:
    """Read to its end, in the jail. Raises BadPicture."""
    return _opened(data, _seen)


def checked(data: bytes) -> bytes:
    """A PNG or a JPEG: the picture itself, or one made of it. Raises BadPicture."""
    return _opened(data, lambda picture: _read(picture, data))


def _opened(data: bytes, read: Callable[[Image.Image], T]) -> T:
    if len(data) > MAX_PICTURE_BYTES:
        raise BadPicture(f"a picture has at most {MAX_PICTURE_BYTES // MIB} MiB")
    try:
        with warnings.catch_warnings():
            # Of its size Pillow warns, and goes on; ours is a limit.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_READ) as picture:
                _check_pixels(picture)
                picture.load()
                return read(picture)
    except UnidentifiedImageError:
        raise BadPicture("a picture is a PNG, a JPEG or a GIF; this is none") from None
    except Image.DecompressionBombError:
        raise _too_large() from None
    except BadPicture:
        raise
    except _BROKEN as error:
        raise BadPicture(f"the picture is broken ({str(error)[:100]})") from None


def _check_pixels(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PICTURE_PIXELS:
        raise _too_large()


def _seen(picture: Image.Image) -> Look:
    format = str(picture.format).lower()
    return Look(format, picture.width, picture.height, _thumbnail(picture))


def _thumbnail(picture: Image.Image) -> bytes:
    """Turned as it was held, and nothing else of what the file says of it."""
    small = ImageOps.exif_transpose(picture).convert("RGBA")
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    made = io.BytesIO()
    small.save(made, "WEBP", quality=80)
    return made.getvalue()


def _read(picture: Image.Image, data: bytes) -> bytes:
    turned = picture.format == "JPEG" and picture.getexif().get(_ORIENTATION, 1) != 1
    if picture.format != "GIF" and not turned:
        return data
    made = io.BytesIO()
    if turned:
        ImageOps.exif_transpose(picture).convert("RGB").save(made, "JPEG", quality=90)
    else:
        # Its first frame: paper does not move.
        picture.convert("RGBA").save(made, "PNG")
    return made.getvalue()


def _too_large() -> BadPicture:
    return BadPicture(f"a picture has at most {MAX_PICTURE_PIXELS:,} pixels")
