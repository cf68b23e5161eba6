"""Table 7: what one save of a desk costs, and how long it keeps the server's loop from turning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kit.procs import load
from kit.report import Bench, table
from kit.served import folder

HEADERS = ("desk", "file kB", "save p50 ms", "p99 ms", "loop held up p50 ms", "p99 ms", "max ms")


def run(bench: Bench) -> str:
    with folder() as data:
        task = {"data": str(data), "saves": bench.size(500, 50)}
        seen = load("saves", task).result(300)
    return table(HEADERS, [row(shape) for shape in seen["shapes"]])


def row(shape: Mapping[str, Any]) -> tuple[object, ...]:
    saves, gaps = shape["saves_s"], shape["gaps_s"]
    size_kb = shape["size_bytes"] / 1e3
    times = (part(saves, 50), part(saves, 99), part(gaps, 50), part(gaps, 99), part(gaps, 100))
    return (shape["shape"], size_kb, *(1e3 * time for time in times))


def part(ordered: Sequence[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
