"""A guest's hold on a desk: as good as the link it came by, and looked at again at every use.

Given out by `actors.directory`, one for each desk and its present link, so that a socket, a long
poll and a request in the middle of its work all end when the link is replaced.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from actors.caller import SYSTEM, Caller
from actors.errors import NotFound
from actors.handle import DeskHandle
from actors.messages import Command, Published, Reply
from actors.ports import DeskKey, Link
from actors.rules.links import opens


class LinkedDesk:
    """A `DeskHandle` whose every use raises NotFound once the link is another."""

    def __init__(self, handle: DeskHandle, link: Link) -> None:
        self._handle = handle
        self.link = link

    @property
    def key(self) -> DeskKey:
        return self._handle.key

    @property
    def published(self) -> Published:
        """The newest snapshot."""
        published = self._handle.published
        if not opens(self.link, self.key, published):
            raise NotFound("the desk has another link")
        return published

    @property
    def subscribers(self) -> int:
        """How many hold `subscribe` open now."""
        return self._handle.subscribers

    async def ask(self, command: Command, by: Caller = SYSTEM) -> Reply:
        """Have a command carried out; see `DeskHandle.ask`."""
        self._check()
        return await self._handle.ask(command, by)

    def note(self, what: str, by: Caller, job_id: str | None = None, outcome: str = "ok") -> None:
        """Have the audit log say what was read or refused; see `DeskHandle.note`."""
        self._handle.note(what, by, job_id, outcome)

    async def wait_newer(self, revision: int) -> Published:
        """The snapshot once its revision is another; a new link comes with one."""
        self._check()
        await self._handle.wait_newer(revision)
        return self.published

    def subscribe(self) -> AbstractContextManager[None]:
        """Be counted, and keep the desk awake, for the length of a `with` block."""
        return self._handle.subscribe()

    def _check(self) -> None:
        """Raises NotFound where the link does not hold any more."""
        _ = self.published
