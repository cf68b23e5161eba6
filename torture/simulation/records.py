"""The server's log as the simulation hears it: which desks died, of what, and whether they may.

An exception that was not injected is a bug of the product, wherever the product has caught it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import trio

from torture.simulation.disk import INJECTED
from torture.simulation.trace import Trace

# As in `actors.house.ActorSettings`, by the words of the design: at most 5 restarts in 60 s.
RESTARTS = 5
WINDOW_S = 60.0
# Where executors fail on purpose.
OUR_EXECUTORS = "torture/simulation/work.py"
# Where only the runner of a job can meet trouble.
OF_A_JOB = ("at append", "at sync", "at read_inputs", "at open_inputs", "at append_log")
# The second is of one that has not lived yet: whoever asks for it next has it tried again.
DEATHS = ("a desk died", "a desk could not be opened")


class Records:
    """The log of one run of the server: an `actors.house.Log` and a `workers.logs.EventLog`."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        # Written by the server through the methods below.
        self._deaths: defaultdict[str, list[float]] = defaultdict(list)
        self.parked: set[str] = set()

    def info(self, event: str, **fields: Any) -> None:
        self._note(event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        self._note(event, fields)
        if event in DEATHS:
            # Of its disk: it is read again for as long as that takes, and never parked for it.
            self._trace.count("desk deaths")
            self._expect(event, fields["reason"])

    def error(self, event: str, **fields: Any) -> None:
        self._note(event, fields)
        if event == "a desk is parked":
            self._parked(fields["desk"], fields["reason"])
        elif event == "a job's runner crashed":
            self._trace.count("runner crashes")
            self._expect(event, str(fields["exc_info"]))
        elif event == "executor_raised":
            self._expect_ours(event, fields["trace"])

    def exception(self, event: str, **fields: Any) -> None:
        self._note(event, fields)
        self._expect(event, fields["reason"])
        self._trace.count("desk deaths")
        if all(cause.endswith(OF_A_JOB) for cause in fields["reason"].split("; ")):
            self._trace.broken(f"a crash of a job killed desk {fields['desk'][:4]}")
        if event == "a desk died":
            self._died(fields["desk"])

    def _note(self, event: str, fields: dict[str, Any]) -> None:
        about = {
            name: fields[name] for name in ("desk", "job", "reason", "error") if name in fields
        }
        self._trace.say(f"log: {event} {about}")

    def _expect(self, event: str, reason: str) -> None:
        if INJECTED not in reason:
            self._trace.broken(f"{event}: {reason}")

    def _expect_ours(self, event: str, trace: str) -> None:
        """A trace tells where it failed and not what was said: at the end it must be in an executor
        of the simulation, which fail on purpose only."""
        if OUR_EXECUTORS not in trace.rpartition('File "')[2]:
            self._trace.broken(f"{event}: {trace}")

    def _died(self, desk: str) -> None:
        now = trio.current_time()
        recent = [at for at in self._deaths[desk] if at > now - WINDOW_S] + [now]
        self._deaths[desk] = recent
        if len(recent) > RESTARTS + 1:
            self._trace.broken(f"desk {desk[:4]} died {len(recent)} times within {WINDOW_S} s")

    def _parked(self, desk: str, reason: str) -> None:
        self._trace.count("desks parked")
        self.parked.add(desk)
        recent = len(self._deaths[desk])
        if recent < RESTARTS + 1:
            self._trace.broken(f"desk {desk[:4]} was parked after {recent} deaths: {reason}")
