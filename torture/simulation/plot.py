"""One simulation from its first start of the server to the calm after the last storm.

The legs of the scenario follow each other: the server is started, used, and stopped, killed or cut
off its power. Then nothing fails any more, and everything that was promised must come true.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import trio
from msgspec import Struct

from actors.directory import Directory
from actors.errors import ActorError
from actors.house import ActorSettings, House
from actors.supervisor import Supervisor
from state.views import DeskKey, desk_key
from torture.simulation.calm import Calm
from torture.simulation.clients import Clients
from torture.simulation.disk import Disk
from torture.simulation.follower import Follower
from torture.simulation.journeys import Journeys
from torture.simulation.library import Templates
from torture.simulation.pool import ListenedWorkers
from torture.simulation.promises import Promises
from torture.simulation.records import Records
from torture.simulation.scenario import End, Leg, Scenario, draw
from torture.simulation.scheduling import run_seeded
from torture.simulation.stopping import check_stopped
from torture.simulation.told import OPERATOR_TOLD, TARGET, Told
from torture.simulation.trace import Trace
from torture.simulation.watcher import Watcher
from torture.simulation.wishes import Wishes
from torture.simulation.work import WORLD, SimulatedSpec, World

EPOCH = 1_700_000_000.0


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of one seed."""

    seed: int
    violations: list[str]
    digest: str
    tail: list[str]
    counts: dict[str, int]
    virtual_s: float
    took_s: float


class Running(Struct, frozen=True):
    """A server that runs now."""

    supervisor: Supervisor
    workers: ListenedWorkers

    @property
    def directory(self) -> Directory:
        return self.supervisor.directory


