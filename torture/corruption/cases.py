"""Which cases there are: every strange kind for every file, every byte of the small files, and as
many more by chance as are asked for. Deterministic by the seed; a case is named by its text.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from msgspec import Struct

from state.digests import digest_of
from torture.corruption.damage import (
    MUTATIONS,
    NOT_FILES,
    OF_BYTES,
    OF_DESKS,
    OF_FILES,
    OF_LINES,
)
from torture.corruption.scenes import JOURNEYS, LETTER, LOGO, SCENES, VICTIM

STATE = f"sessions/{VICTIM}.json"
BOTH = "both"  # the two generations of the desk's file
HEAD_BYTES = 260  # the envelope with owner, length and checksum
JOB_FILES = ("inputs.jsonl", "outcomes.jsonl", "log.jsonl")
MADE_FILES = ("artifacts.jsonl", "artifacts-1.pack")
# Scenes whose files are spoilt byte by byte.
SMALL = ("running", "secrets", "waiting", "journeys")
OF_LIBRARY = [
    f"files/{VICTIM}/library/{digest}"
    for digest in (LETTER.digest, LETTER.facts, LOGO.digest, LOGO.thumbnail)
]
OF_JOURNEYS = f"files/{VICTIM}/journeys/{digest_of(JOURNEYS)}.json"


class Case(Struct, frozen=True):
    """One file of one scene, spoilt in one way."""

    scene: str
    target: str
    mutation: str
    number: int = 0

    @property
    def name(self) -> str:
        return f"{self.scene}:{self.target}:{self.mutation}:{self.number}"

    @property
    def of_artifacts(self) -> bool:
        """What the job made, but for packs: of their contents every checksum is known."""
        return "/artifacts" in self.target and not self.target.endswith(".pack")

    @property
    def is_older(self) -> bool:
        """Nothing is damaged: a whole older generation stands where the newest was."""
        return self.mutation.startswith("previous-")


def case_of(name: str) -> Case:
    """The case of that name. Raises ValueError."""
    scene, target, mutation, number = name.split(":")
    if scene not in SCENES or mutation not in MUTATIONS:
        raise ValueError(f"there is no case {name!r}")
    return Case(scene, target, mutation, int(number))


def spoil(case: Case, root: Path) -> None:
    """Do it to a copy of the scene."""
    targets = (STATE, STATE + ".1") if case.target == BOTH else (case.target,)
    for target in targets:
        MUTATIONS[case.mutation](root / target, case.number)


def chosen(scenes: Path, count: int, seed: int) -> list[Case]:
    """So many cases: at least the strange ones, at most all that there are."""
    strange = list(_strange())
    every = list(_every_byte(scenes))
    random = Random(seed)
    random.shuffle(strange)
    random.shuffle(every)
    few = strange[: max(1, count * 2 // 3)] + every
    found = few[:count]
    return found + [_by_chance(scenes, random) for _ in range(count - len(found))]


def files_of(scene: str) -> list[str]:
    """The victim's own files in that scene, the desk's first."""
    jobs = [
        f"files/{VICTIM}/{wish.job_id}/{name}"
        for wish in SCENES[scene]
        for name in JOB_FILES
        if wish.done or name != "outcomes.jsonl"
    ]
    made = [
        f"files/{VICTIM}/{wish.job_id}/{name}"
        for wish in SCENES[scene]
        for name in MADE_FILES
        if wish.artifact
    ]
    secrets = [f"files/{VICTIM}/secrets.json"] if any(w.secret for w in SCENES[scene]) else []
    journeys = [OF_JOURNEYS] if scene == "journeys" else []
    library = OF_LIBRARY if scene == "library" else []
    return [STATE, STATE + ".1", *jobs, *made, *secrets, *journeys, *library]


def _strange() -> Iterator[Case]:
    for scene in SCENES:
        for target in [*files_of(scene), BOTH]:
            for mutation in (*NOT_FILES, *OF_FILES):
                if mutation != "foreign" or target != BOTH:
                    yield Case(scene, target, mutation)
        for mutation in OF_DESKS:
            yield Case(scene, STATE, mutation)
        for target in files_of(scene):
            if target.endswith((JOB_FILES[0], JOB_FILES[1])):
                yield from (Case(scene, target, name, n) for name in OF_LINES for n in range(4))
        yield from _strange_folders(scene)


def _strange_folders(scene: str) -> Iterator[Case]:
    job = SCENES[scene][0]
    folders = [f"files/{VICTIM}", f"files/{VICTIM}/{job.job_id}"]
    if any(wish.artifact for wish in SCENES[scene]):
        made = next(wish.job_id for wish in SCENES[scene] if wish.artifact)
        folders += [f"files/{VICTIM}/{made}/artifacts", f"files/{VICTIM}/{made}/artifacts/报告"]
    folders += [str(Path(OF_JOURNEYS).parent)] if scene == "journeys" else []
    folders += [str(Path(OF_LIBRARY[0]).parent)] if scene == "library" else []
    for target in folders:
        for mutation in ("missing", "fifo", "socket", "link-to-innocent", "link-to-itself"):
            yield Case(scene, target, mutation)


def _every_byte(scenes: Path) -> Iterator[Case]:
    for scene in SMALL:
        for target in files_of(scene):
            size = (scenes / scene / target).stat().st_size
            yield from (Case(scene, target, "truncate", at) for at in range(size))
    yield from (Case("running", STATE, "flip", bit) for bit in range(HEAD_BYTES * 8))


def _by_chance(scenes: Path, random: Random) -> Case:
    scene = random.choice(list(SCENES))
    target = random.choice(files_of(scene))
    mutation = random.choice(list(OF_BYTES))
    size = (scenes / scene / target).stat().st_size
    return Case(scene, target, mutation, random.randrange(size * 8 if mutation == "flip" else size))
