"""The files of the links that lead to a desk: the new one is there before a generation names it, an
old one stays until no generation does.

Used by `actors.session.session`, around its saves.
"""

from __future__ import annotations

import trio

from actors.house import House
from actors.ports import DeskKey, Link
from actors.session.roster import Roster


class LinkFiles:
    """`link` is the one that the desk was read with. Every attribute is written by the session's
    task."""

    def __init__(self, desk: DeskKey, house: House, roster: Roster, link: str | None) -> None:
        self._desk = desk
        self._store = house.store
        self._roster = roster
        # What the newest generation names, and what only the one before it does: their files go
        # with the next save.
        self._named = link
        self._old: list[Link] = []

    async def saving(self, link: str | None) -> None:
        """Before a save that names it. Raises StorageError."""
        if link is not None and link != self._named:
            await self._store.save_link(self._desk, Link(link))

    def saved(self, link: str | None, tasks: trio.Nursery) -> bool:
        """After each save; whether the desk is to be saved once more, at once: one that falls back
        on the generation before must not let in whoever was shut out."""
        for old in self._old:
            tasks.start_soon(self._roster.delete_link, old)
        is_new = link != self._named
        self._old = [Link(self._named)] if is_new and self._named is not None else []
        self._named = link
        return is_new
