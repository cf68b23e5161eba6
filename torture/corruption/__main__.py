"""`python -m torture.corruption --case NAME`: one case again, with all that was seen."""

from __future__ import annotations

import argparse
import sys

from torture.corruption.cases import case_of
from torture.corruption.experiment import workshop


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m torture.corruption")
    parser.add_argument("--case", required=True, help="SCENE:TARGET:MUTATION:NUMBER")
    case = case_of(parser.parse_args().case)
    with workshop() as bench:
        judged = bench.judge(case)
    print(f"{case.name}: {judged.ended}\n{judged.wrong or 'as promised'}")
    return 1 if judged.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
