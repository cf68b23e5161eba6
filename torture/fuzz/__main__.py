"""`python -m torture.fuzz [--seed N] NUMBER|FIRST-LAST ...`: those inputs again, one at a time.

Says which of them is wrong, and what it sent.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import trio

from torture.fuzz.runner import STAGE_INPUTS, serving

SHOWN_BYTES = 400


def numbers_of(texts: list[str]) -> Iterator[int]:
    for text in texts:
        first, _, last = text.partition("-")
        yield from range(int(first), int(last or first) + 1)


async def _again(seed: int, numbers: list[int], data: Path) -> int:
    broken = False
    async with serving(data) as target:
        for count, number in enumerate(numbers):
            if count % STAGE_INPUTS == 0:
                stage = await target.stage()
            found = [one.what for one in await target.run(stage, seed, [number], callers=1)]
            found += target.log.problems()
            if found:
                broken = True
                shown = [piece[:SHOWN_BYTES] for piece in target.input(stage, seed, number).pieces]
                print(f"input {number}: BROKEN", *found, f"sent {shown}", sep="\n  ")
            if not target.server.alive:
                print("the server is gone")
                break
        await target.server.stop()
    print("BROKEN" if broken else f"{len(numbers)} inputs hold")
    return int(broken)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m torture.fuzz", description=__doc__)
    parser.add_argument("numbers", nargs="+", help="NUMBER or FIRST-LAST")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nightdesk-fuzz-") as folder:
        return trio.run(_again, given.seed, list(numbers_of(given.numbers)), Path(folder) / "data")


if __name__ == "__main__":
    sys.exit(main())
