"""Keeps the desks: wakes them, restarts those that die, parks those that keep dying, retires idle
ones, and ends all of them when the server stops.

Built and run by `nightdesk.serve`. Holds the session nursery; one task a desk in memory.
"""

from __future__ import annotations

import trio

from actors.alarms import Alarms
from actors.directory import Directory, Entry
from actors.errors import ActorError, DeskUnavailable, NotFound, cause_of
from actors.house import House, Stats
from actors.ports import DeskKey
from actors.restarts import Patience, RestartBudget
from actors.session.mailbox import Mailbox
from actors.session.opening import open_state, tell_interrupted
from actors.session.session import Session
from actors.sweeper import Sweeper
from actors.waker import Waker
from state.errors import DeskMissing, DeskUnreadable, DeskUnreadableNow, StorageError

# Desks that are opened at once when the server starts.
BOOTING = 32
# When one that could not be opened is tried again: soon, then more seldom, but work goes on soon
# after the disk does.
BOOT_RETRY_S = 1.0
BOOT_RETRY_MAX_S = 4.0
# All together are not tried more often than that: thousands of desks on a disk that fails for long
# leave the loop to those that can be served.
BOOT_RETRIES_PER_S = 500.0
# How long a desk that cannot be opened now is not tried again, whoever asks for it.
OPEN_RETRY_S = 0.5


