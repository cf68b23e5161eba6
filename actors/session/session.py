"""The desk's actor: takes all that waits, decides it, saves once, then shows, answers and acts.

Run by `actors.supervisor`. The order is the promise: nothing is seen or answered before it is on
disk, except soft progress, which a crash may take back.
"""

from __future__ import annotations

import trio
from msgspec.structs import replace

from actors.alarms import Alarms
from actors.feed import Feed
from actors.house import HEADROOM, House
from actors.messages import (
    DeskOpened,
    JobEnded,
    JobProgressed,
    StatusFact,
    SweepDue,
)
from actors.ports import DeskKey
from actors.purse import DeskPurse
from actors.rules import facts, retention
from actors.rules.change import Moment
from actors.session.display import Display
from actors.session.links import LinkFiles
from actors.session.mailbox import Batch, Mailbox, ShelvedCommand, StagedCommand
from actors.session.measured import measured
from actors.session.opening import first_revision
from actors.session.passes import Passes
from actors.session.post import Post
from actors.session.receipt import OnDisk
from actors.session.roster import Roster, interruptions
from actors.session.shelf import Shelf
from actors.session.staging import stage, unavailable
from actors.session.trail import Trail, lines_of
from actors.session.turn import Turn
from state.errors import StorageError, StorageFull, StorageReadOnly
from state.views import Loaded

# After a failed save: how long until one is tried again that no command asks for.
STORAGE_RETRY_S = 1.0
# How long the save of a desk that is being cancelled may take.
LAST_SAVE_S = 2.0


