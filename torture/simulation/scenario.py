"""What a seed stands for: how many desks, how wild their users, how bad the disk, when it ends.

Drawn once before the simulation starts; what depends on the course of things is drawn as it goes.
"""

from __future__ import annotations

from random import Random
from typing import Literal

from msgspec import Struct

from actors.rules.facts import BootPolicy

# How a run of the server ends. A kill keeps what was written; a loss of power, what was synced.
End = Literal["stop", "kill", "power"]

# A storm is a time in which some operations of the disk fail.
OPERATIONS = (
    ("save",),
    ("saved",),
    ("save", "saved"),
    ("append",),
    ("sync",),
    ("append", "sync"),
    ("open_outcomes", "open_inputs"),
    ("read_inputs",),
    ("write_inputs",),
    ("load",),
    ("append_log",),
    ("append_audit", "sync_audit"),
    ("delete_job",),
    ("save_journeys", "keep_journeys"),
    ("save_library", "keep_library"),
    ("read_journeys", "iter_outcomes"),
    ("save", "append", "sync", "load", "write_inputs", "save_journeys"),
)
ILLS = ("error", "full", "broken", "read_only", "bug", "slow")


class Storm(Struct, frozen=True):
    """From `start_s` to `end_s` each of these operations meets `ill` with that probability."""

    start_s: float
    end_s: float
    operations: tuple[str, ...]
    ill: str
    probability: float


class Leg(Struct, frozen=True):
    """One run of the server."""

    length_s: float
    end: End
    boot: BootPolicy


class Scenario(Struct, frozen=True, kw_only=True):
    """A simulation before it begins. `pause_s` is the mean time between a client's commands."""

    seed: int
    desks: int
    clients: int
    pause_s: float
    jobs_max: int
    items_max: int
    item_s: float
    kinds: tuple[str, ...]
    lane_width: int
    slots: int
    seats: int
    mailbox_size: int
    idle_after_s: float
    retention_s: float
    outcome_buffer_s: float
    save_every_s: float
    subscribers: int
    worker_kills: int
    bugs: float
    legs: tuple[Leg, ...]
    storms: tuple[Storm, ...]

    @property
    def length_s(self) -> float:
        return sum(leg.length_s for leg in self.legs)


def draw(seed: int) -> Scenario:
    """The scenario of a seed: at least ten virtual minutes."""
    rng = Random(seed)
    legs = _legs(rng)
    length_s = sum(leg.length_s for leg in legs)
    return Scenario(
        seed=seed,
        desks=rng.randint(1, 4),
        clients=rng.randint(1, 3),
        pause_s=rng.choice((12.0, 30.0, 60.0)),
        jobs_max=rng.randint(3, 7),
        items_max=rng.choice((1, 4, 8, 20)),
        item_s=rng.choice((0.05, 1.0, 10.0, 100.0)),
        kinds=("alpha", "beta")[: rng.randint(1, 2)],
        lane_width=rng.randint(1, 3),
        slots=rng.choice((1, 2, 5, 50)),
        seats=rng.randint(1, 2),
        mailbox_size=rng.choice((1, 3, 256)),
        idle_after_s=rng.choice((61.0, 120.0, 600.0)),
        retention_s=rng.choice((90.0, 400.0, 30 * 86_400.0, 30 * 86_400.0)),
        outcome_buffer_s=rng.choice((0.0, 0.2, 5.0)),
        save_every_s=rng.choice((1.0, 5.0, 5.0)),
        subscribers=rng.randint(0, 2),
        worker_kills=rng.choice((0, 0, 1, 4)),
        bugs=rng.choice((0.0, 0.0, 0.002, 0.02)),
        legs=legs,
        storms=tuple(_storm(rng, length_s) for _ in range(rng.choice((0, 1, 3, 6)))),
    )


def _legs(rng: Random) -> tuple[Leg, ...]:
    count = rng.randint(1, 4)
    ends: list[End] = ["stop", "kill", "power"]
    return tuple(
        Leg(
            length_s=600.0 / count + rng.uniform(0.0, 120.0),
            end=rng.choice(ends),
            boot="paused" if rng.random() < 0.25 else "resume",
        )
        for _ in range(count)
    )


def _storm(rng: Random, length_s: float) -> Storm:
    start_s = rng.uniform(0.0, length_s)
    return Storm(
        start_s=start_s,
        end_s=start_s + rng.choice((0.5, 5.0, 40.0)),
        operations=rng.choice(OPERATIONS),
        ill=rng.choice(ILLS),
        probability=rng.choice((0.1, 0.5, 1.0)),
    )
