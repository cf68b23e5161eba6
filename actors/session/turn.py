"""One turn of a desk, decided but not yet done: the pure middle of the session's loop.

All that waited is decided on the same state for the same revision, so it takes one save. Nothing
here awaits; the session saves, and only then shows, answers and acts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from actors.errors import ActorError
from actors.house import ActorSettings
from actors.messages import (
    CancelJob,
    Command,
    DeleteJob,
    DeskOpened,
    JobDamaged,
    JobEnded,
    JobStalled,
    JobWentOn,
    JourneysLearned,
    ModelTaken,
    PassDue,
    PassStaged,
    PauseJob,
    RemoveArtifacts,
    Reply,
    StatusFact,
    SweepDue,
    Transition,
)
from actors.notices import NoticesDue, NoticeTried
from actors.rules import (
    facts,
    jobs,
    journeys,
    lanes,
    outbox,
    passes,
    plans,
    products,
    repeats,
    retention,
    shares,
)
from actors.rules.change import Change, Decision, Moment
from actors.rules.outbox import Told
from actors.session.mailbox import Letter, ShelvedCommand, StagedCommand, StagedLetter
from actors.settings import RotateLink, SetProxies
from actors.shares import EndShare
from actors.tokens import SetPlan
from state.model import (
    Counts,
    DeskState,
)
from state.notices import Notice

# What makes room, stops work or shuts somebody out is done on a full disk, too.
ESSENTIAL = PauseJob | CancelJob | DeleteJob | RemoveArtifacts | RotateLink | EndShare


class Answer(Struct, frozen=True):
    """What a sender will be told once the turn is saved. A refusal is one, too, where it may rest
    on what this turn changes: nobody is told of a state that may never be."""

    letter: Letter
    reply: Reply | ActorError


class Turn:
    """Working state of one turn; used by the session's task for that turn only."""

    def __init__(
        self,
        state: DeskState,
        moment: Moment,
        settings: ActorSettings,
        seen: dict[str, Counts],
        *,
        stopping: bool,
    ) -> None:
        self._before = state
        self.state = state
        self.moment = moment
        self.transitions: tuple[Transition, ...] = ()
        self.answers: list[Answer] = []
        # Refusals that rest on nothing but what is on disk: they wait for nothing.
        self.refusals: list[tuple[Letter, ActorError]] = []
        # Jobs whose runner may have to start, go on, drain or stop.
        self.touched: set[str] = set()
        # Jobs made by this turn, and staged files that no job came to own.
        self.created: list[str] = []
        self.orphans: list[str] = []
        self.took_facts = False
        # How many commands were decided on that the shelf has brought, and whether journeys have
        # learned.
        self.shelved = 0
        self.learned = False
        # Whether what a job has learned has been looked after.
        self.took_model = False
        # Passes that are due and need the files of their jobs; the schedules of those whose files
        # were brought, and the jobs for which that was in vain.
        self.due_passes: tuple[passes.DuePass, ...] = ()
        self.brought: list[str] = []
        self.unused: list[str] = []
        # Notices that their receivers were told, or could not be; and those for the operator that
        # will not be told any more.
        self.tried: list[str] = []
        self.given_up: list[Notice] = []
        # What the desk did by itself: (word of the audit log, job).
        self.own_acts: list[tuple[str, str | None]] = []
        # Whether queued jobs may have found room.
        self._look_at_lanes = False
        # Whether this must be saved even on a full disk.
        self.essential = False
        self._settings = settings
        self._seen = seen
        self._stopping = stopping

    @property
    def changed(self) -> bool:
        return self.state is not self._before

    @property
    def commanded(self) -> int:
        """How many of the answers are of commands that are carried out."""
        return sum(isinstance(answer.reply, Reply) for answer in self.answers)

    def take_facts(self, reported: Iterable[StatusFact]) -> None:
        self.took_facts = True
        for fact in reported:
            self._apply(self._learn(fact))

    def take_command(self, letter: Letter, command: Command) -> None:
        """Decide a command; a refusal changes nothing."""
        try:
            decision = self._decide(command)
        except ActorError as error:
            self._refuse(letter, error)
            return
        self._apply(decision.change)
        self.answers.append(Answer(letter, decision.reply))
        if isinstance(command, ESSENTIAL):
            self.essential = True
        if isinstance(command, SetPlan):
            self._look_at_lanes = True

    def is_new(self, letter: Letter, command: StagedCommand) -> bool:
        """Whether this is worth staging; else its answer or refusal is known already."""
        if isinstance(command, SetProxies):
            # How many there will be is known when those are found that the desk has already.
            return True
        try:
            reply = self._decide(command).reply
        except ActorError as error:
            self._refuse(letter, error)
            return False
        if reply.replayed:
            self.answers.append(Answer(letter, reply))
        return not reply.replayed

    def take_staged(self, staged: Iterable[StagedLetter]) -> None:
        for back in staged:
            self.take_command(back.letter, back.command)
            if isinstance(back.command, ShelvedCommand):
                self.shelved += 1
                continue
            if isinstance(back.command, RemoveArtifacts):
                self.touched.add(back.command.job_id)
                continue
            if (made := repeats.made_by(back.command)) is not None:
                owned = made in self.state.jobs
                (self.created if owned else self.orphans).append(made)

    def finish(self) -> None:
        """Start what has room now."""
        if self._look_at_lanes and not self._stopping:
            settings = self._settings
            most = plans.tier_of(self.state, settings.limits).max_running
            width, widths = settings.lane_width, settings.lane_widths
            self._apply(lanes.start_next(self.state, width, self.moment, most, widths))

    def _refuse(self, letter: Letter, error: ActorError) -> None:
        if self.changed:
            self.answers.append(Answer(letter, error))
        else:
            self.refusals.append((letter, error))

    def _decide(self, command: Command) -> Decision:
        limits = self._settings.limits
        return jobs.decide(self.state, command, self.moment, limits, self._seen)

    def _apply(self, change: Change) -> None:
        self._take(outbox.told(self.state, change, self.moment, self._settings.operator))
        self.transitions += change.transitions
        self.touched.update(step.job_id for step in change.transitions)
        if change.transitions:
            self._look_at_lanes = True

    def _take(self, told: Told) -> None:
        self.state = told.state
        self.given_up += [notice for notice in told.dropped if notice.of_operator]
        users = [notice for notice in told.dropped if not notice.of_operator]
        self.own_acts += [("give_up_notice", _job_of(notice)) for notice in users]

    def _learn(self, fact: StatusFact) -> Change:
        match fact:
            case JobEnded():
                self.touched.add(fact.job_id)
                self.essential = True
                return facts.ended(self.state, fact, self.moment, stopping=self._stopping)
            case JobStalled():
                self.essential = True
                stalled = facts.stalled(self.state, fact, self.moment)
                if fact.by_quota:
                    self._act("quota", stalled)
                return stalled
            case JobWentOn():
                return facts.went_on(self.state, fact, self.moment)
            case JobDamaged():
                return facts.damaged(self.state, fact, self.moment)
            case DeskOpened(restart):
                self._take(outbox.known(self.state, self._settings.operator))
                self._look_at_lanes = True
                policy = self._settings.boot
                opened = facts.opened(self.state, self.moment, policy, restart=restart)
                self._act("restart" if restart else "boot", opened)
                return opened.then(self._sweep(opened.state))
            case SweepDue():
                return self._sweep(self.state)
            case PassDue():
                return self._look_at_passes()
            case PassStaged():
                return self._run_pass(fact)
            case JourneysLearned():
                self.learned = True
                return journeys.learned(self.state, fact)
            case ModelTaken():
                return self._take_model(fact)
            case NoticesDue():
                return Change(self.state)
            case NoticeTried():
                self.tried.append(fact.notice)
                self._take(outbox.settled(self.state, fact, self.moment))
                return Change(self.state)
            case _:
                assert_never(fact)

    def _look_at_passes(self) -> Change:
        if self._stopping:
            return Change(self.state)
        state, self.due_passes = passes.settle(self.state, self.moment, self._settings.limits)
        return Change(state)

    def _take_model(self, fact: ModelTaken) -> Change:
        self.took_model = True
        change = products.taken(self.state, fact, self.moment, self._settings.limits)
        if change.state.models is not self.state.models:
            self.own_acts.append(("take_model", fact.job_id))
        return change

    def _run_pass(self, staged: PassStaged) -> Change:
        settings, job_id = self._settings, passes.DuePass(staged.parent, staged.slot_at).job_id
        run = passes.made(self.state, staged, self.moment, settings.limits, settings.retention_s)
        self.brought.append(staged.parent)
        if run.transitions:
            self.own_acts.append(("pass", job_id))
        elif job_id not in run.state.jobs:
            self.unused.append(job_id)
        return run

    def _sweep(self, state: DeskState) -> Change:
        swept = retention.sweep(state, self._settings.retention_s, self.moment)
        self._act("retention", swept)
        return replace(swept, state=shares.swept(swept.state, self.moment.now))

    def _act(self, what: str, change: Change) -> None:
        self.own_acts += [(what, step.job_id) for step in change.transitions]


def _job_of(notice: Notice) -> str | None:
    job_id: str | None = notice.data.get("job_id")
    return job_id
