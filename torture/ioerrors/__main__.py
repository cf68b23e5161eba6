"""`python -m torture.ioerrors CASE ...`: cases in process, or scenarios of real servers, again."""

from __future__ import annotations

import sys

import trio

from torture.ioerrors.experiment import again
from torture.ioerrors.servers import SCENARIOS, Unable, run_scenario


def main(names: list[str]) -> int:
    broken = False
    for name in names or SCENARIOS:
        try:
            if name in SCENARIOS:
                seen = run_scenario(name)
                wrong, note = seen.wrong, f", back after {seen.back_s:.1f} s"
            else:
                wrong, note = trio.run(again, name), ""
        except Unable as reason:
            print(f"{name}: not run here: {reason}")
            continue
        print(f"{name}: {'BROKEN' if wrong else 'holds'}{note}")
        for said in wrong:
            print(f"  {said}")
        broken = broken or bool(wrong)
    return int(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
