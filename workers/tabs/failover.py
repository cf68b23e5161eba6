"""A job without tabs goes on as another kind: one attachment first, then another in its place.

Made by `workers.tabs.pool` for a job that asked for it; used by that job's runner.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import trio

from actors.ports import (
    Attachment,
    ItemAnswer,
    JobStage,
    LeasedItem,
    WorkerEvent,
    WorkerLog,
)
from state.model import EgressLists

T = TypeVar("T")


class Switch:
    """See `actors.ports.Attachment`. Written by the runner's tasks, and once by `to`, which is
    called while the first attachment has nothing granted and nothing at work."""

    def __init__(self, first: Attachment, egress: EgressLists) -> None:
        # Replaced by `to`.
        self._current = first
        # What the runner has said last: the next attachment must know it.
        self._wanted = 0
        self._egress = egress
        self._cancelled = False
        # Said by `to`, taken by `wait_events`.
        self._said: list[WorkerEvent] = []
        # Who waits at the current attachment. Each entry is its waiter's own.
        self._waits: set[trio.CancelScope] = set()

    def to(self, other: Attachment, reason: str, unheard: Sequence[WorkerEvent] = ()) -> None:
        """From now on the other does the work. The runner has not heard all of the first yet."""
        self._current.want(0)
        self._current = other
        self._said = [*unheard, JobStage(""), WorkerLog("warning", reason)]
        other.permit(self._egress)
        if self._cancelled:
            other.cancel()
        other.want(self._wanted)
        for scope in self._waits:
            scope.cancel()

    def want(self, count: int) -> None:
        self._wanted = count
        self._current.want(count)

    async def wait_granted(self) -> int:
        return await self._waiting(lambda: self._current.wait_granted())

    async def lease(self, items: Sequence[LeasedItem]) -> None:
        await self._current.lease(items)

    async def enclose(self, index: int, data: bytes) -> None:
        await self._current.enclose(index, data)

    def answer(self, answers: Sequence[ItemAnswer]) -> None:
        self._current.answer(answers)

    def give_back(self, slots: int) -> None:
        self._current.give_back(slots)

    def recall(self) -> None:
        self._current.recall()

    def permit(self, egress: EgressLists) -> None:
        self._egress = egress
        self._current.permit(egress)

    async def wait_events(self) -> list[WorkerEvent]:
        return await self._waiting(self._wait_events)

    def cancel(self) -> None:
        self._cancelled = True
        self._current.cancel()

    async def _wait_events(self) -> list[WorkerEvent]:
        if self._said:
            said, self._said = self._said, []
            return said
        return await self._current.wait_events()

    async def _waiting(self, wait: Callable[[], Awaitable[T]]) -> T:
        """The answer of the attachment that is current when it comes."""
        while True:
            with trio.CancelScope() as scope:
                self._waits.add(scope)
                try:
                    return await wait()
                finally:
                    self._waits.discard(scope)
