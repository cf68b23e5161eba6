"""The files of a desk's library, read for whoever has just been told of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from state.errors import LibraryMissing

E = TypeVar("E")
T = TypeVar("T")


async def newest(find: Callable[[], E], read: Callable[[E], Awaitable[T]]) -> tuple[E, T]:
    """What `find` tells, and what `read` finds of it. A file that has gone because it was replaced
    while we read is no damage: then the newer one is read. Raises what both raise."""
    found = find()
    while True:
        try:
            return found, await read(found)
        except LibraryMissing:
            before, found = found, find()
            if found == before:
                raise
