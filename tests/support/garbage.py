"""What is left to the garbage collector, which stops a whole process while it looks."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def none_left(kind: type[object]) -> Iterator[None]:
    """Objects of that class that are made in the block are gone with it, by themselves."""
    gc.collect()
    before = _count(kind)
    gc.disable()
    try:
        yield
        left = _count(kind) - before
    finally:
        gc.enable()
    assert left == 0, f"{left} of {kind.__name__} are in a cycle"


def _count(kind: type[object]) -> int:
    return sum(isinstance(each, kind) for each in gc.get_objects())
