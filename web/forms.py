"""Forms of several parts (`multipart/form-data`, RFC 7578), read from their whole body.

Pure; the `multipart` library parses, within limits. Used by `web.create_api`, for large ones beside
the loop.
"""

from __future__ import annotations

from msgspec import Struct
from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser

from web.errors import WebError

MAX_PARTS = 8
# Of a part's head: the longest line, and how many.
MAX_LINE_BYTES = 8 * 1024
MAX_LINES = 8
# Of a part that is no file.
MAX_TEXT_BYTES = 512 * 1024
# By RFC 2046.
MAX_BOUNDARY_CHARS = 70


class Part(Struct, frozen=True):
    """One part. `filename` is None for a text, and anything that a client may say for a file."""

    name: str
    filename: str | None
    data: bytes

    @property
    def text(self) -> str:
        """Raises WebError where it is none."""
        try:
            return self.data.decode()
        except UnicodeDecodeError:
            raise _refused("a text in it is not UTF-8") from None


def read_form(data: bytes, boundary: str | None) -> dict[str, Part]:
    """The parts by their names, of two of a name the first. `boundary` is what the type of the
    body says. Raises WebError."""
    if not boundary or not boundary.isascii() or len(boundary) > MAX_BOUNDARY_CHARS:
        raise _refused(f"its type must name a boundary of 1 to {MAX_BOUNDARY_CHARS} characters")
    # Nothing may stand before the first part, but the line end with which some begin.
    if not data.startswith((f"--{boundary}".encode(), f"\r\n--{boundary}".encode())):
        raise _refused("it does not begin with its boundary")
    try:
        return _read(data, boundary)
    except ParserLimitReached as error:
        raise WebError("body_too_large", f"the form is over a limit: {error}") from None
    except MultipartError as error:
        raise _refused(str(error)) from None


def _read(data: bytes, boundary: str) -> dict[str, Part]:
    parts: dict[str, Part] = {}
    limits = {
        "max_header_size": MAX_LINE_BYTES,
        "max_header_count": MAX_LINES,
        "max_segment_count": MAX_PARTS,
    }
    segment, held = None, b""
    with PushMultipartParser(boundary, strict=True, **limits) as parser:
        for event in parser.parse(data):
            if isinstance(event, MultipartSegment):
                segment, held = event, b""
            elif event is not None:
                # The body is whole, so a part's data comes in one.
                held = event
            elif segment is not None:
                parts.setdefault(segment.name, _part(segment, held))
    return parts


def _part(segment: MultipartSegment, data: bytes) -> Part:
    if segment.filename is None and len(data) > MAX_TEXT_BYTES:
        raise WebError("body_too_large", f"a text in a form may have {MAX_TEXT_BYTES:,} bytes")
    return Part(segment.name, segment.filename, data)


def _refused(reason: str) -> WebError:
    return WebError("invalid_request", f"the form cannot be read: {reason}")
