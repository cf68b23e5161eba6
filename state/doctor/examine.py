"""Runs the doctor over a data folder: the parts of the house, then desk by desk. Bounded in memory:
one desk at a time, every file of lines read piece by piece.

    report = examine(files, path, Orders(repair=False, live=False, ...))
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from state.atomic import opened
from state.desks import DeskFiles
from state.doctor.desk import check_desk
from state.doctor.findings import CODES, Finding, Problem, Severity
from state.doctor.house import (
    FOLDERS,
    Kept,
    check_folders,
    check_house,
    check_strangers,
    keys_in,
    quarantined,
)
from state.doctor.links import check_links
from state.doctor.mending import Aside
from state.doctor.scene import Links, Scene, Tally, guarded
from state.errors import NotADataFolder, StateError
from state.files import Files
from state.folders import JobFolders
from state.layout import Layout
from state.migrations import SCHEMA
from state.views import DeskKey

# One folder that is missing is damage. Where only one is there, this is something else.
_FOLDERS_MIN = 2
# While a server works, a file may have been replaced between two looks: look again.
LIVE_LOOKS = 3

_PLACE = re.compile(r"(?:sessions|active|files)/([0-9a-f]{64})(?:/([A-Za-z0-9_-]{1,64})(?:/|\Z))?")

# Called with (desks done, desks in all).
Progress = Callable[[int, int], None]


class Orders(Struct, frozen=True, kw_only=True):
    """What is asked for. With `repair`, the caller holds the folder's lock; `live` says that a
    server holds it. `known` are files that others than the store keep at the top."""

    repair: bool
    live: bool
    max_log_bytes: int
    free_bytes: int
    known: frozenset[str] = frozenset()
    now: Callable[[], float]
    progress: Progress | None = None


class Report(Struct, frozen=True, kw_only=True):
    """What came of it. `complete` is False where a missing folder ended the check."""

    complete: bool
    checked: Tally
    quarantine: Kept
    findings: list[Finding]

    @property
    def needs_attention(self) -> bool:
        return any(finding.counts for finding in self.findings)


def examine(files: Files, path: Path, orders: Orders) -> Report:
    """Check the folder, and repair what can be where that is asked for. Raises NotADataFolder;
    OSError only where the folder itself cannot be opened."""
    check_is_data_folder(files, path)
    with ExitStack() as held:
        root = held.enter_context(opened(files, files.open_root(path)))
        findings = _Findings(orders.repair)
        findings.take_all(check_folders(files, root, FOLDERS))
        if findings.blocked:
            return Report(
                complete=False, checked=Tally(), quarantine=Kept(), findings=findings.made
            )
        parts = [
            held.enter_context(opened(files, files.open_folder(root, name))) for name in FOLDERS
        ]
        scene = _scene(files, Layout(root, *parts), orders)
        _examine(scene, orders, findings)
        return Report(
            complete=True,
            checked=scene.tally,
            quarantine=quarantined(files, scene.layout.quarantine),
            findings=findings.made,
        )


def check_is_data_folder(files: Files, path: Path) -> None:
    """Raises NotADataFolder; a check of anything else would call all of it foreign, and a repair
    would move it away. OSError where it cannot be opened."""
    with opened(files, files.open_root(path)) as root:
        there = set(files.list(root)).intersection(FOLDERS)
    if len(there) < _FOLDERS_MIN:
        raise NotADataFolder(f"{path} is no data folder: it lacks {', '.join(FOLDERS)}")


def _scene(files: Files, layout: Layout, orders: Orders) -> Scene:
    return Scene(
        files=files,
        layout=layout,
        desks=DeskFiles(files, layout.sessions, layout.quarantine, schema=SCHEMA, now=orders.now),
        folders=JobFolders(files, layout.jobs, layout.quarantine),
        aside=Aside(files, layout.quarantine, orders.now),
        max_log_bytes=orders.max_log_bytes,
        live=orders.live,
        tally=Tally(),
        links=Links(),
    )


def _examine(scene: Scene, orders: Orders, findings: _Findings) -> None:
    findings.take_all(guarded(".", check_house(scene, orders.free_bytes, orders.known)))
    desks = keys_in(scene)
    for done, desk in enumerate(desks):
        if orders.progress is not None:
            orders.progress(done, len(desks))
        if orders.live:
            findings.take_all(_settled(scene, desk))
        else:
            findings.take_all(check_desk(scene, desk))
    # Last: it sees what the mending of a desk may have left.
    findings.take_all(guarded(".", check_strangers(scene)))
    findings.take_all(guarded("links", check_links(scene)))


def _settled(scene: Scene, desk: DeskKey) -> Iterable[Problem]:
    """The problems of a desk that is being worked on: only what stays, look after look."""
    before = asdict(scene.tally)
    for _ in range(LIVE_LOOKS):
        for name, value in before.items():
            setattr(scene.tally, name, value)
        problems = list(check_desk(scene, desk))
        if all(CODES[problem.code].severity is Severity.NOTE for problem in problems):
            break
    return problems


class _Findings:
    """What was found so far. Mends each problem as it comes, where that is asked for."""

    def __init__(self, repair: bool) -> None:
        self._repair = repair
        self.made: list[Finding] = []

    @property
    def blocked(self) -> bool:
        return any(not finding.repaired for finding in self.made)

    def take_all(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            finding = _finding(problem)
            if self._repair and problem.mend is not None:
                finding = _mended(finding, problem.mend)
            self.made.append(finding)


def _finding(problem: Problem) -> Finding:
    code = CODES[problem.code]
    place = _PLACE.match(problem.path)
    desk, job = place.groups() if place is not None else (None, None)
    return Finding(
        severity=code.severity,
        code=problem.code,
        path=_text(problem.path),
        desk=desk,
        job=job,
        what=_text(problem.what),
        means=code.means,
        remedy=code.remedy,
        repairable=problem.mend is not None,
    )


def _mended(finding: Finding, mend: Callable[[], str]) -> Finding:
    repaired = True
    try:
        said = mend()
    except OSError as error:
        repaired, said = False, error.strerror or str(error)
    except StateError as error:
        repaired, said = False, str(error)
    return Finding(**{**asdict(finding), "repaired": repaired, "said": _text(said)})


def _text(name: str) -> str:
    """Names of files may hold bytes that are no text."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
