"""Checks what all items of a job share: the files that it names, and all others in their folder.
Used by `jobs`."""

from __future__ import annotations

from msgspec import Struct

from state.assets import NAME, Assets
from state.atomic import opened
from state.doctor.findings import Problem, Problems
from state.doctor.scene import Scene, entry, foreign, is_temp, left_overs
from state.errors import JobFilesMissing
from state.kept_files import KEPT_LIBRARY, KeptFiles
from state.model import Job
from state.views import DeskKey


class JobFolder(Struct, frozen=True):
    """A job of a desk and its open folder."""

    scene: Scene
    desk: DeskKey
    job: Job
    folder: int

    @property
    def path(self) -> str:
        return f"files/{self.desk}/{self.job.id}/{NAME}"


def check_assets(at: JobFolder) -> Problems:
    """Whether each is there as it was, and nothing else lies beside them."""
    is_there = yield from entry(at.scene, at.folder, at.path, is_folder=True)
    kept = Assets(at.scene.folders, KeptFiles(at.scene.folders, KEPT_LIBRARY))
    for digest in dict.fromkeys(at.job.assets):
        try:
            kept.read(at.desk, at.job.id, digest)
        except JobFilesMissing as error:
            yield Problem("asset-damaged", f"{at.path}/{digest}", str(error))
    if is_there:
        with opened(at.scene.files, at.scene.files.open_folder(at.folder, NAME)) as inner:
            yield from _beside(at, inner)


def _beside(at: JobFolder, folder: int) -> Problems:
    left = []
    for name in sorted(at.scene.files.list(folder)):
        if is_temp(at.scene, folder, name):
            left.append(name)
        elif name not in at.job.assets:
            yield from foreign(at.scene, folder, f"{at.path}/{name}")
        else:
            yield from entry(at.scene, folder, f"{at.path}/{name}")
    yield from left_overs(at.scene, folder, at.path, left)
