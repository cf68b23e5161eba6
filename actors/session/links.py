"""The files of the links that lead to a desk, its owner's and those of its shares: a new one is
there before a generation names it, an old one stays until no generation does.

Used by `actors.session.session`, around its saves.
"""

from __future__ import annotations

import trio

from actors.house import House
from actors.ports import DeskKey, Link
from actors.session.roster import Roster
from state.model import DeskState


class LinkFiles:
    """`state` is what the desk was read as. Every attribute is written by the session's task."""

    def __init__(self, desk: DeskKey, house: House, roster: Roster, state: DeskState) -> None:
        self._desk = desk
        self._store = house.store
        self._roster = roster
        # What the newest generation names, the owner's apart, and what only the one before it
        # does: their files go with the next save.
        self._own = state.link
        self._named = state.links
        self._old: list[Link] = []

    async def saving(self, state: DeskState) -> None:
        """Before a save that names them. Raises StorageError."""
        for link in sorted(state.links - self._named):
            await self._store.save_link(self._desk, Link(link))

    def saved(self, state: DeskState, tasks: trio.Nursery) -> bool:
        """After each save; whether the desk is to be saved once more, at once: one that falls back
        on the generation before must not let in whoever was shut out."""
        for old in self._old:
            tasks.start_soon(self._roster.delete_link, old)
        self._old = [Link(link) for link in sorted(self._named - state.links)]
        shuts_out = bool(self._old) or state.link != self._own
        self._own, self._named = state.link, state.links
        return shuts_out
