"""How much an upload may turn out to hold; the refusal says which limit it broke.

Counted while it is read, by whatever reads it: what a file says of its own size is not believed.
"""

from __future__ import annotations

from msgspec import Struct

from executors.refusals import Refused


class TableLimits(Struct, frozen=True, kw_only=True):
    """The fields of `Config` that concern uploads, under the same names."""

    max_items: int = 100_000
    max_upload_cells: int = 1_000_000
    max_archive_entries: int = 1_000
    max_unpacked_bytes: int = 64 * 1024 * 1024


class Budget:
    """What is left of the limits for one upload. Its methods raise Refused."""

    def __init__(self, limits: TableLimits) -> None:
        self._limits = limits
        # All of them are written by the methods below, which one reader calls.
        self._rows = 0
        self._cells = 0
        self._text_chars = 0
        self._unpacked_bytes = 0
        self._written_bytes = 0

    @property
    def is_full(self) -> bool:
        """Enough rows were read to show that there are too many; the plan refuses them by name."""
        return self._rows > self._limits.max_items

    @property
    def unpacked_left_bytes(self) -> int:
        return self._limits.max_unpacked_bytes - self._unpacked_bytes

    def row(self, cells: int, chars: int) -> None:
        """A row was read. Its text counts as often as it is used: a string may be shared."""
        self._rows += 1
        self._cells += cells
        self._text_chars += chars
        if self._cells > self._limits.max_upload_cells:
            limit = self._limits.max_upload_cells
            raise Refused("too_large", f"it has more than {limit:,} cells (--max-upload-cells)")
        if self._text_chars > self._limits.max_unpacked_bytes:
            raise self._too_much("its rows hold")

    def write(self, size_bytes: int) -> None:
        """So much is handed on of the rows."""
        self._written_bytes += size_bytes
        if self._written_bytes > self._limits.max_unpacked_bytes:
            raise self._too_much("its rows hold")

    def unpack(self, size_bytes: int) -> None:
        """So many bytes came out of an archive, or would."""
        self._unpacked_bytes += size_bytes
        if self._unpacked_bytes > self._limits.max_unpacked_bytes:
            raise self._too_much("unpacked it has")

    def entries(self, count: int) -> None:
        """An archive has so many entries."""
        if count > self._limits.max_archive_entries:
            limit = self._limits.max_archive_entries
            raise Refused(
                "too_large", f"the archive has more than {limit:,} entries (--max-archive-entries)"
            )

    def _too_much(self, what: str) -> Refused:
        limit = self._limits.max_unpacked_bytes
        return Refused("too_large", f"{what} more than {limit:,} bytes (--max-unpacked-bytes)")
