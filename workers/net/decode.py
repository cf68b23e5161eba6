"""Undoes the content codings of a response body, a bounded piece at a time.

Used by `workers.net.client`, which advertises gzip, br and zstd. A body with any other coding is
handed on as it came. A bomb costs what the caller reads of it: one piece is decoded ahead, and a
window that its coding bounds is kept. Two codings may lie around each other, which is more than
anybody needs; what lies between them is bounded too, as no reader counts it.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PIECE_BYTES = 64 * 1024
# A gzip or zstd body may be many members one after the other; nothing needs an endless row of them.
MAX_MEMBERS = 10_000
MAX_CODINGS = 2
MAX_BETWEEN_BYTES = 256 * 1024 * 1024

_GZIP = 16 + zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
# The window that RFC 9659 allows to senders: 8 MiB.
_ZSTD_OPTIONS = {int(zstd.DecompressionParameter.window_log_max): 23}
# brotli's output grows by blocks, 32 and then 64 KiB, and stops after the one that reaches this.
_BROTLI_LIMIT_BYTES = PIECE_BYTES // 4


class BadCoding(Exception):
    """The body is not what its Content-Encoding says it is, or more than is undone here."""


class Decoder(Protocol):
    """Feed coded bytes, then take until None comes, then feed again."""

    @property
    def keeps_window(self) -> bool:
        """Whether it holds much of what it has decoded: up to 16 MiB."""

    def feed(self, data: bytes) -> None:
        """Add coded bytes, at least one. The caller has taken all of the earlier ones."""

    def take(self) -> bytes | None:
        """At most 64 KiB of the body; None where more coded bytes are needed. b"" says that there
        was work and nothing came of it yet: the caller lets others run, and asks again."""

    def finish(self) -> None:
        """Called at the end of the coded bytes. Raises BadCoding where they end too early."""


def decoder_for(content_encoding: str | None) -> Decoder | None:
    """What undoes these codings; None where the body is to be handed on as it comes. Codings that
    are too many are an error of a body with bytes in it: one that is empty (HEAD, 204) is fine."""
    if content_encoding is None:
        return None
    names = [name.strip().lower() for name in content_encoding.split(",")]
    codings = [name for name in names if name not in ("", "identity")]
    if not codings or any(name not in _DECODERS for name in codings):
        return None
    if len(codings) > MAX_CODINGS:
        return RefusedBody(f"{len(codings)} codings lie around the body, at most {MAX_CODINGS} may")
    if codings.count("br") > 1:
        # Its window may have 16 MiB, and two of them would be more than one response may cost.
        return RefusedBody("the body is coded as br twice")
    decoder = _DECODERS[codings[-1]]()
    for name in reversed(codings[:-1]):
        decoder = NestedBody(decoder, _DECODERS[name]())
    return decoder


class GzipBody:
    """Members of gzip, one after the other; what follows the last one is padding and is dropped.

    All fields are written by the one task that reads the response, as in its siblings.
    """

    keeps_window = False

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_GZIP)
        self._pending = b""
        self._members = 0
        self._padding = False

    def feed(self, data: bytes) -> None:
        self._pending += data
        self._members = self._members or 1

    def take(self) -> bytes | None:
        while self._pending and not self._padding:
            if self._inflate.eof and not self._next_member():
                return None
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
        if self._members and not self._inflate.eof:
            raise BadCoding("the gzip body ends too early")

    def _withheld(self) -> bytes | None:
        """What the inflater still holds after its input is used up."""
        if self._padding:
            self._pending = b""
        return None if self._inflate.eof else self._inflate.decompress(b"", PIECE_BYTES) or None

    def _next_member(self) -> bool:
        if len(self._pending) < len(_GZIP_MAGIC) and _GZIP_MAGIC.startswith(self._pending):
            return False
        if not self._pending.startswith(_GZIP_MAGIC):
            # Whatever else comes is padding too, however the network cuts it up.
            self._padding, self._pending = True, b""
            return False
        self._members = _one_more(self._members, "gzip")
        self._inflate = zlib.decompressobj(_GZIP)
        return True


class BrotliBody:
    """One brotli stream. Its window has 16 MiB at most: the large ones are not switched on."""

    keeps_window = True

    def __init__(self) -> None:
        self._brotli = brotli.Decompressor()
        self._pending = b""
        self._begun = False

    def feed(self, data: bytes) -> None:
        if self._brotli.is_finished():
            raise BadCoding("there is more after the end of the br body")
        self._pending, self._begun = data, True

    def take(self) -> bytes | None:
        data, self._pending = self._pending, b""
        if not self._begun or self._brotli.is_finished():
            return None
        try:
            # Also without new data: it may have taken all in and still hold output back.
            piece = self._brotli.process(data, output_buffer_limit=_BROTLI_LIMIT_BYTES)
        except brotli.error as error:
            raise BadCoding("the body is not valid br") from error
        return piece or (None if self._brotli.can_accept_more_data() else b"")

    def finish(self) -> None:
        if self._begun and not self._brotli.is_finished():
            raise BadCoding("the br body ends too early")


class ZstdBody:
    """Frames of zstd, one after the other, with windows of 8 MiB at most."""

    keeps_window = True

    def __init__(self) -> None:
        self._zstd = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS)
        self._pending = b""
        self._frames = 0

    def feed(self, data: bytes) -> None:
        self._pending = data
        self._frames = self._frames or 1

    def take(self) -> bytes | None:
        while self._pending or not (self._zstd.eof or self._zstd.needs_input):
            if self._zstd.eof:
                self._frames = _one_more(self._frames, "zstd")
                self._zstd = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS)
            try:
                piece = self._zstd.decompress(self._pending, PIECE_BYTES)
            except zstd.ZstdError as error:
                raise BadCoding(f"the body is not valid zstd: {error}") from error
            self._pending = self._zstd.unused_data if self._zstd.eof else b""
            if piece:
                return piece
        return None

    def finish(self) -> None:
        if self._frames and not self._zstd.eof:
            raise BadCoding("the zstd body ends too early")


class RefusedBody:
    """A body that is not undone."""

    keeps_window = False

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def feed(self, data: bytes) -> None:
        raise BadCoding(self._reason)

    def take(self) -> bytes | None:
        return None

    def finish(self) -> None:
        """Nothing came."""


class NestedBody:
    """One coding around another."""

    def __init__(self, outer: Decoder, inner: Decoder) -> None:
        self._outer = outer
        self._inner = inner
        self._between_bytes = 0
        self.keeps_window = outer.keeps_window or inner.keeps_window

    def feed(self, data: bytes) -> None:
        self._outer.feed(data)

    def take(self) -> bytes | None:
        piece = self._inner.take()
        if piece is not None:
            return piece
        between = self._outer.take()
        if not between:
            return between
        self._between_bytes += len(between)
        if self._between_bytes > MAX_BETWEEN_BYTES:
            raise BadCoding(f"more than {MAX_BETWEEN_BYTES} bytes lie between the body's codings")
        self._inner.feed(between)
        return b""

    def finish(self) -> None:
        self._outer.finish()
        self._inner.finish()


def _one_more(members: int, coding: str) -> int:
    if members >= MAX_MEMBERS:
        raise BadCoding(f"the {coding} body has more than {MAX_MEMBERS} members")
    return members + 1


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "gzip": GzipBody,
    "x-gzip": GzipBody,
    "br": BrotliBody,
    "zstd": ZstdBody,
}
