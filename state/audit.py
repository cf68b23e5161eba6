"""The audit log of a desk: who did what, in `audit.jsonl` beside the folders of its jobs.

Sealed lines. At its size limit the file becomes `audit.jsonl.1`, and the one that was that is gone.
The first line of each says where in the whole history it begins, so offsets that were given to a
reader stay good. Here is what a line is; `state.audit_files` appends and `state.audit_pages` reads.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from state.lines import seal_of, unsealed
from state.views import DeskKey

NAME = "audit.jsonl"
OLDER = "audit.jsonl.1"
NAMES = (NAME, OLDER)

FORMAT = 1
# No line is longer: its fields are hashes, ids, codes and an address.
LINE_MAX_BYTES = 4 * 1024
HEAD_MAX_BYTES = 256


class AuditLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was done, or refused. Never a link, a token, a user's name or a spec.

    `who` is a hash, or "system" for what the server did by itself; `means` is how they showed it
    (link, token, ...), `origin` the address they came from. `outcome` is "ok" or the error's code.
    With `more` the line stands for so many others like it that were left out; `lost` lines before
    it could not be written.
    """

    at: str
    who: str
    means: str
    what: str
    job: str | None = None
    origin: str = field(default="", name="from")
    outcome: str = "ok"
    revision: int | None = None
    more: int = 0
    lost: int = 0


class AuditPage(Struct, frozen=True):
    """Whole lines from an offset on; `next` is the offset to ask for next, `start` and `size` are
    where what is kept begins and ends. `bad_lines` of the page could not be read."""

    lines: tuple[AuditLine, ...]
    next: int
    start: int
    size: int
    bad_lines: int = 0


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """The first line of a file: `base` is the offset of the file's first byte."""

    audit: int
    base: int


T = TypeVar("T")

_line_decoder = msgspec.json.Decoder(AuditLine)
_head_decoder = msgspec.json.Decoder(Head)


def utc_ms(at: float) -> str:
    """RFC 3339 with milliseconds, as `2026-11-22T03:01:00.123Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def audit_seal(desk: DeskKey) -> int:
    """What the CRC of every line begins with. No job is called so."""
    return seal_of(desk, "/audit")


def line_in(data: bytes, seal: int) -> AuditLine | None:
    """The line; None where it is damaged."""
    return _decoded(_line_decoder, data, seal)


def head_in(data: bytes, seal: int) -> Head | None:
    return _decoded(_head_decoder, data, seal)


def _decoded(decoder: msgspec.json.Decoder[T], data: bytes, seal: int) -> T | None:
    body = unsealed(data, seal)
    if body is None:
        return None
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
