"""The `LiveView` port: how the page of an item at work looks. Implemented by `workers.pool`."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from state.views import DeskKey


class LiveFrame(Struct, frozen=True):
    """One picture of the page that the item of that index is on: a JPEG, as its worker made it."""

    index: int
    data: bytes


class LiveView(Protocol):
    """Pictures of pages being driven. Nothing is taken unless somebody looks."""

    def frame(self, desk: DeskKey, job_id: str, index: int | None = None) -> LiveFrame | None:
        """The newest picture of that item, or of the first of the job's items that has one; None
        where there is nothing to see now. To ask is to look: pictures come for the next seconds."""


class NothingLive:
    """The LiveView of a server that drives no browser."""

    def frame(self, desk: DeskKey, job_id: str, index: int | None = None) -> LiveFrame | None:
        return None
