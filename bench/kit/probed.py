"""Runs `nightdesk` with one more task in its loop, which notes how late the loop runs.

`probed.py FILE serve ...` is what `nightdesk serve ...` is; at its end FILE holds pairs of
(perf_counter, lag in seconds). The server itself has no such task: an idle one sleeps.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import trio

INTERVAL_S = 0.005


async def note_lag(samples: list[tuple[float, float]]) -> None:
    while True:
        due = time.perf_counter() + INTERVAL_S
        await trio.sleep(INTERVAL_S)
        now = time.perf_counter()
        samples.append((now, now - due))


async def beside_probe(
    main: Callable[..., Awaitable[Any]], args: tuple[Any, ...], samples: list[tuple[float, float]]
) -> Any:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(note_lag, samples)
        result = await main(*args)
        nursery.cancel_scope.cancel()
    return result


def main() -> None:
    file = Path(sys.argv.pop(1))
    samples: list[tuple[float, float]] = []
    run = trio.run

    def probed_run(function: Callable[..., Awaitable[Any]], *args: Any, **options: Any) -> Any:
        return run(beside_probe, function, args, samples, **options)

    trio.run = probed_run
    # Imported after the replacement, and from the interpreter's path, not from this folder's.
    from nightdesk.__main__ import main as nightdesk

    try:
        nightdesk()
    finally:
        file.write_text(json.dumps(samples))


if __name__ == "__main__":
    main()
