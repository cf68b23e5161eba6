"""An item's context for use on the browser's loop. Made by `workers.browser.tool` for each drive.

Its methods do there what they do in the worker: progress and log never wait, the others run in the
worker's loop and wait for it from here.
"""

from __future__ import annotations

from collections.abc import Sequence

import trio

from actors.ports import FoundItem, ItemContext
from state.spending import Spend
from workers.browser.bridge import Bridge
from workers.context import LEVELS


class ContextOverThere:
    """See `actors.ports.ItemContext`. `nursery` is the drive's, in Trio; after `close` (called in
    Trio, before it is left) nothing more is carried over."""

    def __init__(self, context: ItemContext, bridge: Bridge, nursery: trio.Nursery) -> None:
        self._context = context
        self._bridge = bridge
        self._nursery = nursery
        # Written by `close`, in Trio's thread, where it is read too.
        self._is_closed = False

    @property
    def index(self) -> int:
        return self._context.index

    def progress(self, fraction: float, stage: str = "", *, done: int = 0, total: int = 0) -> None:
        self._bridge.here(self._progress, fraction, stage, done, total)

    def waits(self, stage: str) -> None:
        self._bridge.here(self._waits, stage)

    def log(self, level: str, message: str) -> None:
        if level not in LEVELS:
            raise ValueError(f"a log level is one of {sorted(LEVELS)}, not {level!r}")
        self._bridge.here(self._log, level, message)

    async def artifact(self, name: str, data: bytes, paid: Spend | None = None) -> None:
        await self._bridge.back(self._nursery, lambda: self._context.artifact(name, data, paid))

    async def add_items(self, found: Sequence[FoundItem]) -> None:
        await self._bridge.back(self._nursery, lambda: self._context.add_items(found))

    async def reserve(self, most: Spend, so_far: Spend) -> None:
        await self._bridge.back(self._nursery, lambda: self._context.reserve(most, so_far))

    async def settle(self, so_far: Spend) -> None:
        await self._bridge.back(self._nursery, lambda: self._context.settle(so_far))

    async def enclosed(self) -> bytes:
        return await self._bridge.back(self._nursery, self._context.enclosed)

    def close(self) -> None:
        self._is_closed = True

    def _progress(self, fraction: float, stage: str, done: int, total: int) -> None:
        if not self._is_closed:
            self._context.progress(fraction, stage, done=done, total=total)

    def _waits(self, stage: str) -> None:
        if not self._is_closed:
            self._context.waits(stage)

    def _log(self, level: str, message: str) -> None:
        if not self._is_closed:
            self._context.log(level, message)
