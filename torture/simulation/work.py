"""The executor of simulated items, and the outside world in which their effects are seen.

The executor is built by the pools without arguments, so it finds its world in the context of the
simulation's tasks. The world notes when each item begins and ends, and what must not be.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any

import msgspec
import trio
from msgspec import Raw

from actors.ports import (
    ItemContext,
    ItemLost,
    ItemResult,
    ItemRunner,
    LeasedItem,
    Plan,
    PlanLimits,
    SpendRefused,
    Tools,
)
from actors.rules.queue import MAX_DEATHS, MAX_STRIKES
from state.model import OutcomeStatus
from state.spending import NO_SPEND, Spend
from state.views import DeskKey
from torture.simulation.counting import FOR_GOOD, deaths, newest, strikes, unfinished
from torture.simulation.disk import Disk
from torture.simulation.jobs import CALL_MAX
from torture.simulation.promises import Promises
from torture.simulation.trace import Trace
from workers.inline import InlineTools

# An item that hangs is given up by its executor after that long.
ITEM_TIMEOUT_S = 30.0
# Operations on a job's files; one that failed may keep its runner from writing for that long.
JOB_FILES = ("append", "sync", "append_log", "open_outcomes", "open_inputs", "read_inputs")
STALL_S = 10.0
# Where an item is: desk, job, index.
Place = tuple[DeskKey, str, int]

WORLD: ContextVar[World] = ContextVar("world")


class World:
    """Written by the items, and by the attachments of `torture.simulation.pool` through `told`."""

    def __init__(self, trace: Trace, disk: Disk, promises: Promises, slots: int) -> None:
        self._trace = trace
        self._disk = disk
        self._promises = promises
        self._slots = slots
        self._at_work: Counter[Place] = Counter()
        # Items that are over for good, as their runner was told: it must not lose that, whether it
        # lives or dies, unless the whole process dies or the job's files fail just then.
        self._told: dict[Place, float] = {}
        # When the runner was told that an item was lost at work, and has not been told since that
        # the item has paid for something.
        self._lost: defaultdict[Place, list[float]] = defaultdict(list)
        # What each item was told is settled: its transcript is on disk, whatever dies. And whether
        # a process has ended since the beginning: what was said last may then be unknown.
        self._paid: dict[Place, Spend] = {}
        self._has_ended = False

    def told(self, place: Place) -> None:
        self._told[place] = trio.current_time()

    def lost(self, place: Place) -> None:
        self._lost[place].append(trio.current_time())

    def progressed(self, place: Place) -> None:
        """It has paid for something, and would not do it again."""
        if self._lost.pop(place, None):
            self._trace.count("forgiven")

    def end_process(self) -> None:
        """What was told may not have been written."""
        self._told.clear()
        self._lost.clear()
        self._has_ended = True

    def paid(self, place: Place) -> Spend:
        """What the item finds in its transcript."""
        return self._paid.get(place, NO_SPEND)

    def pay(self, place: Place, so_far: Spend, cap: int | None) -> None:
        """The item was told that so much is settled. No call costs more than was set aside for it,
        so together those of a job keep to its cap."""
        self._trace.count("calls")
        if not self._disk.weather.power:
            return
        self._paid[place] = so_far
        theirs = [spend for other, spend in self._paid.items() if other[:2] == place[:2]]
        whole = sum(spend.picousd for spend in theirs)
        sure = not self._has_ended and not self._files_failed_since(0.0)
        if sure and cap is not None and whole > cap:
            self._broken(place, f"has spent with the others {whole} of {cap}")

    @contextmanager
    def item(self, place: Place) -> Iterator[None]:
        """An item is being done."""
        self._begin(place)
        self._at_work[place] += 1
        try:
            yield
        finally:
            self._at_work[place] -= 1
            if not self._at_work[place]:
                del self._at_work[place]

    def _begin(self, place: Place) -> None:
        self._trace.count("items")
        self._trace.say(f"world: {place[1]} item {place[2]} begins")
        if not self._disk.weather.power:
            # The process is dead; its tasks only have not noticed.
            return
        if place in self._at_work:
            self._broken(place, "is done twice at the same time")
        if self._at_work.total() >= self._slots:
            self._broken(place, f"is done beside {self._slots} others, the pool's slots")
        if place in self._told and not self._files_failed_since(self._told.pop(place)):
            self._broken(place, "is done again, though its end was told and nothing was lost")
        self._check_lines(place)

    def _check_lines(self, place: Place) -> None:
        desk, job_id, index = place
        files, state = self._disk.job(desk, job_id), self._promises.of(desk).durable
        if files is None or state is None or job_id not in state.jobs:
            return
        ending = newest(files, len(files.lines)).get(index)
        run = state.jobs[job_id].run
        for_good = ending is not None and ending.status in FOR_GOOD and ending.once is not True
        if ending is not None and (for_good or ending.run == run):
            self._broken(place, f"is done again in run {run} after it was {ending.status}")
        is_finale = state.jobs[job_id].finale and index == len(files.inputs) - 1
        if is_finale and (others := unfinished(files, run)):
            self._broken(place, f"is the finale, and begins before {others} have ended")
        if is_finale:
            self._trace.count("finales")
        if ending is not None:
            self._lost.pop(place, None)
        since = self._lost.get(place, [])
        known = len(since) >= MAX_STRIKES and not self._files_failed_since(since[0])
        if known or strikes(files, index) >= MAX_STRIKES:
            self._broken(place, f"is done again after {MAX_STRIKES} deaths under it")
        if deaths(files, index) >= MAX_DEATHS:
            self._broken(place, f"is done again after {MAX_DEATHS} deaths, forgiven or not")

    def _files_failed_since(self, told_at: float) -> bool:
        ills = self._disk.weather.last_ill
        return any(ills.get(name, -STALL_S) >= told_at - STALL_S for name in JOB_FILES)

    def _broken(self, place: Place, what: str) -> None:
        self._trace.broken(f"item {place[2]} of {place[1]} of {place[0][:4]} {what}")


class SimulatedSpec:
    """The server's half."""

    pool = "net"
    manifest: tuple[str, ...] = ()
    runner = "torture.simulation.work:Simulated"

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        raise NotImplementedError("simulated clients send planned jobs")

    def describe(self, item: Raw) -> dict[str, Any]:
        return {}

    def pool_of(self, spec: Mapping[str, Any]) -> str:
        """See ExecutorSpec.pool_of."""
        return self.pool

    def fill_secrets(self, spec: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
        return spec


class Simulated:
    """The worker's half."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        if "open_error" in spec:
            raise ValueError(spec["open_error"])
        yield SimulatedRunner(DeskKey(spec["desk"]), spec["job"], tools, spec.get("cap"))


class SimulatedRunner:
    """Does what the items say."""

    def __init__(self, desk: DeskKey, job_id: str, tools: Tools, cap: int | None) -> None:
        self._cap = cap
        self._desk = desk
        self._job_id = job_id
        self._tools = tools

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        wish = msgspec.json.decode(item.payload)
        place = (self._desk, self._job_id, item.index)
        with WORLD.get().item(place):
            await trio.sleep(wish["s"])
            if wish["do"] == "spend":
                spent = await self._spend(wish, place, context)
                return await self._ended_by(wish, spent)
            return await self._do(wish, item, context)

    async def _do(self, wish: dict[str, Any], item: LeasedItem, context: ItemContext) -> ItemResult:
        over = item.attempts >= wish.get("until", 0)
        match wish["do"]:
            case "fail":
                return _failed("no such page")
            case "skip":
                return ItemResult(status=OutcomeStatus.SKIPPED, result={})
            case "retry" if not over:
                return _failed("not yet", retry=True)
            case "busy" if not over:
                return _failed("too many", retry=True, pressure=True, retry_after_s=2.0)
            case "raise":
                raise RuntimeError("injected: a bug of the executor")
            case "hang":
                await trio.sleep(ITEM_TIMEOUT_S)
                return _failed("timeout")
            case "die" if not over and isinstance(self._tools, InlineTools):
                await self._tools.die()
            case "lose" if not over:
                raise ItemLost("injected: the browser died")
            case "artifact":
                await context.artifact(f"file-{item.index}", b"x" * 100)
            case "talk":
                await _talk(context)
        tally = wish.get("tally", {})
        return ItemResult(status=OutcomeStatus.OK, result={"index": item.index}, tally=tally)

    async def _spend(self, wish: dict[str, Any], place: Place, context: ItemContext) -> Spend:
        """Make the calls that were not made before, as far as the caps let it."""
        world, most = WORLD.get(), Spend(calls=1, prompt_tokens=9, picousd=CALL_MAX)
        so_far = world.paid(place)
        for cost in wish["costs"][so_far.calls :]:
            try:
                await context.reserve(most, so_far)
            except SpendRefused:
                break
            await trio.sleep(wish["s"] / len(wish["costs"]))
            so_far = so_far.plus(Spend(calls=1, prompt_tokens=9, picousd=cost))
            await context.artifact(f"piece-{place[2]}-{so_far.calls}", b"paid")
            await context.settle(so_far)
            world.pay(place, so_far, self._cap)
        return so_far

    async def _ended_by(self, wish: dict[str, Any], spent: Spend) -> ItemResult:
        """Some have no word left of what they spent: what they said before counts."""
        match wish["ends"]:
            case "raise":
                raise RuntimeError("injected: a bug of the executor")
            case "hang":
                await trio.sleep(ITEM_TIMEOUT_S)
                return _failed("timeout")
            case "fail":
                return _failed("not done", spend=spent)
            case _:
                return ItemResult(status=OutcomeStatus.OK, result={}, spend=spent)


def _failed(error: str, **more: Any) -> ItemResult:
    return ItemResult(status=OutcomeStatus.FAILED, result={}, error=error, **more)


async def _talk(context: ItemContext) -> None:
    for step in range(3):
        context.progress(step / 3, f"step {step}")
        context.log("info", f"line {step}")
        await trio.sleep(0.3)
