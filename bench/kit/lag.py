"""What `probed.py` noted, seen by phases of a bench."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Phase:
    """A stretch of time, in `time.perf_counter()` seconds (one clock for all processes)."""

    name: str
    began: float
    ended: float


def rows(file: Path, phases: list[Phase]) -> list[tuple[object, ...]]:
    """(phase, samples, p50 ms, p99 ms, max ms) of each phase."""
    samples: list[tuple[float, float]] = json.loads(file.read_text())
    return [_row(phase, samples) for phase in phases]


def _row(phase: Phase, samples: list[tuple[float, float]]) -> tuple[object, ...]:
    lags = sorted(lag for at, lag in samples if phase.began <= at <= phase.ended)
    places = (len(lags) // 2, len(lags) * 99 // 100, len(lags) - 1)
    return (phase.name, len(lags), *(1e3 * lags[place] for place in places))
