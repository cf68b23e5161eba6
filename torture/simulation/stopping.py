"""What must hold when a server has been stopped in good order."""

from __future__ import annotations

from collections.abc import Mapping

import trio

from state.model import DeskState, JobStatus
from state.views import DeskKey
from torture.simulation.disk import Weather
from torture.simulation.trace import Trace

# As the design says: drained, saved and gone.
STOP_S = 5.0
# What may come on top where the disk hangs: the last syncs and saves are shielded, and bounded.
HANGING_S = 10.0
# An ill of the disk so long ago has no effect any more.
CALM_S = 20.0


def check_stopped(
    desks: Mapping[DeskKey, DeskState | None],
    since: float,
    parked: set[str],
    weather: Weather,
    trace: Trace,
) -> None:
    """It took no longer than it may, and nothing is left running on the disk."""
    took_s = trio.current_time() - since
    trace.say(f"server: stopped in {took_s:.3f} s")
    calm = all(at < since - CALM_S for at in weather.last_ill.values())
    allowed_s = STOP_S if calm else STOP_S + HANGING_S
    if took_s > allowed_s:
        trace.broken(f"the server took {took_s:.1f} s to stop, {allowed_s} s are allowed")
    for desk, state in desks.items():
        if not calm or state is None or desk[:8] in parked:
            continue
        for job in state.jobs.values():
            if job.status is JobStatus.RUNNING:
                trace.broken(f"{job.id} of {desk[:4]} is saved as running by a stopped server")
