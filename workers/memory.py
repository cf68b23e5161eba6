"""How much memory this worker has resident. Used by `workers.host` in a worker process."""

from __future__ import annotations

import os
from typing import Self

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_LINE_BYTES = 256


class MemoryGauge:
    """Reads the kernel's count through a file that is held open: a jail closes the way to it."""

    def __init__(self) -> None:
        self._file = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)

    def resident_bytes(self) -> int:
        return int(os.pread(self._file, _LINE_BYTES, 0).split()[1]) * _PAGE_BYTES

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