class Supervisor:
    """`directory` is for the front end; `stats` and `parked` for its health pages."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._settings = house.settings
        self._alarms = Alarms(house.now)
        self.directory = Directory(house.store)
        # Written by the tasks of desks: why each of them is parked.
        self._parked: dict[DeskKey, str] = {}
        # By the same, as they park it: when, on the wall clock.
        self.parked_at: dict[DeskKey, float] = {}
        self._sweeper = Sweeper(house, self.directory)
        self._waker = Waker(house, self.directory, self._alarms, self._parked)
        # Written by the tasks that open desks at the start: how many are to be tried again.
        self._unopened = 0

    @property
    def stats(self) -> Stats:
        return self._house.stats

    @property
    def parked(self) -> dict[DeskKey, str]:
        """The desks that answer 503 until the server is started anew, and why."""
        return dict(self._parked)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled; then drain and save every desk within `stop_s`.

        Ready at once: desks with unfinished work are opened meanwhile, a few at a time.
        """
        unfinished = await self._house.store.unfinished()
        self.stats.desks_booting = len(unfinished)
        async with trio.open_nursery() as desks:
            try:
                async with trio.open_nursery() as helpers:
                    helpers.start_soon(self._alarms.run)
                    helpers.start_soon(self._sweeper.run)
                    helpers.start_soon(self._waker.run)
                    helpers.start_soon(self._boot, unfinished)
                    task_status.started()
                    await self._start_wished(desks)
            finally:
                ending = self._close_desks()
                with trio.move_on_after(self._settings.stop_s, shield=True):
                    await _wait_gone(ending)
                for entry in ending:
                    entry.scope.cancel()

    async def _start_wished(self, desks: trio.Nursery) -> None:
        async for entry in self.directory.wishes:
            desks.start_soon(self._keep, entry)

    # -------------------------------------------------------------------------- one desk

    async def _keep(self, entry: Entry) -> None:
        """One desk, from the wish to open it until it is gone from memory, or parked."""
        self._sweeper.awake(entry.key)
        self._waker.awake(entry.key)
        with entry.scope:
            await self._keep_alive(entry)
            if entry.may_go and entry.expires_at is not None:
                await self._let_go(entry, entry.expires_at)
        self._alarms.cancel(("idle", entry.key))
        self._house.store.sizes.forget(entry.key)
        if entry.key not in self._parked:
            entry.fail(DeskUnavailable, "the desk was put to rest")
            self.directory.remove(entry)

    async def _let_go(self, entry: Entry, expires_at: float) -> None:
        """Remove a desk that was never used, if its time is over. Whoever wants it now waits for
        its entry to be gone."""
        if expires_at > self._house.now():
            return
        try:
            gone = await self._house.store.delete_desk(entry.key)
        except StorageError as error:
            # Due still, and so tried again at the next sweep.
            self._house.log.warning("a desk was not removed", desk=entry.key[:8], error=str(error))
            return
        self._sweeper.asleep(entry.key, None)
        if gone:
            self._sweeper.awake(entry.key)
            self._house.log.info("a desk that was never used is removed", desk=entry.key[:8])

    async def _keep_alive(self, entry: Entry) -> None:
        budget = RestartBudget(self._settings.restarts_max, self._settings.restarts_window_s)
        patience = Patience()
        while True:
            try:
                return await self._live(entry)
            except DeskMissing:
                return entry.fail(NotFound, "there is no such desk")
            except Exception as death:  # noqa: BLE001 - the one place where a desk's death ends
                cause = cause_of(death)
                reason = _words(death)
                by_disk = isinstance(cause, StorageError | DeskUnreadableNow)
                if isinstance(cause, DeskUnreadable) and not by_disk:
                    return self._park(entry, str(cause))
                self._tell_death(entry, reason, by_disk=by_disk)
                if not entry.opened.is_set():
                    return await self._fail_now(entry, reason)
                now = trio.current_time()
                pause_s = patience.spend(now) if by_disk else budget.spend(now)
                if pause_s is None:
                    return self._park(entry, f"it died too often: {reason}")
            if entry.closing:
                return None
            self.stats.restarts += 1
            await trio.sleep(pause_s)

    async def _live(self, entry: Entry) -> None:
        """One life of a desk's actor: from its file until it ends or dies."""
        restart = entry.opened.is_set()
        loaded = await open_state(entry.key, self._house, create=entry.create, guest=entry.guest)
        tell_interrupted(entry.key, loaded.state, self._house, restart=restart)
        mailbox = Mailbox(self._settings.mailbox_size, self._house.now)
        session = Session(
            entry.key, loaded, self._house, mailbox, entry.feed, self._alarms, restart=restart
        )
        self.stats.desks_live += 1
        try:
            async with trio.open_nursery() as tasks:
                session.open()
                entry.begin(mailbox)
                self._look_at_idle(entry, session)
                await session.run(tasks)
            entry.expires_at = session.expires_at
            self._sweeper.asleep(entry.key, entry.expires_at or session.sweep_at)
            self._waker.asleep(entry.key, session.pass_at)
        finally:
            self.stats.desks_live -= 1
            entry.handle.detach()
            mailbox.abandon(DeskUnavailable("the desk was interrupted; it restarts"))

    def _tell_death(self, entry: Entry, reason: str, *, by_disk: bool) -> None:
        # A disk that fails is no bug of ours: where in the code it was met helps nobody.
        tell = self._house.log.warning if by_disk else self._house.log.exception
        event = "a desk died" if entry.opened.is_set() else "a desk could not be opened"
        tell(event, desk=entry.key[:8], reason=reason)

    async def _fail_now(self, entry: Entry, reason: str) -> None:
        """Whoever asks within a moment is told the same, then the next who asks has it tried."""
        entry.fail(DeskUnavailable, f"the desk cannot be opened now: {reason}")
        with trio.move_on_after(OPEN_RETRY_S):
            await entry.asked_to_close.wait()

    def _park(self, entry: Entry, reason: str) -> None:
        self._house.log.error("a desk is parked", desk=entry.key[:8], reason=reason)
        self._parked[entry.key] = reason
        self.parked_at[entry.key] = self._house.now()
        entry.fail(DeskUnavailable, f"the desk is parked: {reason}")

    def _look_at_idle(self, entry: Entry, session: Session) -> None:
        """Retire the desk if nobody used it for long; else look again when that could be."""
        now = trio.current_time()
        used_at = entry.handle.used_at
        idle_at = (now if used_at is None else used_at) + self._settings.idle_after_s
        if used_at is None or session.busy or entry.feed.watched:
            idle_at = now + self._settings.idle_after_s
            entry.handle.touch()
        if idle_at <= now:
            entry.close()
        else:
            self._alarms.set(
                ("idle", entry.key), idle_at, lambda: self._look_at_idle(entry, session)
            )

    # ------------------------------------------------------------------- start and stop

    async def _boot(self, unfinished: list[DeskKey]) -> None:
        """Open the desks that have work to go on with."""
        if unfinished:
            self._house.log.info("desks with unfinished work are taken up", desks=len(unfinished))
        limiter = trio.CapacityLimiter(BOOTING)
        async with trio.open_nursery() as boots:
            for key in unfinished:
                await limiter.acquire_on_behalf_of(key)
                boots.start_soon(self._boot_one, key, limiter)

    async def _boot_one(self, key: DeskKey, limiter: trio.CapacityLimiter) -> None:
        """Its work goes on by itself, so a disk that fails just now is tried again."""
        try:
            over = await self._try_boot(key)
        finally:
            self.stats.desks_booting -= 1
            limiter.release_on_behalf_of(key)
        if not over:
            await self._boot_later(key)

    async def _boot_later(self, key: DeskKey) -> None:
        self._unopened += 1
        pause_s, over = BOOT_RETRY_S, False
        try:
            while not over:
                await trio.sleep(max(pause_s, self._unopened / BOOT_RETRIES_PER_S))
                pause_s = min(2 * pause_s, BOOT_RETRY_MAX_S)
                over = await self._try_boot(key)
        finally:
            self._unopened -= 1

    async def _try_boot(self, key: DeskKey) -> bool:
        """Open the desk; False where it is worth another try."""
        try:
            await self.directory.open(key, create=False)
        except ActorError as error:
            self._house.log.warning(
                "a desk with work was not opened", desk=key[:8], error=str(error)
            )
            return key in self._parked or isinstance(error, NotFound)
        return True

    def _close_desks(self) -> list[Entry]:
        """Have all desks drain and save; returns those that are waited for."""
        self.directory.close()
        self._refuse_wishes()
        ending = [entry for entry in self.directory.entries() if entry.key not in self._parked]
        for entry in ending:
            entry.close()
        return ending

    def _refuse_wishes(self) -> None:
        while True:
            try:
                entry = self.directory.wishes.receive_nowait()
            except trio.WouldBlock:
                return
            entry.fail(DeskUnavailable, "the server is stopping")
            self.directory.remove(entry)


async def _wait_gone(entries: list[Entry]) -> None:
    for entry in entries:
        await entry.gone.wait()


def _words(death: BaseException) -> str:
    """In a line. A runner that fails in the moment in which its desk dies is named too."""
    if isinstance(death, BaseExceptionGroup):
        return "; ".join(_words(cause) for cause in death.exceptions)
    return f"{type(death).__name__}: {death}"
