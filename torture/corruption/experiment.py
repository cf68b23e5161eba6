"""The claim: whatever stands in a data folder, the server starts and serves; nothing damaged is
taken for whole without a word; nothing damaged is thrown away.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from msgspec import Struct
from msgspec.structs import replace

from torture.corruption.cases import BOTH, STATE, Case, chosen, spoil
from torture.corruption.look import DeskSight, JobSight, Sight, look
from torture.corruption.scenes import SCENES, make_scene
from torture.verdict import Scale, Verdict, Violation

FULL = 10_000
HUNG_S = 20
CLAIM = "damaged files: no crash, no hang, nothing taken for whole in silence, nothing thrown away"
KEPT_MAX_BYTES = 1 << 20


class Hung(BaseException):
    """A case that did not end. No Exception: nothing in the product may catch it."""


class Judged(Struct, frozen=True):
    """What became of a case: equal, flagged or refused; and what was wrong with it."""

    ended: str
    wrong: str | None = None


def run(scale: Scale) -> Verdict:
    """The frame's entry."""
    tally: Counter[str] = Counter()
    violations = []
    with workshop() as bench:
        cases = chosen(bench.scenes, scale.of(FULL), scale.seed)
        for case in cases:
            judged = bench.judge(case)
            tally[judged.ended] += 1
            if judged.wrong is not None:
                again = f"python -m torture.corruption --case {case.name}"
                violations.append(Violation(f"{case.name}: {judged.wrong}", again))
    facts = {name: str(tally[name]) for name in ("equal", "flagged", "refused")}
    facts |= {name: str(tally[name]) for name in ("crashed", "hung", "silent", "thrown away")}
    return Verdict(
        experiment="corruption",
        claim=CLAIM,
        ran=len(cases),
        unit="spoilt folders",
        violations=tuple(violations),
        facts=facts,
        skipped=(
            "files without rights (mode 000): tests/state/test_load.py does it by the port;"
            " as root they are readable",
        )
        if os.geteuid() == 0
        else (),
    )


class Workshop:
    """The scenes, what is seen of them when they are whole, and a place to spoil copies."""

    def __init__(self, root: Path) -> None:
        self.scenes = root / "scenes"
        self._copy = root / "copy"
        self._whole: dict[str, Sight] = {}  # written here, once a scene
        for name in SCENES:
            make_scene(self.scenes / name, name)

    def judge(self, case: Case) -> Judged:
        """Spoil a copy, look, compare."""
        whole = self._whole_of(case.scene)
        self._fresh(case.scene)
        spoil(case, self._copy)
        damaged = self._contents_of(case)
        try:
            with alarm():
                seen = look(self._copy)
        except Hung:
            return Judged("hung", "it hangs")
        except BaseException as crash:  # noqa: BLE001 - whatever it is, it ended the server
            return Judged("crashed", f"the server ended: {crash!r}")
        if case.of_artifacts:
            seen = replace(seen, victim=whole.victim)  # their bytes are in nobody's checksum
        if seen.bugs or seen.innocent != whole.innocent:
            return Judged("crashed", f"bugs: {seen.bugs}; the other desk: {seen.innocent}")
        ended = _difference(whole.victim, seen.victim)
        if ended.ended in ("flagged", "refused") and damaged and not self._is_kept(case, damaged):
            return Judged("thrown away", "the damaged bytes are in no file any more")
        return ended

    def _whole_of(self, scene: str) -> Sight:
        if scene not in self._whole:
            self._fresh(scene)
            self._whole[scene] = look(self._copy)
        return self._whole[scene]

    def _fresh(self, scene: str) -> None:
        if self._copy.exists():
            shutil.rmtree(self._copy)
        shutil.copytree(self.scenes / scene, self._copy)

    def _contents_of(self, case: Case) -> bytes | None:
        """What the spoilt newest generation holds, where that must be kept for somebody to mend."""
        path = self._copy / STATE
        if (
            case.target not in (STATE, BOTH)
            or case.is_older
            or not path.is_file()
            or path.is_symlink()
        ):
            return None
        return path.read_bytes() if path.stat().st_size <= KEPT_MAX_BYTES else None

    def _is_kept(self, case: Case, data: bytes) -> bool:
        if data == (self.scenes / case.scene / STATE).read_bytes():
            return True
        places = [*(self._copy / "sessions").iterdir(), *(self._copy / "quarantine").iterdir()]
        return any(path.is_file() and path.read_bytes() == data for path in places)


def _difference(whole: DeskSight, seen: DeskSight) -> Judged:
    """Whether all that differs was told."""
    if seen.refused is not None:
        reasoned = len(seen.refused) > len("the desk is parked: ")
        return Judged("refused", None if reasoned else "refused without a reason")
    if seen == whole:
        return Judged("equal")
    if seen.told:
        return Judged("flagged")
    if seen.facts != whole.facts:
        return Judged("silent", f"the desk: {whole.facts} became {seen.facts}")
    for job_id, job in whole.jobs.items():
        silent = _silent(job, seen.jobs[job_id])
        if silent is not None:
            return Judged("silent", f"job {job_id}: {silent}")
    return Judged("flagged")


def _silent(whole: JobSight, seen: JobSight) -> str | None:
    if seen.told or seen == whole:
        return None
    names = [name for name in whole.facts if whole.facts[name] != seen.facts[name]]
    return "; ".join(f"{name}: {whole.facts[name]} became {seen.facts[name]}" for name in names)


@contextmanager
def workshop() -> Iterator[Workshop]:
    """A workshop in memory where the machine has a file system there: nothing here needs a disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as root:
        yield Workshop(Path(root))


@contextmanager
def alarm() -> Iterator[None]:
    """Raise Hung where the block does not end; an open that waits for a FIFO is interrupted."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(HUNG_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
