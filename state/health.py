"""Counts the failures of the medium under each desk. Used by `state.store`."""

from __future__ import annotations

from state.errors import StorageReadOnly
from state.views import DeskKey

FAILURES_MAX = 3


class Health:
    """After three EIO without a good save between them a desk is read-only until a restart."""

    def __init__(self) -> None:
        # Written by the thread or task that saves the desk in question, of which there is one.
        self._failures: dict[DeskKey, int] = {}

    def check(self, desk: DeskKey) -> None:
        if self._failures.get(desk, 0) >= FAILURES_MAX:
            raise StorageReadOnly("the disk failed repeatedly: this desk is read-only")

    def failed(self, desk: DeskKey) -> None:
        self._failures[desk] = self._failures.get(desk, 0) + 1

    def succeeded(self, desk: DeskKey) -> None:
        self._failures.pop(desk, None)
