"""`submit train` and `submit classify`: models of labelled pictures, and what they say of more."""

from __future__ import annotations

import io
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from nightdesk.cli.handed import handed_over
from nightdesk.cli.kept import read_file
from nightdesk.cli.reach import At, Reach
from nightdesk.cli.submit import JobOptions
from nightdesk.cli.tag import NAME_CHARS, is_picture, submit_pictures
from nightdesk.cli.terminal import clean, tell
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words
from nightdesk.client import Client

Folders = Annotated[tuple[str, ...], Parameter(name=("--folder", "--input-dir"), negative="")]
# How a job of training has ended that has learned something.
LEARNED = ("completed", "partially_completed")
# A model is in the library a moment after its job has ended.
LOOKS_N, LOOK_EVERY_S = 50, 0.2


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """Flags that are not given are left to the server's defaults."""

    folder: Folders = ()
    """Folder of the server's (--images-dir) whose folders are labels; repeatable."""
    validation: float | None = None
    """Share of the pictures that is kept back to see how well it was learned, 0 to 0.5."""
    seed: int | None = None
    """Which pictures those are."""
    epochs: int | None = None
    """How often all pictures are gone through."""
    whole: Annotated[bool, Parameter(negative="")] = False
    """Make a graph from pictures to labels too, for other programs."""

    def spec(self, name: str) -> dict[str, Any]:
        given = {
            "name": name,
            "input_dir": [*self.folder] or None,
            "validation": self.validation,
            "seed": self.seed,
            "epochs": self.epochs,
            "whole": self.whole or None,
        }
        return {field: value for field, value in given.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class ClassifyOptions:
    """Flags that are not given are left to the server's defaults."""

    model: str
    """Id or name of a model of the desk."""
    folder: Folders = ()
    """Folder of the server's (--images-dir), or one in it, such as pets/new; repeatable."""
    threshold: float | None = None
    """How sure of a label it must be, from 0 to 1."""
    top: int | None = None
    """At most so many labels a picture."""

    def spec(self) -> dict[str, Any]:
        given = {
            "model": self.model,
            "input_dir": [*self.folder] or None,
            "threshold": self.threshold,
            "top": self.top,
        }
        return {field: value for field, value in given.items() if value is not None}


_HERE = Reach()
_JOB = JobOptions()
_PLAIN = TrainOptions()


class LearnCommands:
    """One method a command; see `nightdesk.cli.app`."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def train(
        self,
        pictures: Annotated[str, Parameter(name="PICTURES")] = "",
        /,
        *,
        job: Annotated[JobOptions, Parameter(name="*")] = _JOB,
        train: Annotated[TrainOptions, Parameter(name="*")] = _PLAIN,
        at: At = _HERE,
    ) -> int:
        """Learn a model from labelled pictures; --name is what it is called.

        Parameters
        ----------
        pictures
            A folder of this machine, or a .zip, with a folder of pictures for each label.
        """
        if bool(pictures) == bool(train.folder):
            raise UsageError(self._words("train.one_place"))
        name = job.name or Path(pictures or train.folder[0]).stem[:NAME_CHARS]
        about: dict[str, Any] = {
            "kind": "train",
            "name": name,
            "spec": train.spec(name),
            "priority": job.priority,
            "lane": job.lane,
            "start": job.start or job.wait,
        }
        data = _archive(pictures, self._words) if pictures else b""
        with at.client(self._words) as client:
            if pictures:
                made = client.submit_file(f"{Path(pictures).stem}.zip", data, **about)
            else:
                made = client.submit([], **about)
            code = handed_over(client, made, at, self._words, wait=job.wait)
            if job.wait and client.job(made.id).status in LEARNED:
                _wait_kept(client, made.id, at, self._words)
            return code

    def classify(
        self,
        *pictures: Annotated[str, Parameter(name="PICTURE")],
        job: Annotated[JobOptions, Parameter(name="*")] = _JOB,
        classify: Annotated[ClassifyOptions, Parameter(name="*")],
        at: At = _HERE,
    ) -> int:
        """Have a model of the desk say what is on pictures.

        Parameters
        ----------
        pictures
            A picture, or a folder with some; they are put into the desk's library, each once.
        """
        return submit_pictures("classify", pictures, classify.spec(), job, at, self._words)


def _wait_kept(client: Client, job_id: str, at: Reach, words: Words) -> None:
    """So that the next command can name the model. One for which there is no room never comes: the
    job's log says so."""
    for _ in range(LOOKS_N):
        kept = next((model for model in client.models() if model.job_id == job_id), None)
        if kept is not None:
            if not at.json:
                tell(words("train.kept", name=clean(kept.name), id=clean(kept.id)))
            return
        time.sleep(LOOK_EVERY_S)
    tell(words("train.not_kept", id=job_id))


def _archive(pictures: str, words: Words) -> bytes:
    """The .zip, or one of the pictures of the folder. Raises UsageError."""
    place = Path(pictures)
    if not place.is_dir():
        return read_file(pictures, words)
    found = [path for path in sorted(place.rglob("*")) if is_picture(path.relative_to(place))]
    if not found:
        raise UsageError(words("tag.nothing", path=pictures))
    data = io.BytesIO()
    # Pictures are compressed already.
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        for path in found:
            name = path.relative_to(place).as_posix()
            archive.writestr(zipfile.ZipInfo(name), read_file(str(path), words))
    return data.getvalue()
