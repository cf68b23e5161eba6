"""Pictures of a desk's library, as the rows of a job name them: `picture:<id>`.

`named_in` is for the plan, in the server, which knows what the library holds; an `Album` is what a
worker has of a job's pictures. Used by `executors.documents.spec` and `.run`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from executors.documents.items import NamedPicture, ResolvedPicture
from executors.documents.limits import MIB
from executors.documents.rows import Row
from executors.problems import Problems
from state.library import is_library_id

PREFIX = "picture:"
# Of one job: as many different ones, and so much of them.
MAX_JOB_PICTURES = 1_000
MAX_JOB_BYTES = 64 * MIB


def picture_id(value: Any) -> str | None:
    """The picture that a value names; None where it names none."""
    if isinstance(value, str) and value.startswith(PREFIX):
        id = value.removeprefix(PREFIX)
        return id if is_library_id(id) else None
    return None


def named_in(
    rows: Sequence[tuple[int, Row]], known: Mapping[str, ResolvedPicture], problems: Problems
) -> dict[str, ResolvedPicture]:
    """The pictures that those rows name, by id. What is wrong with them is told to `problems`."""
    named: dict[str, ResolvedPicture] = {}
    for number, row in rows:
        for column, value in row.items():
            for id in ids_in(value):
                if id in known:
                    named[id] = known[id]
                else:
                    problems.add(number, column, f"there is no picture {id!r} in the library")
    different = {picture.digest: picture.size_bytes for picture in named.values()}
    if len(different) > MAX_JOB_PICTURES:
        reason = f"name {len(different):,} pictures; a job takes at most {MAX_JOB_PICTURES:,}"
        problems.add(None, "items", reason)
    if (size_bytes := sum(different.values())) > MAX_JOB_BYTES:
        reason = f"name pictures of {size_bytes:,} bytes in all; a job takes at most 64 MiB of them"
        problems.add(None, "items", reason)
    return named


def ids_in(value: Any) -> Iterator[str]:
    """Every picture that is named somewhere in a value."""
    if isinstance(value, str):
        if (id := picture_id(value)) is not None:
            yield id
    elif isinstance(value, dict):
        for each in value.values():
            yield from ids_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from ids_in(each)


class Album:
    """The pictures that a worker has of one job, as they were uploaded."""

    def __init__(self) -> None:
        # By id. Written by `add`, before the first item that names it is made.
        self._files: dict[str, tuple[str, bytes]] = {}

    def __contains__(self, id: object) -> bool:
        return id in self._files

    def add(self, id: str, picture: NamedPicture, data: bytes) -> None:
        self._files[id] = (picture.format, data)

    def get(self, id: str) -> bytes | None:
        """None where no row of the job has named it so far."""
        _, data = self._files.get(id, ("", None))
        return data

    def embedded(self, value: Any) -> Any:
        """A value with data URLs in the place of names, wherever they are in it."""
        if isinstance(value, dict):
            return {name: self.embedded(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.embedded(each) for each in value]
        id = picture_id(value)
        if id is None or id not in self._files:
            return value
        format, data = self._files[id]
        return f"data:image/{format};base64,{base64.b64encode(data).decode()}"
