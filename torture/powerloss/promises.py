"""What the store has promised so far: what may be found after a power loss, and nothing else.

Kept by `torture.powerloss.client` beside every call it makes. A command that was begun may or may
not be found; one that was acknowledged must be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from state.model import DeskState, InputItem, OutcomeRecord
from state.views import DeskKey

K = TypeVar("K")
V = TypeVar("V")


class DeskPromise(Struct, frozen=True):
    """`may_be`: the states one of which must be found; None for no such desk. `kept`: the schemas
    whose last file must lie beside the desk's."""

    may_be: tuple[DeskState | None, ...] = (None,)
    kept: tuple[int, ...] = ()

    def begun(self, state: DeskState) -> DeskPromise:
        return replace(self, may_be=(*self.may_be, state))

    def known(self, state: DeskState | None) -> DeskPromise:
        """The save was acknowledged, or the desk was loaded and shown."""
        return replace(self, may_be=(state,))


class JobPromise(Struct, frozen=True):
    """What must be there of a job that a desk's state names.

    `sure` are the outcomes that were synced, `maybe` those appended since; `found` are items that
    were appended to `items` and not synced. An artifact is one of its contents, or absent where
    None is among them. `damaged` lines were found and reported.
    """

    items: tuple[InputItem, ...]
    secrets: dict[str, str]
    sure: tuple[OutcomeRecord, ...] = ()
    maybe: tuple[OutcomeRecord, ...] = ()
    artifacts: dict[str, tuple[bytes | None, ...]] = {}
    damaged: int = 0
    found: tuple[InputItem, ...] = ()

    def grown(self) -> JobPromise:
        return replace(self, items=self.items + self.found, found=())

    def appended(self, records: tuple[OutcomeRecord, ...]) -> JobPromise:
        return replace(self, maybe=self.maybe + records)

    def synced(self) -> JobPromise:
        return replace(self, sure=self.sure + self.maybe, maybe=())

    def artifact(self, name: str, *contents: bytes | None) -> JobPromise:
        return replace(self, artifacts={**self.artifacts, name: contents})


class Promises(Struct, frozen=True):
    """Everything at one moment. `schema` is that of the version which would start next."""

    desks: dict[DeskKey, DeskPromise] = {}
    jobs: dict[str, JobPromise] = {}
    schema: int = 1

    def desk(self, desk: DeskKey) -> DeskPromise:
        return self.desks.get(desk, DeskPromise())

    def with_desk(self, desk: DeskKey, promise: DeskPromise) -> Promises:
        return replace(self, desks=_put(self.desks, desk, promise))

    def with_job(self, job_id: str, promise: JobPromise) -> Promises:
        return replace(self, jobs=_put(self.jobs, job_id, promise))


def _put(values: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    return {**values, key: value}


class Timeline:
    """The promises at every moment of a run, by the number of events on the disk until then."""

    def __init__(self, begun: int, promises: Promises) -> None:
        self._points = [(begun, promises)]  # in order; written by the client
        self.now = promises

    def add(self, events: int, promises: Promises) -> None:
        self.now = promises
        if self._points[-1][0] == events:
            self._points.pop()
        self._points.append((events, promises))

    def at(self, events: int) -> Promises:
        """The promises when that many events had happened."""
        return next(promises for point, promises in reversed(self._points) if point <= events)
