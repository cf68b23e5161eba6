"""The users: hasty, forgetful, several at one desk, and deaf for as long as the server is down.

Each client is a task of one run of the server. What it asks and is told goes into the wishes; what
it never learns stays open there, and another client may ask it again with the same key.
"""

from __future__ import annotations

from random import Random
from typing import assert_never

import trio
from msgspec import Struct

from actors.directory import Directory
from actors.errors import (
    ActorError,
    DeskUnavailable,
    InvalidSpec,
    InvalidStatus,
    JobGone,
    LaneBusy,
    MailboxFull,
    NotFound,
    StorageUnavailable,
)
from actors.handle import DeskHandle
from actors.messages import (
    CancelJob,
    Command,
    CreateJob,
    DeleteJob,
    Idempotency,
    PauseJob,
    Published,
    RepeatJob,
    Reply,
    ResumeJob,
    RetryJob,
    StartJob,
)
from state.model import JobStatus
from state.views import DeskKey
from torture.simulation.jobs import Makes
from torture.simulation.promises import Promises
from torture.simulation.scenario import Scenario
from torture.simulation.trace import Trace
from torture.simulation.wishes import Verb, Wish, Wishes

# No answer takes longer than this, whatever the disk does.
ANSWER_S = 120.0
REFUSALS = (NotFound, InvalidStatus)
# What is repeated may go while it is copied, and one of the desk's journeys is alone in its lane.
REFUSALS_OF = {"repeat": (*REFUSALS, InvalidSpec, LaneBusy)}

# What is sensible in a status; now and then a client asks what is not.
SENSIBLE: dict[JobStatus, tuple[Verb, ...]] = {
    JobStatus.PENDING: ("start", "start", "cancel"),
    JobStatus.SCHEDULED: ("pause", "cancel"),
    JobStatus.QUEUED: ("pause", "cancel"),
    JobStatus.RUNNING: ("pause", "pause", "cancel"),
    JobStatus.PAUSED: ("resume", "resume", "resume", "cancel", "pause"),
    JobStatus.COMPLETED: ("repeat", "delete", "delete"),
    JobStatus.PARTIALLY_COMPLETED: ("retry", "retry", "delete"),
    JobStatus.FAILED: ("retry", "retry", "delete"),
    JobStatus.CANCELLED: ("retry", "retry", "delete"),
}
VERBS: tuple[Verb, ...] = ("repeat", "start", "pause", "resume", "cancel", "retry", "delete")


class Asked(Struct, frozen=True):
    """A wish and the command that says it."""

    wish: Wish
    command: Command


