"""What waits for a desk's attention: commands with their senders, facts, progress.

Commands are bounded by `size`, counted until they are answered. Facts need no bound of their own:
progress is kept newest per job, and a runner reports few others in its life.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import trio
from msgspec import Struct

from actors.caller import SYSTEM, Caller, job_of, what_of
from actors.errors import ActorError, DeskUnavailable, MailboxFull, NotFound
from actors.library import SaveCommand
from actors.messages import (
    Command,
    CreateJob,
    Fact,
    JobProgressed,
    RemoveArtifacts,
    RepeatJob,
    Reply,
    StatusFact,
)
from actors.notices import SetWebhooks
from actors.session.notes import Notes
from actors.settings import SetJourneys, SetProxies
from actors.signal import Signal
from state.audit import AuditLine, utc_ms


class Letter:
    """A command, whose it is, and the place for its answer."""

    def __init__(self, command: Command, by: Caller = SYSTEM) -> None:
        self.command = command
        self.by = by
        # Written once, by the mailbox on behalf of the session; read by the sender.
        self._answer: Reply | ActorError | None = None
        self._answered = trio.Event()

    def settle(self, answer: Reply | ActorError) -> None:
        self._answer = answer
        self._answered.set()

    async def answer(self) -> Reply:
        """Wait for the reply, or raise the error that was given instead."""
        await self._answered.wait()
        if isinstance(self._answer, Reply):
            return self._answer
        raise self._answer or DeskUnavailable("the command was not answered")


# Commands whose files, or secrets, are brought to disk before they are decided: by the shelf, or
# with the folder of their job.
ShelvedCommand = SetJourneys | SetProxies | SetWebhooks | SaveCommand
# Those of a job: it gets its folder, or files of it go.
JobStagedCommand = CreateJob | RepeatJob | RemoveArtifacts
StagedCommand = JobStagedCommand | ShelvedCommand


class StagedLetter(Struct, frozen=True):
    """A command whose files are on disk: the items of a job, journeys, or secrets of
    proxies and webhooks; or are gone from it."""

    letter: Letter
    command: StagedCommand


class Batch(Struct, frozen=True):
    """All that waited, in order of arrival within each part."""

    letters: list[Letter]
    staged: list[StagedLetter]
    facts: list[StatusFact]
    progress: list[JobProgressed]


class Mailbox:
    """One for each life of a desk's actor. Senders write to it; the session alone takes."""

    def __init__(self, size: int, now: Callable[[], float] = time.time) -> None:
        self._size = size
        self._now = now
        self._letters: deque[Letter] = deque()
        self._staged: deque[StagedLetter] = deque()
        self._facts: deque[StatusFact] = deque()
        self._progress: dict[str, JobProgressed] = {}
        self._unanswered: set[Letter] = set()
        # Written by the supervisor: no more commands, the session is to end.
        self._closed = False
        self._signal = Signal()
        # What was refused or read, for the audit log.
        self.notes = Notes(self._signal.fire)

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def unanswered(self) -> int:
        return len(self._unanswered)

    def offer(self, command: Command, by: Caller = SYSTEM) -> Letter:
        """Take a command in. Raises MailboxFull or DeskUnavailable."""
        if self._closed:
            raise DeskUnavailable("the desk is stopping")
        if len(self._unanswered) >= self._size:
            self.note(what_of(command), by, job_of(command), outcome=MailboxFull.code)
            raise MailboxFull("too many commands are waiting at this desk", limit=self._size)
        letter = Letter(command, by)
        self._unanswered.add(letter)
        self._letters.append(letter)
        self._signal.fire()
        return letter

    def staged(self, letter: Letter, command: StagedCommand) -> None:
        self._staged.append(StagedLetter(letter, command))
        self._signal.fire()

    def report(self, fact: Fact) -> None:
        """Take a fact in. Never waits: newer progress of a job replaces older."""
        if isinstance(fact, JobProgressed):
            older = self._progress.get(fact.job_id)
            if older is not None and fact.synced is None and older.run == fact.run:
                fact = JobProgressed(fact.job_id, fact.run, fact.live, older.synced)
            self._progress[fact.job_id] = fact
        else:
            self._facts.append(fact)
        self._signal.fire()

    def answer(self, letter: Letter, answer: Reply | ActorError) -> None:
        """Give the answer. Refusals are noted; so are repetitions, which do nothing."""
        self._unanswered.discard(letter)
        command = letter.command
        if isinstance(answer, NotFound):
            # What was named is no job of this desk: it may be anything, a link pasted there too.
            self.note(what_of(command), letter.by, outcome=answer.code)
        elif isinstance(answer, ActorError):
            self.note(what_of(command), letter.by, job_of(command), outcome=answer.code)
        elif answer.replayed:
            self.note(what_of(command), letter.by, job_of(command), outcome="replayed")
        letter.settle(answer)

    def note(self, what: str, by: Caller, job_id: str | None = None, outcome: str = "ok") -> None:
        """Have a line of the audit log written within moments. Never waits."""
        self.notes.add(
            AuditLine(
                at=utc_ms(self._now()),
                who=by.who,
                means=by.means,
                what=what,
                job=job_id,
                origin=by.origin,
                outcome=outcome,
            )
        )

    def close(self) -> None:
        """Refuse commands from now on; those taken in are still done."""
        self._closed = True
        self._signal.fire()

    def abandon(self, error: ActorError) -> None:
        """The session is over: whoever still waits for an answer gets `error`."""
        self._closed = True
        for letter in self._unanswered:
            letter.settle(error)
        self._unanswered.clear()

    async def wait(self) -> None:
        """Return once there is something to take, or to notice that the mailbox was closed."""
        if self.empty:
            await self._signal.wait()
        else:
            await trio.lowlevel.checkpoint()

    @property
    def empty(self) -> bool:
        return not (self._letters or self._staged or self._facts or self._progress)

    def take(self) -> Batch:
        batch = Batch(
            list(self._letters),
            list(self._staged),
            list(self._facts),
            list(self._progress.values()),
        )
        for part in (self._letters, self._staged, self._facts, self._progress):
            part.clear()
        return batch
