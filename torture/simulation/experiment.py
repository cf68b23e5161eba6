"""The experiment: thousands of seeds, in a few processes, and what they saw altogether.

Called by `torture.__main__` and, with a small share, by the tests. Each process is one of
`python -m torture.simulation`, which prints an outcome a line.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from torture.simulation.plot import Outcome
from torture.verdict import Scale, Verdict, Violation

FULL_SEEDS = 3_000
CLAIM = "no acknowledged command is lost, no ended item is done again, no job is stuck"
ROOT = Path(__file__).resolve().parent.parent.parent


def run(scale: Scale) -> Verdict:
    """Play that share of the seeds, `scale.seed` being the first of them."""
    outcomes = list(_played(scale.seed, scale.of(FULL_SEEDS), scale.processes))
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        counts.update(outcome.counts)
    return Verdict(
        experiment="simulation",
        claim=CLAIM,
        ran=len(outcomes),
        unit="seeds",
        violations=tuple(violation for outcome in outcomes for violation in _violations(outcome)),
        facts=_facts(counts, sum(outcome.virtual_s for outcome in outcomes)),
    )


def _played(first: int, count: int, processes: int) -> Iterator[Outcome]:
    """The outcomes of so many seeds. Every process has its own part of them."""
    share = -(-count // max(1, processes))
    parts = [(at, min(share, first + count - at)) for at in range(first, first + count, share)]
    players = [_player(seed, seeds) for seed, seeds in parts]
    for (player, printed), (seed, seeds) in zip(players, parts, strict=True):
        complaints = player.communicate()[1]
        with printed:
            printed.seek(0)
            lines = printed.read().splitlines()
        for line in lines:
            yield msgspec.json.decode(line, type=Outcome)
        if len(lines) != seeds:
            raise RuntimeError(f"seed {seed + len(lines)} could not be played:\n{complaints}")


def _player(seed: int, seeds: int) -> tuple[subprocess.Popen[str], IO[str]]:
    """It prints into a file: in a pipe that nobody reads yet it would come to a stop."""
    command = [sys.executable, "-m", "torture.simulation", "--json"]
    printed = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed when it has been read
    player = subprocess.Popen(
        [*command, "--seed", str(seed), "--count", str(seeds)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        stdout=printed,
        stderr=subprocess.PIPE,
        text=True,
    )
    return player, printed


def _violations(outcome: Outcome) -> Iterator[Violation]:
    for what in outcome.violations:
        yield Violation(what, f"python -m torture.simulation --seed {outcome.seed}")


def _facts(counts: Counter[str], virtual_s: float) -> dict[str, str]:
    told = {
        "virtual hours": round(virtual_s / 3600),
        "commands": counts["commands"],
        "acknowledged": counts["acknowledged"],
        "items": counts["items"],
        "jobs made once more": counts["jobs made once more"],
        "journeys lists kept": counts["lists"],
        "templates kept": counts["templates"],
        "ends learned": counts["lessons"],
        "ends told": counts["ends told"],
        "ends not told at once": counts["ends not told at once"],
        "snapshots checked": counts["snapshots"],
        "disk faults": counts["faults"],
        "desk deaths": counts["desk deaths"],
        "desks parked": counts["desks parked"],
        "worker kills": counts["worker kills"],
        "power losses": counts["power"],
        "kills": counts["kill"],
        "stops": counts["stop"],
    }
    return {name: f"{count:,}" for name, count in told.items()}
