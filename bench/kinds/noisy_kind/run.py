"""The working half: says when each line was said, on the clock that all processes share."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager

import msgspec
import trio

from actors.ports import ItemResult
from state.model import OutcomeStatus

STEP_S = 0.01


class Noisy:
    """Both the executor and the items' runner: it holds nothing."""

    @asynccontextmanager
    async def open(self, spec, tools):
        yield self

    async def run_item(self, item, context) -> ItemResult:
        asked = msgspec.json.decode(item.payload)
        count = round(asked["lines_per_s"] * asked["seconds"])
        began, said = trio.current_time(), 0
        while said < count:
            due = min(count, int((trio.current_time() - began) * asked["lines_per_s"]) + 1)
            for number in range(said, due):
                context.log("info", f"line {item.index}/{number} at {time.perf_counter():.6f}")
            said = due
            await trio.sleep(STEP_S)
        return ItemResult(status=OutcomeStatus.OK, result={})
