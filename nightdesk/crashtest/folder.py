"""The folder an experiment works in: never a live one, always one of its own. Used by `run`."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MARK = "made-by-nightdesk-crashtest"


class CannotRun(Exception):
    """The experiment cannot be done here; nothing was changed. The message is shown as it is."""


@contextmanager
def experiment_folder(folder: Path) -> Iterator[Path]:
    """A new folder within `folder`, which is made, empty, or an earlier experiment's.

    Raises CannotRun. What the experiment leaves is the caller's to remove, by `clean_up`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check(folder)
        (folder / MARK).touch()
        made = Path(tempfile.mkdtemp(prefix="run-", dir=folder)).resolve()
    except OSError as error:
        raise CannotRun(f"cannot use the folder {folder}: {error.strerror}") from error
    yield made


def _check(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    if names and MARK not in names:
        what = "a server's data folder" if "sessions" in names else "not empty"
        raise CannotRun(
            f"{folder} is {what}: crashtest wants a new or empty folder, or one that it made"
        )


def clean_up(made: Path) -> None:
    """Remove an experiment's folder; where nothing else is in the one around it, that too."""
    shutil.rmtree(made)
    if [path.name for path in made.parent.iterdir()] == [MARK]:
        (made.parent / MARK).unlink()
