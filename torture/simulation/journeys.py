"""The users' lists of journeys: replaced now and then, and what must have become of them.

One task a desk puts a new list; the items of some jobs are journeys of it. In the end the list that
was acknowledged last is there, and knows how the jobs ended that drove it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from random import Random

import trio

from actors.directory import Directory
from actors.errors import ActorError, DeskUnavailable, MailboxFull, StorageUnavailable
from actors.handle import DeskHandle
from actors.rules.journeys import is_settled
from actors.settings import SetJourneys
from state.errors import JourneysMissing
from state.journeys import Journey, decode_journeys, ending_of
from state.model import DeskState, Job
from state.views import DeskKey
from torture.simulation.disk import Disk
from torture.simulation.jobs import JOURNEY_IDS
from torture.simulation.scenario import Scenario
from torture.simulation.trace import Trace

# No answer takes longer than this, whatever the disk does.
ANSWER_S = 120.0
PAUSE_S = 90.0


class Journeys:
    """Outlives the runs of the server."""

    def __init__(self, scenario: Scenario, trace: Trace, disk: Disk) -> None:
        self._trace = trace
        self._disk = disk
        self._rng = Random(scenario.seed + 6)
        self._numbers = count(1)
        # Written by the tasks of `live`: the names of the lists that a desk may have.
        self._may_be: defaultdict[DeskKey, set[str]] = defaultdict(set)

    async def live(self, desk: DeskKey, directory: Directory) -> None:
        """Put a list now and then, for ever."""
        while True:
            await trio.sleep(self._rng.expovariate(1.0 / PAUSE_S))
            try:
                handle = await directory.create(desk)
            except DeskUnavailable:
                continue
            await self._put(handle)

    async def _put(self, handle: DeskHandle) -> None:
        name = f"list-{next(self._numbers)}"
        known = self._may_be[handle.key]
        known.add(name)
        said = "unknown"
        try:
            with trio.fail_after(ANSWER_S):
                await handle.ask(SetJourneys(tuple(self._list(name))))
        except (StorageUnavailable, DeskUnavailable) as error:
            said = f"unknown: {error}"
        except MailboxFull:
            known.discard(name)
            said = "refused: full"
        except ActorError as error:
            self._trace.broken(f"{name} of {handle.key[:4]} is answered {type(error).__name__}")
        except trio.TooSlowError:
            self._trace.broken(f"{name} of {handle.key[:4]} is not answered in {ANSWER_S} s")
        else:
            said = "kept"
            self._trace.count("lists")
            self._may_be[handle.key] = {name}
        finally:
            self._trace.say(f"client: {name} of {handle.key[:4]}: {said}")

    def _list(self, name: str) -> Iterator[Journey]:
        for journey_id in self._rng.sample(JOURNEY_IDS, self._rng.randint(1, len(JOURNEY_IDS))):
            yield Journey(id=journey_id, name=name, url="http://h/")

    # ------------------------------------------------------------------------- in the end

    async def check(self, desk: DeskKey, state: DeskState) -> None:
        """Nothing has happened for long: compare the books."""
        book = state.journeys
        if book is None:
            if len(self._may_be[desk]) == 1:
                self._broken(desk, "its journeys are gone")
            return
        try:
            found = decode_journeys(await self._disk.read_journeys(desk, book.digest))
        except JourneysMissing as error:
            self._broken(desk, str(error))
            return
        if names := {journey.name for journey in found} - self._may_be[desk]:
            self._broken(desk, f"has the journeys {names}, one of {self._may_be[desk]} was kept")
        done = {journey.id for journey in found if journey.completed}
        for job in state.jobs.values():
            if job.of_journeys and job.ended_at is not None:
                self._check_learned(desk, state, job, {journey.id for journey in found} - done)

    def _check_learned(self, desk: DeskKey, state: DeskState, job: Job, not_done: set[str]) -> None:
        assert state.journeys is not None
        if not is_settled(state.journeys, job):
            self._broken(desk, f"its journeys have not learned of {job.id}")
        files = self._disk.job(desk, job.id)
        for record, item in [] if files is None else files.endings(None, None):
            ending = ending_of(record, item)
            if ending is None or not ending.ok or ending.at < state.journeys.set_at:
                continue
            self._trace.count("lessons")
            if ending.id in not_done:
                self._broken(desk, f"{ending.id} ended well in {job.id} and is not completed")

    def _broken(self, desk: DeskKey, what: str) -> None:
        self._trace.broken(f"desk {desk[:4]}: {what}")
