"""Watches over one worker: when it is retired, and when it has been silent for too long.

Each is a task that ends when the worker must. Run by `workers.process` beside the conversation;
`workers.inline` uses what does not concern a wire.
"""

from __future__ import annotations

from typing import Protocol

import trio

from workers.line import WorkerLine

# Silence is counted in so many parts, so that a time in which we ourselves did not run (stopped, or
# kept from the processor) counts as one part of it and not as all.
SILENT_PARTS = 4
# How often it is looked at what a worker is at, while it has a job that was left.
LOOK_S = 0.25


class Ear(Protocol):
    """What has been heard of the worker so far; only changes matter."""

    @property
    def received_bytes(self) -> int: ...


async def wait_silent(line: WorkerLine, ear: Ear, silence_s: float) -> None:
    """Return once not a byte came for `silence_s`, and a part more, while items were leased. How
    long it may take to say Hello is not decided here."""
    silent_parts = 0
    heard_bytes = ear.received_bytes
    while silent_parts <= SILENT_PARTS:
        await line.busy.wait_on()
        await trio.sleep(silence_s / SILENT_PARTS)
        holds_items = line.ready and line.in_flight > 0
        is_silent = holds_items and ear.received_bytes == heard_bytes
        silent_parts = silent_parts + 1 if is_silent else 0
        heard_bytes = ear.received_bytes


async def end_overdue(line: WorkerLine, item_timeout_s: float) -> None:
    """Condemn a worker whose item takes longer than that, whatever it says meanwhile. For workers
    that do one item after the other: an item begins where the one before it ends."""
    while True:
        since = await line.working.wait_on()
        with trio.move_on_at(since + item_timeout_s):
            await line.working.wait_off()
            continue
        if line.working.began_at > since:
            continue
        line.condemn(f"over the limit of time ({item_timeout_s:g} s)", by_limit=True)
        return


async def end_left(line: WorkerLine) -> None:
    """Condemn a worker that begins an item of a job that was left: what it is at has to be looked
    at again and again, since one that computes says and hears nothing."""
    while True:
        await line.leaving.wait_on()
        with trio.move_on_after(LOOK_S):
            await line.leaving.wait_off()
            continue
        line.stop_left()


async def retire_when_idle(line: WorkerLine, idle_s: float) -> None:
    """Retire it once no job was open for that long."""
    while True:
        await line.busy.wait_off()
        with trio.move_on_after(idle_s):
            await line.busy.wait_on()
            continue
        line.retire("idle")
        return


async def retire_when_old(line: WorkerLine, max_age_s: float) -> None:
    """Retire it after that time, whatever it has done: leaks of libraries end with a process."""
    await trio.sleep(max_age_s)
    line.retire("age")
