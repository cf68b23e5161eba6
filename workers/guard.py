"""What may surround the work of a worker. Implemented by `workers.jail.guard`."""

from __future__ import annotations

from typing import Protocol


class ItemGuard(Protocol):
    """What surrounds every attempt at an item in this worker, and the opening of every job."""

    @property
    def one_each(self) -> bool:
        """Whether it can surround only one of them at a time."""

    def opens(self, job: int) -> None: ...
    def opened(self) -> None: ...
    def begin(self, job: int, index: int) -> None: ...
    def end(self) -> None: ...
    def limit_behind(self, error: Exception) -> str | None:
        """The limit of the worker that the error comes from, in words; None for any other."""


class NoGuard:
    """The ItemGuard of a worker that needs none."""

    one_each = False

    def opens(self, job: int) -> None: ...
    def opened(self) -> None: ...
    def begin(self, job: int, index: int) -> None: ...
    def end(self) -> None: ...
    def limit_behind(self, error: Exception) -> str | None:
        return None
