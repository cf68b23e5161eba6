"""`python -m torture [EXPERIMENT ...] [--share S] [--seed N] [--processes P]`: one table.

Exit code 0 when every claim holds, 1 when one is broken, 2 for a wrong argument.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Callable

from torture.verdict import Scale, Verdict

# Each names a module with `run(scale: Scale) -> Verdict`.
EXPERIMENTS = {
    "powerloss": "torture.powerloss.experiment",
    "kill": "torture.kill",
    "mutants": "torture.mutants.experiment",
    "ioerrors": "torture.ioerrors.experiment",
    "corruption": "torture.corruption.experiment",
    "simulation": "torture.simulation.experiment",
    "fuzz": "torture.fuzz.experiment",
}
SHOWN_VIOLATIONS = 20


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m torture", description=__doc__.split("\n")[0])
    parser.add_argument("experiment", nargs="*", help=f"of {', '.join(EXPERIMENTS)}; all without")
    parser.add_argument("--share", type=float, default=1.0, help="part of the full run, 0 to 1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    if unknown := [name for name in given.experiment if name not in EXPERIMENTS]:
        parser.error(f"no such experiment: {', '.join(unknown)}")
    if not 0 < given.share <= 1:
        parser.error(f"--share {given.share} is not within (0, 1]")
    return given


def experiment(name: str) -> Callable[[Scale], Verdict]:
    run: Callable[[Scale], Verdict] = importlib.import_module(EXPERIMENTS[name]).run
    return run


def row(verdict: Verdict, took_s: float) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in verdict.facts.items())
    held = "holds" if verdict.holds else f"**BROKEN ({len(verdict.violations)})**"
    count = f"{verdict.ran:,} {verdict.unit}"
    return (
        f"| {verdict.experiment} | {verdict.claim} | {count} | {held} | {facts} | {took_s:.0f} s |"
    )


def main() -> int:
    given = arguments()
    scale = Scale(given.share, given.seed, given.processes)
    broken = False
    print("| experiment | claim | ran | verdict | facts | took |\n|---|---|---|---|---|---|")
    for name in given.experiment or EXPERIMENTS:
        print(f"torture: {name} ...", file=sys.stderr, flush=True)
        began = time.monotonic()
        verdict = experiment(name)(scale)
        print(row(verdict, time.monotonic() - began), flush=True)
        for violation in verdict.violations[:SHOWN_VIOLATIONS]:
            print(f"{name}: {violation.what}\n  again: {violation.replay}", file=sys.stderr)
        for why in verdict.skipped:
            print(f"{name}: not run here: {why}", file=sys.stderr)
        broken = broken or not verdict.holds
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
