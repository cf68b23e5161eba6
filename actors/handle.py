"""What the front end holds of a desk: ask it, read what it shows, wait for news.

Given out by `actors.directory`. Good for as long as the desk is in memory, restarts of its actor
included; after that every use raises DeskUnavailable, and the directory finds the desk anew.
"""

from __future__ import annotations

from collections import deque
from contextlib import AbstractContextManager

import trio

from actors.caller import SYSTEM, Caller
from actors.errors import DeskUnavailable
from actors.feed import Feed
from actors.messages import Command, Published, Reply
from actors.ports import DeskKey
from actors.session.mailbox import Mailbox

# Reads and refusals that may wait for an actor that restarts; of more, the newest.
UNNOTED_MAX = 64


class DeskHandle:
    """May be used by any task. Nothing here blocks for longer than it says."""

    def __init__(self, key: DeskKey, feed: Feed) -> None:
        self.key = key
        self._feed = feed
        # Written by the supervisor's task for this desk: the mailbox of the living actor.
        self._mailbox: Mailbox | None = None
        # Written by `note`, and by the supervisor's task when there is a mailbox again.
        self._unnoted: deque[tuple[str, Caller, str | None, str]] = deque(maxlen=UNNOTED_MAX)
        # Written by whoever uses the desk: when that was, in the loop's time.
        self._used_at: float | None = None
        # Written by the directory: somebody was given this handle.
        self.found = False

    @property
    def published(self) -> Published:
        """The newest snapshot."""
        return self._feed.published

    @property
    def subscribers(self) -> int:
        """How many hold `subscribe` open now."""
        return self._feed.subscribers

    async def ask(self, command: Command, by: Caller = SYSTEM) -> Reply:
        """Have a command carried out on behalf of `by`; returns once it is durable.

        Raises one of `actors.errors`; DeskUnavailable also when the actor dies or stops before it
        could answer (then whether the command was done is not known). A sender that is cancelled
        takes nothing back.
        """
        self.touch()
        if self._mailbox is None:
            raise DeskUnavailable("the desk is not running at this moment")
        return await self._mailbox.offer(command, by).answer()

    def note(self, what: str, by: Caller, job_id: str | None = None, outcome: str = "ok") -> None:
        """Have the audit log say that `by` read this, or was refused it before the desk was asked
        (then `outcome` is the code), within moments. Never waits. What comes while the actor
        restarts is noted by its next life."""
        self.touch()
        if self._mailbox is None:
            self._unnoted.append((what, by, job_id, outcome))
        else:
            self._mailbox.note(what, by, job_id, outcome)

    async def wait_newer(self, revision: int) -> Published:
        """The snapshot once its revision is another than `revision`, which may be at once."""
        self.touch()
        return await self._feed.wait_newer(revision)

    def subscribe(self) -> AbstractContextManager[None]:
        """Be counted, and keep the desk awake, for the length of a `with` block."""
        return self._feed.subscribe()

    # ------------------------------------------------------ for the supervisor and directory

    def touch(self) -> None:
        self._used_at = trio.current_time()

    @property
    def used_at(self) -> float | None:
        return self._used_at

    def attach(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        while self._unnoted:
            mailbox.note(*self._unnoted.popleft())

    def detach(self) -> None:
        self._mailbox = None

    def close(self) -> None:
        if self._mailbox is not None:
            self._mailbox.close()
