"""`python -m torture.mutants [ID ...] [--list]`: one line a mutant, caught or survived.

Exit code 0 when all of them were caught, 1 when one survived, 2 for an unknown id.
"""

from __future__ import annotations

import argparse
import sys

from torture.mutants.catalogue import mutants
from torture.mutants.experiment import Trial, verdict_on
from torture.verdict import Scale


def told(trial: Trial) -> None:
    said = "caught" if trial.caught else "SURVIVED"
    print(f"{said:8}  {trial.mutant.id}: {trial.mutant.breaks}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m torture.mutants")
    parser.add_argument("id", nargs="*", help="all without one")
    parser.add_argument("--list", action="store_true", help="only say which there are")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    known = {mutant.id: mutant for mutant in mutants()}
    if unknown := [name for name in given.id if name not in known]:
        parser.error(f"no such mutant: {', '.join(unknown)}")
    chosen = [known[name] for name in given.id or known]
    if given.list:
        for mutant in chosen:
            print(f"{mutant.id}: {mutant.breaks} ({mutant.file})")
        return 0
    verdict = verdict_on(chosen, Scale(processes=given.processes), told)
    for violation in verdict.violations:
        print(f"{violation.what}\n  again: {violation.replay}", file=sys.stderr)
    print(f"{verdict.ran} mutants, {len(verdict.violations)} not caught")
    return 0 if verdict.holds else 1


if __name__ == "__main__":
    sys.exit(main())
