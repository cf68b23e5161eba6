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
from actors.linked import LinkedDesk
from actors.ports import DeskKey, Link, Store
from actors.rules.links import opens
from actors.session.mailbox import Mailbox
from actors.shared import SharedDesk
from state.errors import DeskUnreadable, StorageError

# Desks that may wait to be opened while the supervisor is busy starting others.
WAITING = 1_024


class Entry:
    """A desk in memory, from the wish to open it until it is gone."""

    def __init__(self, key: DeskKey, *, create: bool, guest: bool = True) -> None:
        self.key = key
        self.create = create
        self.guest = guest
        self.feed = Feed()
        self.handle = DeskHandle(key, self.feed)
        # Written by the directory: what guests are given who come by the desk's present link.
        self.linked: LinkedDesk | None = None
        # Written by the directory: what those are given who come by its share links.
        self.shared: dict[Link, SharedDesk] = {}
        # Written by the supervisor's task for this desk. `opened` is set when the desk can be used
        # or `failure` says why not; `gone` when the entry has left the map.
        self.opened = trio.Event()
        self.gone = trio.Event()
        self._failure: partial[ActorError] | None = None
        # Written by the sweeper as it puts a desk to rest that nobody uses: it may be removed.
        self.may_go = False
        # Written by the supervisor when the desk has ended: when it is over, on the wall clock;
        # None where something was ever done in it.
        self.expires_at: float | None = None
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

    def __init__(self, store: Store) -> None:
        self._store = store
        # Written by `open` (callers) and `remove` (the supervisor's tasks).
        self._entries: dict[DeskKey, Entry] = {}
        # The links, other than first ones, by which desks in memory were found: written by
        # `find_linked`, `find_shared` (callers) and `remove`.
        self._links: dict[Link, DeskKey] = {}
        self._wishes, self.wishes = trio.open_memory_channel[Entry](WAITING)
        # Written by the supervisor, once.
        self._closed = False

    async def find(self, key: DeskKey) -> DeskHandle:
        """The desk, awake. Raises NotFound, DeskUnavailable."""
        return self._used(await self.open(key, create=False))

    async def find_linked(self, link: Link) -> LinkedDesk:
        """The guest's desk that this link opens now, awake. Raises NotFound, DeskUnavailable.

        Of an unknown one the disk is asked twice: for the link, and for a desk whose first it is.
        """
        key = await self._led_to(link)
        entry = await self.open(key, create=False)
        if not opens(link, key, entry.feed.published):
            raise NotFound("the desk has another link")
        if entry.linked is None or entry.linked.link != link:
            if entry.linked is not None:
                self._links.pop(entry.linked.link, None)
            entry.linked = LinkedDesk(entry.handle, link)
            self._links[link] = key
        self._used(entry)
        return entry.linked

    async def find_shared(self, link: Link) -> SharedDesk:
        """The desk at which this link lets others look, awake. Raises NotFound, DeskUnavailable."""
        key = self._links.get(link) or await self._kept(link)
        if key is None:
            raise NotFound("there is no such share link")
        entry = await self.open(key, create=False)
        shared = entry.shared.get(link) or SharedDesk(entry.handle, link)
        try:
            _ = shared.share
        except NotFound:
            entry.shared.pop(link, None)
            self._links.pop(link, None)
            raise
        entry.shared[link] = shared
        self._links[link] = key
        self._used(entry)
        return shared

    async def _led_to(self, link: Link) -> DeskKey:
        key = self._links.get(link)
        if key is not None:
            return key
        first = DeskKey(link)
        if first in self._entries:
            return first
        return await self._kept(link) or first

    async def _kept(self, link: Link) -> DeskKey | None:
        try:
            return await self._store.find_link(link)
        except (DeskUnreadable, StorageError) as error:
            raise DeskUnavailable(f"the desk's link cannot be read: {error}") from error

    async def create(self, key: DeskKey, *, guest: bool = True) -> DeskHandle:
        """The desk, made durably where there is none yet; only a guest's has an address. Raises
        DeskUnavailable."""
        while True:
            try:
                return self._used(await self.open(key, create=True, guest=guest))
            except NotFound:
                # Somebody looked for it just before: that look is over, now it can be made.
                await trio.lowlevel.checkpoint()

    async def open(self, key: DeskKey, *, create: bool, guest: bool = True) -> Entry:
        """The entry of a desk that can be used. Raises NotFound, DeskUnavailable."""
        while True:
            entry = self._entries.get(key) or self._enter(key, create, guest)
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
        if entry.linked is not None:
            self._links.pop(entry.linked.link, None)
        for link in entry.shared:
            self._links.pop(link, None)
        entry.gone.set()

    def close(self) -> None:
        """Open no more desks."""
        self._closed = True

    def _enter(self, key: DeskKey, create: bool, guest: bool) -> Entry:
        if self._closed:
            raise DeskUnavailable("the server is stopping")
        entry = Entry(key, create=create, guest=guest)
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
