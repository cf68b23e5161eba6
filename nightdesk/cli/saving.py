"""Writes what a job made where the user wants it: a folder, or one ZIP file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from nightdesk.cli.terminal import clean, tell
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words
from nightdesk.client import Artifact, Client
from state.artifacts import safe_parts


def save_all(
    client: Client, job_id: str, made: Sequence[Artifact], out: Path, words: Words
) -> None:
    """What the job made: as one file where `out` is called .zip, else each into that folder.
    Raises UsageError where it cannot be written."""
    if out.suffix.lower() == ".zip":
        size_bytes = _write(client.download_all, job_id, out, words)
        tell(words("exported", size=size_bytes, path=out))
        return
    for file in made:
        try:
            place = out.joinpath(*safe_parts(file.name))
        except ValueError:
            raise UsageError(words("files.name", name=clean(file.name))) from None
        _write(client.download, job_id, place, words, file.name)
    tell(words("files.saved", count=len(made), folder=out))


def _write(save: Callable[..., int], job_id: str, place: Path, words: Words, *of: str) -> int:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        return save(job_id, *of, place)
    except OSError as error:
        raise UsageError(words("cannot_write", path=place, reason=error.strerror)) from error
