"""Documents that were made to be looked at, for the minutes in which somebody may: clients of the
dialect ask for an address first, and for what is there afterwards.

Kept in memory, within a size: whoever comes too late asks for another.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct

from actors.ports import DeskKey
from executors.documents.formats import Format
from executors.documents.port import Rendered

KEPT_S = 600.0
MAX_KEPT = 64
MAX_OF_DESK = 8
MAX_BYTES = 32 * 1024 * 1024
_KEY_BYTES = 16


class Preview(Struct, frozen=True):
    """One document, of that template of that desk."""

    desk: DeskKey
    template: str
    format: Format
    made: Rendered
    until: float


class KeptPreviews:
    """One for a server."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        # By their keys, the oldest first. Written by `keep` and `_forget`.
        self._kept: OrderedDict[str, Preview] = OrderedDict()

    def keep(self, desk: DeskKey, template: str, format: Format, made: Rendered) -> str | None:
        """Its key; None where it is larger than all that is kept may be."""
        if len(made.data) > MAX_BYTES:
            return None
        now, key = self._clock(), secrets.token_urlsafe(_KEY_BYTES)
        self._kept[key] = Preview(desk, template, format, made, now + KEPT_S)
        self._forget(now, desk)
        return key

    def find(self, desk: DeskKey, template: str, key: str) -> Preview | None:
        """None for what is not there any more, or another's."""
        found = self._kept.get(key)
        mine = found is not None and (found.desk, found.template) == (desk, template)
        return found if found is not None and mine and self._clock() < found.until else None

    def _forget(self, now: float, desk: DeskKey) -> None:
        of_desk = [key for key, kept in self._kept.items() if kept.desk == desk]
        late = [key for key, kept in self._kept.items() if kept.until <= now]
        for key in {*late, *of_desk[:-MAX_OF_DESK]}:
            del self._kept[key]
        size_bytes = sum(len(kept.made.data) for kept in self._kept.values())
        while len(self._kept) > MAX_KEPT or size_bytes > MAX_BYTES:
            _, oldest = self._kept.popitem(last=False)
            size_bytes -= len(oldest.made.data)