class Session:
    """Every attribute is written by the task that calls `run`, and by no other."""

    def __init__(
        self,
        desk: DeskKey,
        loaded: Loaded,
        house: House,
        mailbox: Mailbox,
        feed: Feed,
        alarms: Alarms,
        *,
        restart: bool,
    ) -> None:
        self._desk = desk
        self._house = house
        self._settings = house.settings
        self._mailbox = mailbox
        self._alarms = alarms
        state = loaded.state
        interrupted = interruptions(state, restart=restart)
        self._purse = DeskPurse(house.settings.desk_cap, state.day_spend, house.now)
        self._roster = Roster(desk, house, mailbox, interrupted, self._purse)
        # The desk, what of it the last save wrote and when, and whether soft progress or a
        # recount has added to it since.
        self._state = state
        self._on_disk = OnDisk(state, loaded.saved_at)
        self._dirty = loaded.ahead
        self._saved_at = trio.current_time()
        # What was shown last, and whether there is newer soft progress to show.
        self._revision = first_revision(state)
        self._display = Display(feed, self._revision, self._settings.limits)
        self._shown_at = trio.current_time()
        self._unshown = False
        # Facts that are not on disk yet. After a failed save: when to try again by ourselves.
        self._unsaved: list[StatusFact] = [DeskOpened(restart)]
        self._retry_at: float | None = None
        self._read_only = False
        # Whether the disk has to take a save before all is well: it was read-only, or the life
        # before this one ended in a save of which nobody knows whether it is durable.
        self._unproven = restart
        self._links = LinkFiles(desk, house, self._roster, state)
        self._shelf = Shelf(desk, house, mailbox, state)
        self._trail = Trail(desk, house, mailbox.notes)
        self._passes = Passes(desk, house, mailbox, alarms)
        self._post = Post(desk, house, mailbox, alarms)
        self._sizes = house.store.sizes
        self._sizes.limit(desk, house.settings.limit_bytes(guest=state.guest))
        # Once the mailbox was closed: until when running items may end.
        self._drain_until: float | None = None

    @property
    def busy(self) -> bool:
        """Something runs or waits here: the desk must stay in memory."""
        waiting = self._unsaved or self._unproven or self._mailbox.unanswered or self._passes.busy
        return bool(len(self._roster) or waiting or self._state.outbox)

    @property
    def sweep_at(self) -> float | None:
        """When the next ended job is to be swept, on the wall clock; None where none has ended."""
        return retention.next_sweep(self._state, self._settings.retention_s)

    @property
    def expires_at(self) -> float | None:
        """When the desk itself is to go, on the wall clock; None where it stays."""
        return retention.expires_at(self._state, self._settings.retention_s)

    @property
    def pass_at(self) -> float | None:
        """When the next pass of a schedule is due, on the wall clock; None where none is."""
        return self._passes.due_at(self._state)

    def open(self) -> None:
        """Show the desk as it was read. What a life that died before its first save has shown as
        this revision stands until the first save of this one."""
        disk = self._sizes.usage(self._desk)
        self._display.show(
            self._state, self._revision, (), self._on_disk, read_only=False, disk=disk
        )
        if self._dirty:
            # What a recount corrected carries the next revision. What is decided now is news again:
            # one revision for both, and a front end would keep showing the first.
            self._revision += 1
        self._set_alarm()

    async def run(self, tasks: trio.Nursery) -> None:
        """Serve until the mailbox is closed and nothing runs. Runners are children of `tasks`.

        Raises StorageError when a command's save failed and the disk may hold either version: the
        supervisor then starts the desk anew from what is there.
        """
        try:
            while not self._over():
                with trio.move_on_at(self._due()):
                    await self._mailbox.wait()
                await self._turn(tasks)
                await self._trail.keep()
                await self._shelf.keep(self._state, self._roster.job_ids, tasks)
        finally:
            self._shelf.stop()
            self._passes.stop()
            self._post.stop()
            self._alarms.cancel(("sweep", self._desk))
            with trio.move_on_after(LAST_SAVE_S, shield=True):
                if self._dirty and self._retry_at is None:
                    await self._save_last()
                await self._trail.keep(closing=True)

    # ------------------------------------------------------------------------ when to act

    def _over(self) -> bool:
        mailbox = self._mailbox
        idle = mailbox.empty and not mailbox.unanswered and not self._unsaved
        return mailbox.closed and idle and not len(self._roster)

    def _due(self) -> float:
        """When to act though nothing arrives; never, for a clean desk."""
        due = self._trail.due
        retry_at = self._retry_at or 0.0
        if self._unsaved or self._unproven:
            due = retry_at
        if self._dirty:
            due = min(due, max(retry_at, self._saved_at + self._settings.save_every_s))
        if self._unshown:
            show_at = self._shown_at + self._settings.publish_interval_s
            due = min(due, max(retry_at, show_at) if self._headroom_used() else show_at)
        if self._mailbox.closed:
            due = min(due, 0.0 if self._drain_until is None else self._drain_until)
        return due

    def _headroom_used(self) -> bool:
        return self._revision + 1 >= self._on_disk.state.revision + HEADROOM

    def _may_save(self, now: float) -> bool:
        return self._retry_at is None or now >= self._retry_at

    def _save_due(self, now: float) -> bool:
        if not self._may_save(now):
            return False
        if self._unproven:
            return True
        if self._show_due(now) and self._headroom_used():
            return True
        return self._dirty and now >= self._saved_at + self._settings.save_every_s

    def _show_due(self, now: float) -> bool:
        return self._unshown and now >= self._shown_at + self._settings.publish_interval_s

    # --------------------------------------------------------------------------- one turn

    async def _turn(self, tasks: trio.Nursery) -> None:
        now = trio.current_time()
        batch = self._mailbox.take()
        moment = Moment(self._house.now(), self._revision + 1, self._house.calendar)
        self._note(batch, moment)
        self._drain_if_closed(now)
        turn = self._decide(batch, moment, tasks, retry=self._may_save(now))
        to_save = turn.changed or self._save_due(now)
        saved = to_save and await self._save(turn, tasks)
        self._shelf.decided(turn.shelved)
        if to_save and not saved:
            return
        if saved or (self._show_due(now) and not self._headroom_used()):
            self._show(turn)
        self._conclude(turn, tasks)

    def _note(self, batch: Batch, moment: Moment) -> None:
        """Lay soft progress over the state, and see which runners are over."""
        for fact in batch.progress:
            self._unshown = True
            self._display.set_live(fact)
            self._lay_over(fact, moment)
        for ended in batch.facts:
            if isinstance(ended, JobEnded):
                self._roster.ended(ended.job_id)
                self._display.drop_live(ended.job_id)
                # Of a job that was paused before, nothing but that may be new.
                self._unshown = True
        self._unsaved += batch.facts

    def _lay_over(self, fact: JobProgressed, moment: Moment) -> None:
        state = facts.progressed(self._state, fact, moment)
        if state is not self._state:
            self._state = state
            self._dirty = True
            self._purse.know(state.jobs, state.day_spend)

    def _drain_if_closed(self, now: float) -> None:
        if not self._mailbox.closed:
            return
        if self._drain_until is None:
            self._drain_until = now + self._settings.drain_s
            self._roster.drain()
        elif now >= self._drain_until:
            self._drain_until = float("inf")
            self._roster.cancel()

    def _decide(self, batch: Batch, moment: Moment, tasks: trio.Nursery, *, retry: bool) -> Turn:
        """Decide all that waits. Facts that could not be saved wait for a command or `retry`."""
        mailbox = self._mailbox
        turn = Turn(
            self._state,
            moment,
            self._settings,
            self._display.seen(self._state),
            stopping=mailbox.closed,
        )
        if retry or batch.letters or batch.staged:
            turn.take_facts(self._unsaved)
        turn.take_staged(batch.staged)
        for letter in batch.letters:
            command = letter.command
            if not isinstance(command, StagedCommand):
                turn.take_command(letter, command)
            elif not turn.is_new(letter, command):
                continue
            elif isinstance(command, ShelvedCommand):
                self._shelf.bring(letter, command, tasks)
            else:
                house, roster = self._house, self._roster
                known = turn.state
                tasks.start_soon(stage, self._desk, house, mailbox, roster, letter, command, known)
        turn.finish()
        for letter, error in turn.refusals:
            mailbox.answer(letter, error)
        self._house.stats.refusals += len(turn.refusals)
        return turn

    # --------------------------------------------------------------- saved, shown, acted on

    async def _save(self, turn: Turn, tasks: trio.Nursery) -> bool:
        """Make the turn durable. False: it did not happen, and its senders have been told."""
        state = replace(turn.state, revision=turn.moment.revision)
        known = {*turn.touched, *turn.created, *self._roster.job_ids}
        state = measured(state, known, self._sizes, self._desk)
        done = lines_of(turn)
        lines = self._trail.take(done)
        save, essential = self._house.store.save, turn.essential
        began = trio.current_time()
        try:
            await self._links.saving(state)
            untold = await save(self._desk, state, essential=essential, audit=lines)
        except StorageError as error:
            self._trail.give_back(lines[: len(lines) - len(done)])
            self._shelf.save_failed(state)
            self._save_failed(turn, error, tasks)
            return False
        self._trail.settle(lines, untold)
        self._house.save_times.add(trio.current_time() - began)
        self._house.stats.saves += 1
        self._house.stats.save_failing = False
        self._state = state
        self._purse.know(state.jobs, state.day_spend)
        self._on_disk = OnDisk(state, self._house.now())
        self._saved_at = trio.current_time()
        self._dirty = False
        self._retry_at = None
        self._read_only = False
        self._unproven = False
        self._shelf.saved(state)
        if self._links.saved(state, tasks):
            self._dirty = True
            self._saved_at = float("-inf")
        return True

    def _save_failed(self, turn: Turn, error: StorageError, tasks: trio.Nursery) -> None:
        """Tell the senders. What runs goes on: only facts and soft progress wait for a retry.

        Where the store kept the old version, memory still equals the disk. Elsewhere a command may
        be on disk though it was refused: the desk has to be read again.
        """
        self._house.stats.save_failures += 1
        self._house.stats.save_failing = True
        self._house.log.warning("a desk was not saved", desk=self._desk[:8], error=str(error))
        for answer in turn.answers:
            self._mailbox.answer(answer.letter, unavailable(error))
        self._retry_at = trio.current_time() + STORAGE_RETRY_S
        self._unproven = self._unproven or isinstance(error, StorageReadOnly)
        self._show_trouble(read_only=isinstance(error, StorageReadOnly))
        if turn.commanded and not isinstance(error, StorageFull | StorageReadOnly):
            raise error
        for job_id in (*turn.orphans, *turn.created):
            tasks.start_soon(self._roster.delete_files, job_id)

    def _show_trouble(self, *, read_only: bool) -> None:
        """Shown once, not at every try: a disk that fails for long is no news each second. And
        where nothing is left to be saved, its sender's refusal has told all there is to tell."""
        failing = self._dirty or bool(self._unsaved)
        if (failing, read_only) != (self._on_disk.failing, self._read_only):
            self._on_disk = replace(self._on_disk, failing=failing)
            self._read_only = read_only
            self._unshown = True

    def _show(self, turn: Turn) -> None:
        self._revision = turn.moment.revision
        self._shown_at = trio.current_time()
        self._unshown = False
        self._display.show(
            self._state,
            self._revision,
            turn.transitions,
            self._on_disk,
            read_only=self._read_only,
            disk=self._sizes.usage(self._desk),
        )

    def _conclude(self, turn: Turn, tasks: trio.Nursery) -> None:
        """The turn is durable: answer, then act."""
        if turn.took_facts:
            self._unsaved.clear()
        self._shelf.concluded(learned=turn.learned, took_model=turn.took_model)
        for answer in turn.answers:
            self._mailbox.answer(answer.letter, answer.reply)
        self._house.stats.refusals += len(turn.answers) - turn.commanded
        self._house.stats.commands += turn.commanded
        self._roster.reconcile(self._state, turn.touched, tasks)
        if self._mailbox.closed:
            self._roster.drain()
        self._passes.decided(turn.brought)
        self._passes.bring(turn.due_passes, tasks)
        self._post.decided(turn.tried, turn.given_up)
        self._post.send(self._state, tasks)
        for job_id in (*turn.orphans, *turn.unused):
            tasks.start_soon(self._roster.delete_files, job_id)
        if turn.transitions or turn.took_facts:
            # Also where nothing was due yet: the clock on the wall may be behind the alarm's.
            self._set_alarm()

    def _set_alarm(self) -> None:
        """Be woken when the next ended job is to be swept, and for the next pass."""
        self._passes.set_alarm(self._state)
        due = self.sweep_at
        if due is None:
            self._alarms.cancel(("sweep", self._desk))
            return
        at = trio.current_time() + max(0.0, due - self._house.now())
        self._alarms.set(("sweep", self._desk), at, lambda: self._mailbox.report(SweepDue()))

    async def _save_last(self) -> None:
        """Keep soft progress when the desk ends. A loss costs a recount at the next start, since
        every outcome is in its job's own file."""
        state = replace(self._state, revision=self._revision + 1)
        try:
            await self._house.store.save(self._desk, state)
        except StorageError as error:
            self._house.log.warning(
                "soft progress was not saved", desk=self._desk[:8], error=str(error)
            )
