"""One of the experiment's clients: makes jobs, commands them, looks, watches; bears every death.

What it does is chosen by its own seeded random numbers; when it happens is the machine's. Run by
`nightdesk.crashtest.run`.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field

import trio

from nightdesk.client.calls import Address
from nightdesk.client.models import StatusChange
from nightdesk.client.stream import NoStream, open_stream
from nightdesk.crashtest.caller import Caller, Place, Request
from nightdesk.crashtest.gate import Gate
from nightdesk.crashtest.history import Call, Frame, History, Shown, Watch
from nightdesk.crashtest.work import Work, sensible

PAUSE_S = 0.15
WATCH_S = 1.0
# A desk keeps to so many unfinished jobs, and to about so many at all.
OPEN_JOBS_MAX = 4
JOBS_MAX = 30
_ENDED = ("completed", "partially_completed", "failed", "cancelled")
_HABITS = {"make": 22, "command": 34, "snapshot": 10, "poll": 5, "job": 9, "items": 17, "watch": 3}
# How often a request without an answer is sent again, and one that was answered.
_AGAIN_UNKNOWN = 0.75
_AGAIN_ACKED = 0.08
_KEYED = 0.7
_STRANGE = 0.2


@dataclass
class Board:
    """What all clients know of the desks' jobs, newest first learnt; written between awaits."""

    jobs: dict[int, dict[str, Shown]] = field(default_factory=lambda: defaultdict(dict))

    def learn(self, call: Call) -> None:
        known = self.jobs[call.desk]
        for shown in call.shown:
            known[shown.name] = shown
        gone = call.action == "delete" and call.result == "acked"
        if gone or call.code in ("not_found", "job_deleted"):
            known.pop(call.job, None)

    def unfinished(self, desk: int) -> int:
        return sum(shown.status not in _ENDED for shown in self.jobs[desk].values())


class Visitor:
    """Every attribute is written by the task in `run`."""

    def __init__(
        self,
        number: int,
        own: tuple[int, ...],
        work: Work,
        board: Board,
        ids: tuple[str, ...],
        rng: random.Random,
        history: History,
    ) -> None:
        self._number = number
        self._own = own
        self._work = work
        self._board = board
        self._ids = ids
        self._rng = rng
        self._history = history
        self._caller: Caller | None = None
        self._again: list[Request] = []

    async def run(self, gate: Gate) -> None:
        """Go on until cancelled."""
        try:
            while True:
                caller = await self._at(await gate.wait_open())
                await self._act(caller)
                gate.count()
                await trio.sleep(self._rng.uniform(0, PAUSE_S))
        finally:
            if self._caller is not None:
                with trio.move_on_after(1.0, shield=True):
                    await self._caller.aclose()

    async def _at(self, place: Place) -> Caller:
        if self._caller is None or self._caller.place != place:
            if self._caller is not None:
                await self._caller.aclose()
            self._caller = Caller(self._number, place, self._ids, self._history)
        return self._caller

    async def _act(self, caller: Caller) -> None:
        desk = self._rng.choice(self._own)
        [habit] = self._rng.choices(list(_HABITS), list(_HABITS.values()))
        if self._again and self._rng.random() < 0.5:
            await self._ask(caller, self._again.pop(0))
        elif habit == "watch":
            await self._watch(caller.place, desk)
        else:
            await self._ask(caller, self._request(habit, desk))

    def _request(self, habit: str, desk: int) -> Request:
        known = list(self._board.jobs[desk].values())
        if habit == "make" or not known:
            if self._board.unfinished(desk) < OPEN_JOBS_MAX:
                return self._work.create(desk, self._number, self._rng, self._key())
            habit = "snapshot" if not known else "command"
        job = self._rng.choice(known)
        match habit:
            case "command":
                return self._command(desk, job)
            case "job":
                return Request(desk=desk, action="job", path=f"/jobs/{job.id}", job=job.name)
            case "items":
                path = f"/jobs/{job.id}/items"
                params = {"limit": 1000}
                return Request(desk=desk, action="items", path=path, params=params, job=job.name)
            case "poll":
                params = {"after": max(shown.revision for shown in known), "wait": 1}
                return Request(desk=desk, action="poll", params=params)
            case _:
                return Request(desk=desk, action="snapshot")

    def _command(self, desk: int, job: Shown) -> Request:
        action = sensible(job.status, self._rng, strange=self._rng.random() < _STRANGE)
        if job.status in _ENDED and len(self._board.jobs[desk]) > JOBS_MAX:
            action = "delete"
        if action == "delete":
            path = f"/jobs/{job.id}"
            return Request(desk=desk, action=action, method="DELETE", path=path, job=job.name)
        path = f"/jobs/{job.id}/{action}"
        key = self._key()
        return Request(desk=desk, action=action, method="POST", path=path, job=job.name, key=key)

    def _key(self) -> str:
        return f"{self._rng.getrandbits(64):016x}" if self._rng.random() < _KEYED else ""

    async def _ask(self, caller: Caller, request: Request) -> None:
        call = await caller.ask(request)
        self._board.learn(call)
        chance = {"unknown": _AGAIN_UNKNOWN, "acked": _AGAIN_ACKED}.get(call.result, 0.0)
        if request.key and self._rng.random() < chance:
            self._again.append(request)

    async def _watch(self, place: Place, desk: int) -> None:
        """Follow the desk's stream for a moment, or until the server dies."""
        frames: list[Frame] = []
        try:
            with trio.move_on_after(self._rng.uniform(0.1, WATCH_S)):
                async with open_stream(Address(place.url, self._ids[desk], None), None) as stream:
                    async for change in stream:
                        if isinstance(change, StatusChange):
                            frame = Frame(change.revision, change.job_id, change.old, change.new)
                            frames.append(frame)
        except NoStream:
            pass  # the server died, or was not there yet: what was heard before it counts
        self._history.watches.append(Watch(self._number, place.life, desk, tuple(frames)))
