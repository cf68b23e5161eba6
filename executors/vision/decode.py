"""Bytes of hostile origin as a picture in RGB: by their content alone, within limits, one frame.

Used in the jail. What a file says of itself (EXIF, its name, text) is not looked at. A JPEG that is
much larger than what is wanted is decoded at a fraction of its size, which is most of the speed.
"""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, UnidentifiedImageError

from executors.refusals import Refused
from executors.vision.limits import MAX_BYTES, MAX_PIXELS, MAX_SIDE, MIB

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
# What Pillow answers to a picture that is none, or not all of one.
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, ArithmeticError, LookupError, EOFError)
_SVG_WITHIN_BYTES = 1_024


def decoded(data: bytes, side: int) -> Image.Image:
    """The picture, or its first frame, on white where it is transparent; a JPEG may be smaller than
    it was, but no side of it smaller than `side` by that. Raises Refused."""
    if not data:
        raise Refused("unreadable", "the file is empty")
    if len(data) > MAX_BYTES:
        raise Refused("too_large", f"a picture has at most {MAX_BYTES // MIB} MiB")
    try:
        with warnings.catch_warnings():
            # Of a large size Pillow warns, and goes on; ours is a limit.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                return _rgb(picture, side)
    except UnidentifiedImageError:
        raise Refused("unsupported", _what_it_is(data)) from None
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except _BROKEN as error:
        raise Refused("unreadable", f"the picture is broken ({str(error)[:100]})") from None


def _rgb(picture: Image.Image, side: int) -> Image.Image:
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_many_pixels()
    if max(picture.size) > MAX_SIDE:
        raise Refused("too_large", f"a side of a picture has at most {MAX_SIDE:,} pixels")
    picture.draft("RGB", (side, side))
    picture.load()
    return _flat(_gray(picture) if picture.mode.startswith("I") else picture, side)


def _gray(picture: Image.Image) -> Image.Image:
    """One of 16 bits, of which Pillow would keep what is below 256, and make the rest white."""
    values = np.asarray(picture)
    gray = Image.fromarray((values >> 8).astype(np.uint8))
    if (clear := picture.info.get("transparency")) is not None:
        gray.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return gray


def _flat(picture: Image.Image, side: int) -> Image.Image:
    """In RGB, on white."""
    if picture.has_transparency_data:
        clear = picture if picture.mode == "RGBA" else picture.convert("RGBA")
        # Made smaller first: each copy of a large one takes much of the worker's memory.
        clear = clear.reduce(max(1, min(clear.size) // side))
        ground = Image.new("RGBA", clear.size, "white")
        ground.alpha_composite(clear)
        return ground.convert("RGB")
    # One that is RGB already has been read whole, and stays when its file is closed.
    return picture.convert("RGB") if picture.mode != "RGB" else picture


def _too_many_pixels() -> Refused:
    return Refused("too_large", f"a picture has at most {MAX_PIXELS:,} pixels")


def _what_it_is(data: bytes) -> str:
    if b"<svg" in data[:_SVG_WITHIN_BYTES].lower():
        return "this is an SVG, a drawing without pixels; make a PNG of it first"
    return f"a picture is one of {', '.join(FORMATS)}; this is none, whatever its name says"
