"""How a table is written: markdown, and the machine that its figures belong to."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Bench:
    """What a table is told: whether seconds must do, and where peers' Python is."""

    quick: bool
    peers_python: Path

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A markdown table: text to the left, numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headers, *cells, strict=True)]
    right = [not any(row[n][:1].isalpha() for row in cells) for n in range(len(headers))]
    rule = ["-" * (width - 1) + (":" if r else "-") for width, r in zip(widths, right, strict=True)]
    return "\n".join(_line(row, widths, right) for row in (headers, rule, *cells))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    ]
    return f"| {' | '.join(padded)} |"


def megabytes(size_bytes: int) -> float:
    return size_bytes / 1e6


def machine() -> str:
    """One paragraph: when, on what, at which commit."""
    cpu = next(
        line.partition(": ")[2]
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores ({cpu}), "
        f"Linux {platform.release()}, Python {platform.python_version()}, "
        f"commit {commit or 'unknown'}, load before {os.getloadavg()[0]:.1f}. "
        "Server, workers, target and load clients share these cores."
    )
