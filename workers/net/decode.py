"""Undoes the gzip coding of a response body, a bounded piece at a time.

Used by `workers.net.client`, which advertises gzip and nothing else: what is not advertised is
handed on as it came. A bomb costs what the caller reads of it: at most 64 KiB are inflated ahead.
"""

from __future__ import annotations

import zlib

PIECE_BYTES = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"


class BadCoding(Exception):
    """The body is not the gzip that its header says it is."""


class GzipBody:
    """Feed compressed bytes, take pieces until none comes; several members may follow each other.

    All fields are written by the one task that reads the response.
    """

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_GZIP)
        self._pending = b""
        self._begun = False

    def feed(self, data: bytes) -> None:
        """Add compressed bytes. The caller has taken all pieces of the earlier ones."""
        self._pending += data
        self._begun = self._begun or bool(data)

    def take(self) -> bytes:
        """At most 64 KiB of the body; b"" where more compressed bytes are needed."""
        while self._pending:
            if self._inflate.eof and not self._next_member():
                return b""
            try:
                piece = self._inflate.decompress(self._pending, PIECE_BYTES)
            except zlib.error as error:
                raise BadCoding("the body is not valid gzip") from error
            ended = self._inflate.eof
            self._pending = self._inflate.unused_data if ended else self._inflate.unconsumed_tail
            if piece:
                return piece
        return self._withheld()

    def finish(self) -> None:
        """Called at the end of the compressed bytes. Raises BadCoding where they end too early."""
        if self._begun and not self._inflate.eof:
            raise BadCoding("the gzip body ends too early")

    def _withheld(self) -> bytes:
        """What the inflater still holds after its input is used up."""
        return b"" if self._inflate.eof else self._inflate.decompress(b"", PIECE_BYTES)

    def _next_member(self) -> bool:
        """Begin the next gzip member; what follows the last one is padding and is dropped."""
        if len(self._pending) < len(_MAGIC) and _MAGIC.startswith(self._pending):
            return False
        if not self._pending.startswith(_MAGIC):
            self._pending = b""
            return False
        self._inflate = zlib.decompressobj(_GZIP)
        return True


def is_gzip(coding: str | None) -> bool:
    """True for the one Content-Encoding that is undone here."""
    return coding is not None and coding.strip().lower() in ("gzip", "x-gzip")
