"""Forms of several parts (`multipart/form-data`, RFC 7578), read from their whole body.

Pure, and stricter than browsers and tools are: parts by CR LF with small heads, nothing before the
first, and few of them, so that a body costs no more than to look for its boundary. Used by
`web.create_api`, for large ones beside the loop.
"""

from __future__ import annotations

from msgspec import Struct
from werkzeug.http import parse_options_header

from web.errors import WebError

MAX_PARTS = 8
MAX_HEAD_BYTES = 8 * 1024
# Of a part that is no file.
MAX_TEXT_BYTES = 512 * 1024
# By RFC 2046.
MAX_BOUNDARY_CHARS = 70

_LINE_END = b"\r\n"
_HEAD_END = _LINE_END * 2
_LAST = b"--"
_DISPOSITION = "content-disposition"


class Part(Struct, frozen=True):
    """One part. `filename` is None for a text, and anything that a client may say for a file."""

    name: str
    filename: str | None
    data: bytes

    @property
    def text(self) -> str:
        """Raises WebError where it is none."""
        return _decoded(self.data)


def read_form(data: bytes, boundary: str | None) -> dict[str, Part]:
    """The parts by their names, of two of a name the first. `boundary` is what the type of the
    body says. Raises WebError."""
    mark = _mark(boundary)
    # Some begin with the line end that is before every other boundary.
    at = len(_LINE_END) if data.startswith(_LINE_END) else 0
    if not data.startswith(mark, at):
        raise _refused("it does not begin with its boundary")
    parts: dict[str, Part] = {}
    count, at = 0, at + len(mark)
    while data[at : at + 2] != _LAST:
        count += 1
        if count > MAX_PARTS:
            raise WebError("body_too_large", f"a form may have {MAX_PARTS} parts")
        part, at = _part(data, at, mark)
        parts.setdefault(part.name, part)
    return parts


def _mark(boundary: str | None) -> bytes:
    if not boundary or not boundary.isascii() or len(boundary) > MAX_BOUNDARY_CHARS:
        raise _refused(f"its type must name a boundary of 1 to {MAX_BOUNDARY_CHARS} characters")
    return b"--" + boundary.encode("ascii")


def _part(data: bytes, at: int, mark: bytes) -> tuple[Part, int]:
    """The part whose boundary ends at `at`, and where the next one's does."""
    head_end = data.find(_HEAD_END, at, at + MAX_HEAD_BYTES)
    if head_end < 0 or not data.startswith(_LINE_END, at):
        raise _refused(f"a part's head has no end within {MAX_HEAD_BYTES:,} bytes")
    name, filename = _named(data[at + len(_LINE_END) : head_end])
    start = head_end + len(_HEAD_END)
    end = data.find(_LINE_END + mark, start)
    if end < 0:
        raise _refused("a part has no end")
    if filename is None and end - start > MAX_TEXT_BYTES:
        raise WebError("body_too_large", f"a text in a form may have {MAX_TEXT_BYTES:,} bytes")
    return Part(name, filename, data[start:end]), end + len(_LINE_END + mark)


def _named(head: bytes) -> tuple[str, str | None]:
    fields = [line.partition(":") for line in _decoded(head).split("\r\n")]
    said = [value for name, _, value in fields if name.strip().lower() == _DISPOSITION]
    kind, options = parse_options_header(said[0]) if len(said) == 1 else ("", {})
    name = options.get("name")
    if kind.lower() != "form-data" or name is None:
        raise _refused("a part has no name")
    return name, options.get("filename")


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise _refused("a text in it is not UTF-8") from None


def _refused(reason: str) -> WebError:
    return WebError("invalid_request", f"the form cannot be read: {reason}")
