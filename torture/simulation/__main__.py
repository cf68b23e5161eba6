"""`python -m torture.simulation --seed N`: play one seed again, and show how it ended.

`--count M` plays M seeds from there on; `--json` prints an outcome a line, for the experiment.
"""

from __future__ import annotations

import argparse
import os
import sys

import msgspec

from torture.simulation.plot import Outcome, play


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m torture.simulation")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--tail", type=int, default=60, help="lines of the trace to show")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    broken = False
    for seed in range(given.seed, given.seed + given.count):
        outcome = play(seed)
        broken = broken or bool(outcome.violations)
        if given.json:
            print(msgspec.json.encode(outcome).decode(), flush=True)
        elif outcome.violations or given.count == 1:
            show(outcome, given.tail)
    return 1 if broken else 0


def show(outcome: Outcome, lines: int) -> None:
    for line in outcome.tail[-lines:]:
        print(line)
    print(f"seed {outcome.seed}: {outcome.virtual_s:.0f} virtual s in {outcome.took_s:.2f} s")
    print(f"{outcome.counts}\ntrace {outcome.digest}")
    for violation in outcome.violations:
        print(f"BROKEN {violation}")


def run_hashed() -> None:
    """Begin anew with the one order of sets of strings, so that a seed replays in any process."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        again = [sys.executable, "-m", "torture.simulation", *sys.argv[1:]]
        os.execve(sys.executable, again, {**os.environ, "PYTHONHASHSEED": "0"})


if __name__ == "__main__":
    run_hashed()
    sys.exit(main())