class Clients:
    """Shared by all clients of a simulation. Outlives the runs of the server."""

    def __init__(
        self, scenario: Scenario, trace: Trace, wishes: Wishes, promises: Promises
    ) -> None:
        self._scenario = scenario
        self._trace = trace
        self._wishes = wishes
        self._promises = promises
        self._rng = Random(scenario.seed + 3)
        self._makes = Makes(scenario)
        # Wishes with a key whose fate is not known: somebody asks again.
        self._unsure: list[Asked] = []

    async def live(self, desk: DeskKey, directory: Directory) -> None:
        """Ask for something now and then, for ever."""
        rng = self._rng
        while True:
            await trio.sleep(rng.expovariate(1.0 / self._scenario.pause_s))
            try:
                handle = await directory.create(desk)
            except DeskUnavailable as error:
                self._trace.say(f"client: {desk[:4]} is not there: {error}")
                continue
            if rng.random() < 0.15:
                async with trio.open_nursery() as burst:
                    for _ in range(rng.randint(2, 6)):
                        burst.start_soon(self._ask_something, handle)
            else:
                await self._ask_something(handle)

    async def ask(self, handle: DeskHandle, verb: Verb, job_id: str) -> None:
        """Ask for that, without a key."""
        await self._ask(handle, self._asked(handle.key, verb, job_id, None), first=True)

    async def _ask_something(self, handle: DeskHandle) -> None:
        again = [asked for asked in self._unsure if asked.wish.desk == handle.key]
        if again and self._rng.random() < 0.7:
            asked = self._rng.choice(again)
            self._unsure.remove(asked)
            await self._ask(handle, self._repeated(asked), first=False)
            return
        try:
            published = handle.published
        except DeskUnavailable:
            return
        asked = self._draw(handle.key, published)
        await self._ask(handle, asked, first=True)
        if asked.wish.key is not None and asked.wish.answer and self._rng.random() < 0.2:
            await self._ask(handle, self._repeated(asked), first=False)

    async def _ask(self, handle: DeskHandle, asked: Asked, *, first: bool) -> None:
        wish = asked.wish
        self._wishes.add(wish)
        said = "unknown"
        try:
            with trio.fail_after(ANSWER_S):
                reply = await handle.ask(asked.command)
        except (StorageUnavailable, DeskUnavailable) as error:
            said = f"unknown: {error}"
        except JobGone:
            said = "gone"
        except MailboxFull as error:
            # Never looked at; but an earlier asking may have been.
            said = "refused: full" if first else f"unknown: {error}"
            wish.open = wish.open and not first
        except REFUSALS_OF.get(wish.verb, REFUSALS) as error:
            said = f"refused: {error}"
            # What was done before the refusal would have been repeated, where there is a key.
            wish.open = wish.open and not (first or wish.key is not None)
        except ActorError as error:
            self._trace.broken(f"{wish} of {handle.key[:4]} is answered {type(error).__name__}")
        except trio.TooSlowError:
            self._trace.broken(f"{wish} of {handle.key[:4]} is not answered in {ANSWER_S} s")
        else:
            said = f"done at {reply.revision}{' (repeated)' if reply.replayed else ''}"
            self._take(wish, reply, first=first)
        finally:
            self._trace.count("commands")
            self._trace.say(f"client: {wish} of {handle.key[:4]}: {said}")
            if said.startswith("unknown") and wish.key is not None:
                self._unsure.append(asked)

    def _take(self, wish: Wish, reply: Reply, *, first: bool) -> None:
        self._trace.count("acknowledged")
        if wish.verb == "repeat":
            self._trace.count("jobs made once more")
        self._promises.answered(wish, reply, first=first)
        wish.answer = wish.answer or reply

    # ----------------------------------------------------------------------------- drawing

    def _draw(self, desk: DeskKey, published: Published) -> Asked:
        rng = self._rng
        jobs = published.jobs
        key = f"{rng.getrandbits(64):016x}" if rng.random() < 0.6 else None
        if not jobs or (len(jobs) < self._scenario.jobs_max and rng.random() < 0.5):
            return self._created(desk, key)
        view = jobs[rng.choice(list(jobs))]
        verb = rng.choice(SENSIBLE[view.job.status] if rng.random() < 0.85 else VERBS)
        if verb == "repeat" and len(jobs) >= self._scenario.jobs_max:
            verb = "delete"
        return self._asked(desk, verb, view.job.id, None if verb == "delete" else key)

    def _created(self, desk: DeskKey, key: str | None) -> Asked:
        command = self._makes.job(_idempotency(key))
        wish = Wish(desk, "create", command.job_id, key)
        wish.starts = command.start
        return Asked(wish, command)

    def _asked(self, desk: DeskKey, verb: Verb, job_id: str, key: str | None) -> Asked:
        idempotency = _idempotency(key)
        if verb == "repeat":
            new_id = self._makes.new_id()
            return Asked(Wish(desk, verb, new_id, key), RepeatJob(job_id, new_id, idempotency))
        return Asked(Wish(desk, verb, job_id, key), _command(verb, job_id, idempotency))

    def _repeated(self, asked: Asked) -> Asked:
        """The same wish; one for a new job proposes a new id, of which it knows that it may be
        ignored."""
        if not isinstance(asked.command, CreateJob | RepeatJob):
            return asked
        command = self._makes.again(asked.command)
        made = command.new_id if isinstance(command, RepeatJob) else command.job_id
        asked.wish.job_ids.append(made)
        return Asked(asked.wish, command)


def _idempotency(key: str | None) -> Idempotency | None:
    return None if key is None else Idempotency(key, "same")


def _command(verb: Verb, job_id: str, idempotency: Idempotency | None) -> Command:
    match verb:
        case "start":
            return StartJob(job_id, idempotency)
        case "pause":
            return PauseJob(job_id, idempotency)
        case "resume":
            return ResumeJob(job_id, idempotency)
        case "cancel":
            return CancelJob(job_id, idempotency)
        case "retry":
            return RetryJob(job_id, idempotency)
        case "delete":
            return DeleteJob(job_id)
        case "create" | "repeat":
            raise AssertionError("what makes a job is not asked for by name alone")
        case _:
            assert_never(verb)
