"""Breaks a copy of the project, one mutant at a time, and runs the tests that must notice.

The tests run once on an unbroken copy first: a test that fails there would catch anything.
"""

from __future__ import annotations

import os
import queue
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from torture.mutants.catalogue import ROOT, Mutant, mutants
from torture.verdict import Scale, Verdict, Violation

COPIED = ("docs", "nightdesk", "web", "workers", "executors", "actors", "state", "torture", "tests")
# One mutant may hang what it breaks; a hang that no test turns into a failure is no catch.
LIMIT_S = 600.0
PASSED, FAILED = 0, 1  # exit codes of pytest, and of a story


class Result(Struct, frozen=True):
    """How a catcher ended (None: it hung), and the end of what it printed."""

    code: int | None
    said: str


class Trial(Struct, frozen=True):
    """What became of one mutant. `said` is the end of what its catchers printed."""

    mutant: Mutant
    caught: bool
    said: str


@contextmanager
def copy_of_project() -> Iterator[Path]:
    """A private copy; nothing that is broken in it is ever in the checkout."""
    with tempfile.TemporaryDirectory(prefix="nightdesk-mutant-") as folder:
        place = Path(folder)
        for name in COPIED:
            # With the bytecode that `make setup` has left: it tells by the files' times and sizes
            # what it is of, and those are copied too.
            shutil.copytree(ROOT / name, place / name)
        shutil.copy(ROOT / "pyproject.toml", place)
        yield place


def run_catchers(place: Path, tests: Sequence[str], stories: Sequence[str]) -> Result:
    """All of them in that copy, until one does not pass."""
    commands = [["torture.powerloss", "--sequence", story] for story in stories]
    if tests:
        commands.append(["pytest", "-x", "-q", "-p", "no:cacheprovider", *tests])
    result = Result(PASSED, "")
    for command in commands:
        result = _run(place, command)
        if result.code != PASSED:
            break
    return result


def _run(place: Path, module: Sequence[str]) -> Result:
    # No bytecode: a file broken and mended within a second would be taken for unchanged.
    env = os.environ | {"PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", *module],
            cwd=place,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Result(None, f"no answer within {LIMIT_S:.0f} s")
    return Result(done.returncode, (done.stdout + done.stderr)[-2_000:])


def tried(mutant: Mutant, place: Path) -> Trial:
    """Break the copy, run the mutant's tests, mend the copy. Raises Stale."""
    path = place / mutant.file
    source = path.read_text("utf-8")
    path.write_text(mutant.applied(source), "utf-8")
    try:
        result = run_catchers(place, mutant.caught_by, mutant.stories)
    finally:
        path.write_text(source, "utf-8")
    return Trial(mutant, result.code == FAILED, result.said)


def trials(chosen: Sequence[Mutant], processes: int, told: Callable[[Trial], None]) -> list[Trial]:
    """Try all of them, `processes` side by side, each in a copy of its own."""
    copies: queue.SimpleQueue[Path] = queue.SimpleQueue()

    def one(mutant: Mutant) -> Trial:
        place = copies.get()
        try:
            trial = tried(mutant, place)
        finally:
            copies.put(place)
        told(trial)
        return trial

    with _copies(processes) as places, ThreadPoolExecutor(processes) as threads:
        for place in places:
            copies.put(place)
        return list(threads.map(one, chosen))


@contextmanager
def _copies(count: int) -> Iterator[list[Path]]:
    if count == 0:
        yield []
        return
    with copy_of_project() as place, _copies(count - 1) as others:
        yield [place, *others]


def unbroken(chosen: Iterable[Mutant]) -> str | None:
    """None where the catchers pass without any mutant, else what they said."""
    tests = sorted({test for mutant in chosen for test in mutant.caught_by})
    stories = sorted({story for mutant in chosen for story in mutant.stories})
    with copy_of_project() as place:
        result = run_catchers(place, tests, stories)
    return None if result.code == PASSED else result.said


def verdict_on(chosen: Sequence[Mutant], scale: Scale, told: Callable[[Trial], None]) -> Verdict:
    """Run these mutants; a survivor is a violation."""
    claim = "every fsync, order, check and gate is noticed when it is gone"
    failing = unbroken(chosen)
    if failing is not None:
        first = Violation(f"the tests fail unbroken: {failing}", "make test")
        return Verdict("mutants", claim, 0, "mutants", (first,))
    results = trials(chosen, scale.processes, told)
    survivors = tuple(
        Violation(
            f"{trial.mutant.id} survived: {trial.mutant.breaks}\n{trial.said}",
            f"python -m torture.mutants {trial.mutant.id}",
        )
        for trial in results
        if not trial.caught
    )
    facts = {"caught": str(len(results) - len(survivors)), "survived": str(len(survivors))}
    return Verdict("mutants", claim, len(results), "mutants", survivors, facts)


def chosen_by(scale: Scale) -> list[Mutant]:
    """The whole catalogue, or a seeded share of it."""
    catalogue = mutants()
    return random.Random(scale.seed).sample(catalogue, scale.of(len(catalogue)))


def run(scale: Scale) -> Verdict:
    """All that the scale asks for."""
    return verdict_on(chosen_by(scale), scale, lambda trial: None)
