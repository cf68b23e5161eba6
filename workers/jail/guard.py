"""What surrounds each item in a jailed worker: its processor time before, an empty folder after,
and a mark that says which it is, for as long as it can do harm.

The `ItemGuard` of `workers.guard`. Built by `workers.host` once the jail is entered.
"""

from __future__ import annotations

import errno
import sys
from pathlib import Path

from state.scratch import empty
from workers import lifeline
from workers.jail.limits import allow_cpu
from workers.jail.settings import JailSettings
from workers.mark import Marker


class JailGuard:
    """See `workers.guard.ItemGuard`. One item at a time: the limits are the process's."""

    one_each = True

    def __init__(self, settings: JailSettings, own: Path, marker: Marker) -> None:
        self._settings = settings
        self._own = own
        self._marker = marker

    def opens(self, job: int) -> None:
        allow_cpu(self._settings.item_cpu_s)
        self._marker.opens(job)

    def opened(self) -> None:
        self._marker.nothing()

    def begin(self, job: int, index: int) -> None:
        # Marked once it has its own time: a limit that is passed before is not its doing.
        allow_cpu(self._settings.item_cpu_s)
        self._marker.at(job, index)

    def end(self) -> None:
        """Nothing that one item left is there for the next: where it cannot be removed, there is no
        next item for this worker."""
        try:
            empty(self._own, self._settings.kept)
        except OSError as error:
            sys.stderr.write(f"what an item left cannot be removed: {error}\n")
            sys.stderr.flush()
            lifeline.end_with_group()
        self._marker.nothing()

    def limit_behind(self, error: Exception) -> str | None:
        settings = self._settings
        if isinstance(error, MemoryError):
            return f"over the limit of memory ({settings.memory_bytes} bytes)"
        if isinstance(error, OSError) and error.errno == errno.EFBIG:
            return f"over the limit of a file's size ({settings.file_bytes} bytes)"
        if isinstance(error, OSError) and error.errno == errno.EMFILE:
            return f"over the limit of open files ({settings.open_files})"
        return None
