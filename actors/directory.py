"""From a desk's key to its handle, waking the desk where it sleeps.

The map holds the desks that are in memory, are being opened, or are parked. Callers put entries in;
from then on an entry is written by the supervisor's task for that desk, which also takes it out.
"""

from __future__ import annotations

from functools import partial

import trio

from actors.errors import ActorError, DeskUnavailable, NotFound
from actors.feed import Feed
from actors.handle import DeskHandle
from actors.ports import DeskKey
from actors.session.mailbox import Mailbox

# Desks that may wait to be opened while the supervisor is busy starting others.
WAITING = 1_024


class Entry:
    """A desk in memory, from the wish to open it until it is gone."""

    def __init__(self, key: DeskKey, *, create: bool) -> None:
        self.key = key
        self.create = create
        self.feed = Feed()
        self.handle = DeskHandle(key, self.feed)
        # Written by the supervisor's task for this desk. `opened` is set when the desk can be used
        # or `failure` says why not; `gone` when the entry has left the map.
        self.opened = trio.Event()
        self.gone = trio.Event()
        self._failure: partial[ActorError] | None = None
        # Written by the supervisor: the desk is to end. Its task is shielded from the cancelling
        # of the server, so that desks are ended in order, and is cancelled through `scope`.
        self.closing = False
        self.asked_to_close = trio.Event()
        self.scope = trio.CancelScope(shield=True)

    def begin(self, mailbox: Mailbox) -> None:
        """The desk's actor lives (again)."""
        self.handle.attach(mailbox)
        self.opened.set()
        if self.closing:
            mailbox.close()

    def close(self) -> None:
        """Let the desk end in its own time; whoever wants it meanwhile waits for the next."""
        self.closing = True
        self.asked_to_close.set()
        self.handle.close()

    def fail(self, kind: type[ActorError], reason: str) -> None:
        """Whoever wants this desk is told why; each gets an exception of its own. The first
        reason stands: a desk that does not exist is not "put to rest" when its entry goes."""
        self._failure = self._failure or partial(kind, reason)
        self.feed.close(reason)
        self.opened.set()

    @property
    def failure(self) -> ActorError | None:
        return None if self._failure is None else self._failure()


class Directory:
    """Used by the front end; closed by the supervisor when it stops."""

    def __init__(self) -> None:
        # Written by `open` (callers) and `remove` (the supervisor's tasks).
        self._entries: dict[DeskKey, Entry] = {}
        self._wishes, self.wishes = trio.open_memory_channel[Entry](WAITING)
        # Written by the supervisor, once.
        self._closed = False

    async def find(self, key: DeskKey) -> DeskHandle:
        """The desk, awake. Raises NotFound, DeskUnavailable."""
        return self._used(await self.open(key, create=False))

    async def create(self, key: DeskKey) -> DeskHandle:
        """The desk, made durably where there is none yet. Raises DeskUnavailable."""
        while True:
            try:
                return self._used(await self.open(key, create=True))
            except NotFound:
                # Somebody looked for it just before: that look is over, now it can be made.
                await trio.lowlevel.checkpoint()

    async def open(self, key: DeskKey, *, create: bool) -> Entry:
        """The entry of a desk that can be used. Raises NotFound, DeskUnavailable."""
        while True:
            entry = self._entries.get(key) or self._enter(key, create=create)
            if entry.closing:
                await entry.gone.wait()
                continue
            await entry.opened.wait()
            failure = entry.failure
            if failure is not None:
                raise failure
            if not entry.closing:
                return entry

    def __contains__(self, key: DeskKey) -> bool:
        return key in self._entries

    def entries(self) -> list[Entry]:
        return list(self._entries.values())

    def remove(self, entry: Entry) -> None:
        del self._entries[entry.key]
        entry.gone.set()

    def close(self) -> None:
        """Open no more desks."""
        self._closed = True

    def _enter(self, key: DeskKey, *, create: bool) -> Entry:
        if self._closed:
            raise DeskUnavailable("the server is stopping")
        entry = Entry(key, create=create)
        try:
            self._wishes.send_nowait(entry)
        except trio.WouldBlock:
            raise DeskUnavailable("too many desks are being opened") from None
        self._entries[key] = entry
        return entry

    @staticmethod
    def _used(entry: Entry) -> DeskHandle:
        entry.handle.found = True
        entry.handle.touch()
        return entry.handle
