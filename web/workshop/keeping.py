"""How presets and characters are kept and read, whichever of them: what is the same for both.

Used by `web.workshop.presets` and `web.workshop.characters`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from msgspec import UNSET
from msgspec.structs import asdict, replace

from actors.errors import ActorError, EntryChanged
from state.library import Character, Preset
from web.workshop.said import Said

Kept = TypeVar("Kept")
Entry = TypeVar("Entry", Preset, Character)


async def until_kept(attempt: Callable[[], Awaitable[Kept]], *, anew: bool) -> Kept:
    """What an attempt comes to. Where somebody else was faster it is made `anew`, of what is there
    by then; else that raises EntryChanged."""
    while True:
        try:
            return await attempt()
        except EntryChanged:
            if not anew:
                raise


async def still_there(
    read: Callable[[str], Awaitable[Kept]], ids: Iterable[str], gone: type[ActorError]
) -> list[Kept]:
    """Those that reading does not find to be `gone`."""
    found: list[Kept] = []
    for id in ids:
        try:
            found.append(await read(id))
        except gone:
            continue
    return found


def applied(entry: Entry, said: Said) -> Entry:
    """It, with what is said of it."""
    given = {field: value for field, value in asdict(said).items() if value is not UNSET}
    return replace(entry, **given)
