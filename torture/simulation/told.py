"""Who is told of the ends of jobs: a target of the operator's that fails, hangs, and loses answers.

What is durable is told, at least once, whatever died in between; and nothing is told that is not
durable.
"""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import trio

from actors.house import OperatorTarget
from actors.ports.errands import NoErrands, Telling
from actors.rules.operators import Operator
from state.model import TERMINAL
from state.notices import OPERATOR
from state.views import DeskKey
from torture.simulation.promises import Known, Promises
from torture.simulation.scenario import Scenario
from torture.simulation.trace import Trace

TARGET = OperatorTarget(f"{OPERATOR}0", "the target of the simulation", "json://told.example")
OPERATOR_TOLD = Operator((TARGET.id,), tuple(status.value for status in TERMINAL))
# A message that has failed so often is taken: the pauses between its tries stay short.
MOST_FAILURES = 2
HANG_S = 15.0

_TITLE = re.compile(r"Nightdesk: (\S+) (completed|partially completed|failed|cancelled)")
_RUN = re.compile(r"run (\d+), desk")

# The desk, the name of the job, its run, and how that ended.
End = tuple[DeskKey, str, int, str]


class Told(NoErrands):
    """Outlives the runs of the server. `notify` is called by the desks' tasks."""

    def __init__(self, scenario: Scenario, trace: Trace, promises: Promises) -> None:
        self._trace = trace
        self._promises = promises
        self._rng = Random(scenario.seed + 7)
        # Written by `notify`: what was taken, and what failed how often.
        self._taken: set[End] = set()
        self._failures: Counter[End] = Counter()

    async def notify(self, telling: Telling) -> str | None:
        """See Errands."""
        end = _end_of(telling)
        self._check_durable(end)
        await trio.sleep(self._rng.choice((0.0, 0.1, 2.0)))
        if self._failures[end] >= MOST_FAILURES or self._rng.random() < 0.6:
            self._trace.say(f"operator: told of {end[1:]}")
            self._trace.count("ends told")
            self._taken.add(end)
            return None
        self._failures[end] += 1
        self._trace.count("ends not told at once")
        if self._rng.random() < 0.3:
            # It has it, and we do not know.
            self._taken.add(end)
        await trio.sleep(self._rng.choice((0.0, HANG_S)))
        return "it answered 500"

    def check(self, desk: DeskKey) -> None:
        """In the calm: every end that has been durable was told."""
        known = self._promises.of(desk)
        for (job_id, run), status in known.ends.items():
            if (desk, known.names[job_id], run, status.value) not in self._taken:
                self._trace.broken(f"nobody was told that run {run} of {job_id} is {status}")

    def _check_durable(self, end: End) -> None:
        """One end and the next run may be of one save, and a job's end and its deletion."""
        desk, name, run, status = end
        known = self._promises.of(desk)
        called = [job_id for job_id, its in known.names.items() if its == name]
        if called and not any(_may_have(known, job_id, run, status) for job_id in called):
            ended = [known.ends.get((job_id, run)) for job_id in called]
            self._trace.broken(f"told that run {run} of {name} is {status}, kept is {ended}")


def _may_have(known: Known, job_id: str, run: int, status: str) -> bool:
    """Whether the job's run has ended so, or may have."""
    kept = known.ends.get((job_id, run))
    if kept is not None:
        return kept.value == status
    job = None if known.durable is None else known.durable.jobs.get(job_id)
    return job is None or job.run > run


def _end_of(telling: Telling) -> End:
    title, run = _TITLE.fullmatch(telling.title), _RUN.search(telling.body)
    if title is None or run is None:
        raise AssertionError(f"not a message of ours: {telling}")
    return telling.desk, title[1], int(run[1]), title[2].replace(" ", "_")
