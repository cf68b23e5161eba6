"""Becomes Chromium: the program that Playwright's driver is told to start, by a script of ours.

`python -I -S starter.py FOLDER NOTE CHROMIUM ARGUMENT...`. Playwright starts its browser in a
session of its own and tells nobody its number, so a kill of the worker's group misses it. This
writes down who it is, asks the kernel to be killed with the driver that started it, and becomes
Chromium. It runs before every browser: nothing but the standard library, and little of that.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
# A worker's (`workers.manners`).
_NICENESS = 5
_PROFILE = "--user-data-dir="
_FEATURES = "--disable-features="


def main() -> None:
    folder, note, program, *arguments = sys.argv[1:]
    driver = os.getppid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_PDEATHSIG")
    if os.getppid() != driver:
        # It died before the kernel was told.
        sys.exit(1)
    _yield_to_desks()
    _write(f"{folder}/{note}", f"{os.getpid()} {driver}")
    # Chromium makes a socket among its temporary files, and a socket's path has 107 bytes at most.
    os.chdir(folder)
    os.environ["TMPDIR"] = "/proc/self/cwd"
    # The profile is among our files: Playwright's would be left behind by a driver that is killed.
    theirs, rest = _taken_out(_PROFILE, arguments)
    for profile in theirs:
        os.rmdir(profile)
    # Chromium heeds the last of these, and would do without Playwright's own.
    features, rest = _taken_out(_FEATURES, rest)
    off = f"{_FEATURES}{','.join(features)}"
    os.execv(program, [program, f"{_PROFILE}{folder}/profile", off, *rest])


def _taken_out(option: str, arguments: list[str]) -> tuple[list[str], list[str]]:
    """The values of an option, and the other arguments."""
    values = [each.removeprefix(option) for each in arguments if each.startswith(option)]
    return values, [each for each in arguments if not each.startswith(option)]


def _yield_to_desks() -> None:
    """Keep the worker's low priority: a session counts as a whole, and this is another one. Within
    it, Chromium's threads keep the order that Chromium gives them: as root it lifts some above the
    others, and where it may not, a visit costs it 1.6 times the processor time."""
    with suppress(OSError), open("/proc/self/autogroup", "w", encoding="ascii") as file:
        # A kernel without it has no such file, and a busy one refuses: less polite, and as good.
        file.write(str(_NICENESS))


def _write(note: str, text: str) -> None:
    """Whole, or not there."""
    half = f"{note}.half"
    with open(half, "w", encoding="ascii") as file:
        file.write(text)
    os.rename(half, note)


if __name__ == "__main__":
    main()
