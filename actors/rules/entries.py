"""What holds for every kind of thing that a desk's library keeps. Pure; used by their rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from actors.errors import LimitReached
from state.library import ENTRY_MAX_BYTES, Entry

E = TypeVar("E", bound=Entry)


def check_room(kept: Mapping[str, E], entry: E, most: int, what: str) -> None:
    """Raises LimitReached where the entry is one too many, or takes up too much of the file that is
    saved with everything that happens on the desk."""
    if entry.id not in kept and len(kept) >= most:
        raise LimitReached(f"a desk keeps at most {most:,} {what}", limit=most)
    size_bytes = len(msgspec.json.encode(entry))
    if size_bytes > ENTRY_MAX_BYTES:
        said = f"its names, tags and mappings take up {size_bytes:,} bytes"
        raise LimitReached(f"{said}; at most {ENTRY_MAX_BYTES:,} are kept", limit=ENTRY_MAX_BYTES)


def without(kept: Mapping[str, E], id: str) -> dict[str, E]:
    """All but that one."""
    return {key: entry for key, entry in kept.items() if key != id}
