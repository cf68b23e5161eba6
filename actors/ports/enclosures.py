"""The `Enclosures` port: who reads the bytes that go to a worker together with an item.

Kinds of job whose items speak of files (a picture of the library, an artifact, a file in a folder
of the operator's) have one each: no path ever crosses to a worker, and no worker opens a file of
the server's. Implemented by executors' server halves; used by `actors.runner.enclosing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Raw

from state.views import DeskKey


class NotEnclosed(Exception):
    """The bytes cannot be had, now or ever; the message is for the user, and the item's error."""


class Enclosures(Protocol):
    """Of one kind of job."""

    @property
    def goes_on(self) -> bool:
        """Whether an item that is done again goes on from what it had handed over, which comes
        along: so it repeats nothing. Nothing comes along with one that was never begun."""

    def shared(self, spec: Mapping[str, Any]) -> tuple[str, ...]:
        """Of the job's assets, by its stored spec, those that its workers get for all items; the
        others are read for single ones."""

    async def read(self, desk: DeskKey, job_id: str, items: Sequence[Raw]) -> list[bytes]:
        """The bytes of the first item, as its plan has stored it, and where they are small of some
        that follow: what is read together costs less. Raises NotEnclosed, of the first, and
        StorageError where the disk of the desk itself fails."""
