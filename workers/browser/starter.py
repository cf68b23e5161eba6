"""Becomes Chromium: the program that Playwright's driver is told to start, by a script of ours.

`python -I -S starter.py NOTE PROFILE CHROMIUM ARGUMENT...`. Playwright starts its browser in a
session of its own and tells nobody its number, so a kill of the worker's group misses it. This
writes down who it is, asks the kernel to be killed with the driver that started it, and becomes
Chromium. It runs before every browser: nothing but the standard library, and little of that.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PROFILE = "--user-data-dir="


def main() -> None:
    note, profile, program, *arguments = sys.argv[1:]
    driver = os.getppid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_PDEATHSIG")
    if os.getppid() != driver:
        # It died before the kernel was told.
        sys.exit(1)
    _write(note, f"{os.getpid()} {driver}")
    # Playwright's own profile folder would be left behind by a driver that is killed.
    rest = [each for each in arguments if not each.startswith(_PROFILE)]
    os.execv(program, [program, f"{_PROFILE}{profile}", *rest])


def _write(note: str, text: str) -> None:
    """Whole, or not there."""
    half = f"{note}.half"
    with open(half, "w", encoding="ascii") as file:
        file.write(text)
    os.rename(half, note)


if __name__ == "__main__":
    main()
