"""The memory store with bad luck: storms, sudden bugs, saves whose end nobody learns, no power.

A save here has two halves, as on a real disk: the new file gets its name, then the folder is
synced. In between it may be kept or lost by a loss of power, and a failure there tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import trio

from state.audit import AuditLine
from state.errors import (
    JourneysMissing,
    LibraryMissing,
    StorageBroken,
    StorageError,
    StorageFull,
    StorageReadOnly,
)
from state.kept_files import KEPT_LIBRARY
from state.memory import MemoryStore
from state.memory_faults import Faults
from state.memory_jobs import MemoryJob
from state.model import DeskState
from state.views import DeskKey, Loaded
from torture.simulation.promises import Promises
from torture.simulation.scenario import Scenario, Storm
from torture.simulation.trace import Trace

# Every message of a failure on purpose has this word in it; any other is a bug of the product.
INJECTED = "injected"
SLOW_S = 3.0


class Bug(RuntimeError):
    """An exception that nobody expects there, as a mistake in the code would raise it."""


ERRORS: dict[str, Callable[[str], Exception]] = {
    "error": StorageError,
    "full": StorageFull,
    "broken": StorageBroken,
    "read_only": StorageReadOnly,
    "bug": Bug,
}
# A full or a read-only disk keeps the old version, so it says so before anything is renamed.
KEEPS_OLD = ("full", "read_only")
# Operations in which a sudden bug can sit.
FRAGILE = ("save", "saved", "load", "append", "sync", "open_outcomes", "read_inputs")


class Weather(Faults):
    """What the disk meets now. Written by the simulation's plot, asked by the store."""

    def __init__(self, scenario: Scenario, trace: Trace) -> None:
        super().__init__()
        self._rng = Random(scenario.seed + 1)
        self._storms = scenario.storms
        self._bugs = scenario.bugs
        self._trace = trace
        # Without power every call waits for ever: the process that made it is no more.
        self.power = True
        # From then on nothing fails.
        self.relieved = False
        # When something last went wrong, or was slow, by operation.
        self.last_ill: dict[str, float] = {}

    async def meet(self, operation: str) -> None:
        await self._sleep(self._delay_s(operation))
        ill = self._ill(operation)
        if ill == "slow":
            self._note(operation, ill)
            await self._sleep(SLOW_S)
        elif ill is not None:
            self._note(operation, ill)
            raise ERRORS[ill](f"{INJECTED}: {ill} at {operation}")

    async def _sleep(self, seconds: float) -> None:
        await trio.sleep(seconds)
        await self.wait_power()

    async def wait_power(self) -> None:
        """For ever, where there is none."""
        if not self.power:
            await trio.sleep_forever()

    def _note(self, operation: str, ill: str) -> None:
        self.last_ill[operation] = trio.current_time()
        self._trace.count("faults")
        self._trace.say(f"disk: {operation} meets {ill}")

    def _delay_s(self, operation: str) -> float:
        if operation in ("save", "saved", "sync", "append", "load") and self._rng.random() < 0.5:
            return self._rng.uniform(0.0, 0.02)
        return 0.0

    def _ill(self, operation: str) -> str | None:
        if self.relieved:
            return None
        if operation in FRAGILE and self._rng.random() < self._bugs:
            return "bug"
        now = trio.current_time()
        for storm in self._storms:
            if self._hit(storm, operation, now):
                return storm.ill
        return None

    def _hit(self, storm: Storm, operation: str, now: float) -> bool:
        if operation not in storm.operations or not storm.start_s <= now < storm.end_s:
            return False
        if operation == "saved" and storm.ill in KEEPS_OLD:
            return False
        return self._rng.random() < storm.probability


class Disk(MemoryStore):
    """Outlives every run of the server. Tells `promises` what becomes of each save."""

    def __init__(
        self, scenario: Scenario, trace: Trace, promises: Promises, now: Callable[[], float]
    ) -> None:
        super().__init__(now=now)
        self.weather = self.faults = Weather(scenario, trace)
        self._rng = Random(scenario.seed + 2)
        self._trace = trace
        self._promises = promises
        # Of desks whose newest file may not survive: what was there before. None: nothing.
        self._unsure: dict[DeskKey, tuple[float, bytes] | None] = {}
        self._at_it: set[DeskKey] = set()

    async def save(
        self,
        desk: DeskKey,
        state: DeskState,
        *,
        essential: bool = False,
        audit: Sequence[AuditLine] = (),
    ) -> StorageError | None:
        """As the port says; the two halves of it fail separately."""
        await self.weather.wait_power()
        if desk in self._at_it:
            self._trace.broken(f"two saves of desk {desk[:4]} at once")
        self._at_it.add(desk)
        try:
            self._promises.saving(desk, state, self.job)
            self._check_kept(desk, state, "saves the name of")
            before = self._desks.get(desk)
            untold = await super().save(desk, state, essential=essential, audit=audit)
            self._unsure.setdefault(desk, before)
            await self.weather.meet("saved")
            self._sure(desk, state)
        finally:
            self._at_it.remove(desk)
        return untold

    async def load(self, desk: DeskKey) -> Loaded:
        """What a load shows is durable from then on."""
        loaded = await super().load(desk)
        self._sure(desk, loaded.state)
        self._check_kept(desk, loaded.state, "has lost its")
        self._trace.say(f"disk: {desk[:4]} loaded at {loaded.state.revision}")
        return loaded

    def end_process(self, *, power: bool) -> None:
        """The process is gone; without power, so is what was not synced."""
        if not power:
            return
        self.lose_power()
        for desk, before in self._unsure.items():
            if self._rng.random() < 0.5:
                self._trace.say(f"disk: the newest file of {desk[:4]} is lost")
                if before is None:
                    del self._desks[desk]
                    self._marked.discard(desk)
                else:
                    self._desks[desk] = before
                    # The file store takes a marker away long after the last state that needs it.
                    self._marked.add(desk)
        self._unsure.clear()

    def job(self, desk: DeskKey, job_id: str) -> MemoryJob | None:
        """The files of a job, for the promises."""
        return self._jobs.get((desk, job_id))

    def _check_kept(self, desk: DeskKey, state: DeskState, what: str) -> None:
        """What a state names is on the disk, before and as long as that state may be found."""
        if state.journeys is not None:
            try:
                self._journeys.read(desk, state.journeys.digest)
            except JourneysMissing:
                self._trace.broken(f"desk {desk[:4]} {what} journeys that are not there")
        for digest in KEPT_LIBRARY.named(state):
            try:
                self._library.read(desk, digest)
            except LibraryMissing:
                self._trace.broken(f"desk {desk[:4]} {what} library that is not there")

    def _sure(self, desk: DeskKey, state: DeskState) -> None:
        self._unsure.pop(desk, None)
        self._promises.durable(desk, state)
