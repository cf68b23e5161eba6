"""Keeps a library from loading what it only asks for because it may be there. Used by
`executors.tables.workbook`, in the jail, where every megabyte counts against the item's limit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_NUMPY = "numpy"


@contextmanager
def without_numpy() -> Iterator[None]:
    """What is imported here finds no numpy, unless it is loaded already.

    openpyxl takes it along for types of cells that are only ever written: 80 MB of address space.
    """
    if _NUMPY in sys.modules:
        yield
        return
    # What the import system takes for "there is none".
    sys.modules[_NUMPY] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[_NUMPY]