class Simulation:
    """What outlives each run of the server. `run` is its only task."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.trace = Trace()
        self._rng = Random(scenario.seed + 5)
        self._desks = [desk_key(f"desk-{number}") for number in range(scenario.desks)]
        wishes = Wishes()
        self._promises = Promises(scenario, self.trace, wishes, now)
        self._disk = Disk(scenario, self.trace, self._promises, now)
        self._world = World(self.trace, self._disk, self._promises, scenario.slots)
        self._clients = Clients(scenario, self.trace, wishes, self._promises)
        self._journeys = Journeys(scenario, self.trace, self._disk)
        self._templates = Templates(scenario, self.trace, self._disk)
        self._watcher = Watcher(self.trace, self._disk, self._promises)
        self._told = Told(scenario, self.trace, self._promises)
        self._calm = Calm(
            scenario,
            self.trace,
            wishes,
            self._promises,
            self._disk,
            self._clients,
            self._journeys,
            self._templates,
            self._told,
            self._desks,
        )

    async def run(self) -> None:
        WORLD.set(self._world)
        trio.lowlevel.add_instrument(self._watcher)
        with self.trace.scope:
            tasks = trio.lowlevel.current_statistics().tasks_living
            for leg in self.scenario.legs:
                await self._leg(leg)
            self._disk.weather.relieved = True
            async with self._server(Leg(0.0, "stop", "resume")) as running:
                await self._calm.come(running.supervisor, running.workers.inline)
            if trio.lowlevel.current_statistics().tasks_living != tasks:
                self.trace.broken("tasks are left after the server has stopped")
        # Trio takes out an instrument that has failed: then this does, too.
        trio.lowlevel.remove_instrument(self._watcher)

    # --------------------------------------------------------------------- one server's run

    async def _leg(self, leg: Leg) -> None:
        async with self._server(leg) as running:
            with trio.move_on_after(leg.length_s):
                async with trio.open_nursery() as users:
                    for desk in self._desks:
                        for _ in range(self.scenario.clients):
                            users.start_soon(self._clients.live, desk, running.directory)
                        users.start_soon(self._journeys.live, desk, running.directory)
                        users.start_soon(self._templates.live, desk, running.directory)
                        for number in range(self.scenario.subscribers):
                            users.start_soon(self._subscribe, running.directory, desk, number)
                    users.start_soon(self._kill_workers, running, leg.length_s)
                    await trio.sleep_forever()

    @asynccontextmanager
    async def _server(self, leg: Leg) -> AsyncIterator[Running]:
        """Start a server; at the end let it stop, or die, as `leg` says."""
        self.trace.say(f"server: starts, {leg}")
        log = Records(self.trace)
        executors = {kind: SimulatedSpec(kind) for kind in self.scenario.kinds}
        workers = ListenedWorkers(self.scenario, self.trace, self._world, executors, log)
        house = House(
            store=self._disk,
            workers=workers,
            executors=executors,
            settings=_settings(self.scenario, leg),
            log=log,
            now=now,
            errands=self._told,
            targets={TARGET.id: TARGET},
        )
        supervisor = Supervisor(house)
        async with trio.open_nursery() as outside:
            await outside.start(workers.inline.run)
            async with trio.open_nursery() as inside:
                await inside.start(supervisor.run)
                self._watcher.directory = supervisor.directory
                yield Running(supervisor, workers)
                ending_at = self._end(leg.end)
                inside.cancel_scope.cancel()
            outside.cancel_scope.cancel()
        self._ended(leg.end, ending_at, log)

    def _end(self, end: End) -> float:
        self.trace.say(f"server: {end}")
        self.trace.count(end)
        if end != "stop":
            self._watcher.directory = None
            self._disk.weather.power = False
        return trio.current_time()

    def _ended(self, end: End, ending_at: float, log: Records) -> None:
        self._watcher.directory = None
        if end == "stop":
            known = {desk: self._promises.of(desk).durable for desk in self._desks}
            check_stopped(known, ending_at, log.parked, self._disk.weather, self.trace)
        else:
            self._disk.end_process(power=end == "power")
            self._world.end_process()
            self._disk.weather.power = True

    # ---------------------------------------------------------------------------- the users

    async def _subscribe(self, directory: Directory, desk: DeskKey, number: int) -> None:
        """Look at a desk now and then, with pauses, for ever."""
        follower = Follower(f"subscriber {number} of {desk[:4]}", self.trace)
        while True:
            await trio.sleep(self._rng.uniform(0.0, 60.0))
            try:
                handle = await directory.find(desk)
                revision = -1
                with handle.subscribe():
                    for _ in range(self._rng.randint(1, 40)):
                        published = await handle.wait_newer(revision)
                        follower.see(published)
                        revision = published.revision
                        await trio.sleep(self._rng.choice((0.0, 0.1, 5.0, 30.0)))
            except ActorError as error:
                self.trace.say(f"subscriber: {desk[:4]} is not there: {error}")

    async def _kill_workers(self, running: Running, length_s: float) -> None:
        times = sorted(self._rng.uniform(0.0, length_s) for _ in range(self.scenario.worker_kills))
        began = trio.current_time()
        for at_s in times:
            await trio.sleep_until(began + at_s)
            self.trace.say("workers: killed")
            self.trace.count("worker kills")
            running.workers.inline.kill()


def now() -> float:
    """The wall clock of the simulation."""
    return EPOCH + trio.current_time()


def simulate(scenario: Scenario) -> Outcome:
    """Play it."""
    simulation = Simulation(scenario)

    async def main() -> float:
        await simulation.run()
        return trio.current_time()

    began = time.perf_counter()
    virtual_s = run_seeded(scenario.seed, main)
    trace = simulation.trace
    return Outcome(
        seed=scenario.seed,
        violations=trace.violations,
        digest=trace.digest,
        tail=trace.tail if trace.violations else trace.tail[-20:],
        counts=dict(trace.counts),
        virtual_s=virtual_s,
        took_s=time.perf_counter() - began,
    )


def play(seed: int) -> Outcome:
    """Draw the scenario of a seed and play it."""
    return simulate(draw(seed))


def _settings(scenario: Scenario, leg: Leg) -> ActorSettings:
    return ActorSettings(
        boot=leg.boot,
        mailbox_size=scenario.mailbox_size,
        lane_width=scenario.lane_width,
        save_every_s=scenario.save_every_s,
        idle_after_s=scenario.idle_after_s,
        retention_s=scenario.retention_s,
        outcome_buffer_s=scenario.outcome_buffer_s,
        operator=OPERATOR_TOLD,
    )
