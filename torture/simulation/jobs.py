"""What the users' batches look like: items that end well, badly, late, or take a worker down.

Used by the clients. An item is the wish that `torture.simulation.work` fulfils.
"""

from __future__ import annotations

from itertools import count
from random import Random
from typing import Any

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from actors.messages import CreateJob, Idempotency, RepeatJob
from actors.ports import Plan
from state.model import InputItem
from state.spending import NO_CAP, SpendCap
from torture.simulation.money import price_of
from torture.simulation.scenario import Scenario

# The journeys that there may be at a desk; those of a job are among them.
JOURNEY_IDS = tuple(f"{number:08x}" for number in range(6))
HOSTS = ("", "", "a.example", "b.example")

# What may become of an item, and how often; `lose`: it is lost with something of its worker's.
FATES = {
    "ok": 60,
    "fail": 8,
    "skip": 3,
    "retry": 6,
    "busy": 4,
    "raise": 3,
    "hang": 3,
    "die": 3,
    "artifact": 4,
    "talk": 4,
    "lose": 3,
    "spend": 8,
}
# What a call of an item that spends may cost, in picodollars; it may cost less.
CALL_MAX = 100


class Makes:
    """Draws jobs. Written by the clients through its methods."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._rng = Random(scenario.seed + 4)
        self._numbers = count(1)

    def job(self, idempotency: Idempotency | None) -> CreateJob:
        rng = self._rng
        kind = rng.choice(self._scenario.kinds)
        name = self.new_id()
        items = [self._item() for _ in range(rng.randint(1, self._scenario.items_max))]
        spec: dict[str, Any] = {}
        if rng.random() < 0.03:
            spec["open_error"] = "injected: cannot be opened"
        cap = SpendCap(picousd=rng.randint(0, 12) * CALL_MAX) if rng.random() < 0.6 else NO_CAP
        if cap.picousd is not None:
            spec["cap"] = cap.picousd
        if rng.random() < 0.25:
            spec["finale"] = len(items) - 1
        return CreateJob(
            job_id=name,
            kind=kind,
            name=name,
            lane=kind if rng.random() < 0.8 else "shared",
            priority=rng.choice((0, 0, 0, 1, 5)),
            start=rng.random() < 0.8,
            plan=Plan(
                items=[InputItem(Raw(msgspec.json.encode(i)), rng.choice(HOSTS)) for i in items],
                spec=spec,
                secrets={"key": "value"} if rng.random() < 0.1 else {},
                concurrency=rng.choice((1, 4, 40)),
                retries=rng.choice((0, 1, 3)),
                price_tokens=price_of(len(items)),
                finale="finale" in spec,
                cap=cap,
            ),
            idempotency=idempotency,
            of_journeys=rng.random() < 0.4,
        )

    def again(self, command: CreateJob | RepeatJob) -> CreateJob | RepeatJob:
        """The same job under another id, as the front end makes of a repeated request."""
        name = self.new_id()
        if isinstance(command, RepeatJob):
            return replace(command, new_id=name)
        return replace(command, job_id=name, name=name)

    def new_id(self) -> str:
        """For a job."""
        return f"job-{next(self._numbers)}"

    def _item(self) -> dict[str, Any]:
        rng = self._rng
        lasts_s = rng.uniform(0.0, self._scenario.item_s) if rng.random() < 0.7 else 0.0
        do = rng.choices(list(FATES), list(FATES.values()))[0]
        journey_id = rng.choice(JOURNEY_IDS)
        item: dict[str, Any] = {"do": do, "s": round(lasts_s, 3), "id": journey_id}
        if do in ("retry", "busy", "die", "lose"):
            # How many attempts end badly; 99: all of them.
            item["until"] = rng.choice((1, 1, 2, 99))
        if do == "spend":
            costs = [rng.randint(0, CALL_MAX) for _ in range(rng.randint(1, 5))]
            item |= {"costs": costs, "ends": rng.choice(("ok", "fail", "raise", "hang"))}
        if rng.random() < 0.2:
            item["tally"] = {"found": rng.randint(0, 3), "made": rng.randint(0, 3)}
        return item
