"""Reads an outcome file through: which items have ended, and how often one's worker died.

Used by `state.outcomes` when a runner opens the file, and (the line's head) by `state.index`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from state.files import Files
from state.lines import Line, unsealed, whole_lines
from state.model import Counts, OutcomeStatus
from state.views import Replay


class Head(Struct, frozen=True, gc=False):
    """The part of an outcome line that says what it means; the rest is skipped, not decoded."""

    index: int
    run: int
    status: OutcomeStatus


Ending = tuple[int, OutcomeStatus]  # the run it was made in, and how the item ended

_FOR_GOOD = (OutcomeStatus.OK, OutcomeStatus.SKIPPED)


def stands(ending: Ending, run: int, *, again: bool = True) -> bool:
    """Whether the ending counts in that run: its item is then never run again. `again` is False for
    one that failed in a former run and that the retry which began this one has passed over."""
    made_in, status = ending
    return status in _FOR_GOOD or made_in == run or (made_in < run and not again)


def counts_of(total: int, tally: Mapping[OutcomeStatus, int]) -> Counts:
    """The counts of a job in which so many items ended in each way."""
    return Counts(
        total=total,
        ok=tally[OutcomeStatus.OK],
        failed=tally[OutcomeStatus.FAILED] + tally[OutcomeStatus.POISONED],
        skipped=tally[OutcomeStatus.SKIPPED],
    )


class Replayed(Struct, frozen=True):
    """`end` is where the file should end: any torn last line lies beyond it."""

    replay: Replay
    end: int


_head_decoder = msgspec.json.Decoder(Head)


def head_of(line: bytes, seal: int) -> Head | None:
    """The head of one line without its newline; None where the line is no good."""
    body = unsealed(line, seal)
    if body is None:
        return None
    try:
        head = _head_decoder.decode(body)
    except msgspec.DecodeError:
        return None
    return head if head.index >= 0 else None


def replay_lines(files: Files, handle: int, size: int, seal: int) -> Replayed:
    """Read the first `size` bytes. A bad last line is left beyond `end`, one before is counted."""
    tally = _Tally(seal)
    for found in whole_lines(files, handle, 0, size):
        for line in found:
            tally.take(line)
    return tally.result(size)


class _Tally:
    """What the lines so far came to; lives for one reading."""

    def __init__(self, seal: int) -> None:
        self._seal = seal
        self._latest: dict[int, tuple[int, OutcomeStatus]] = {}
        self._strikes: dict[int, int] = {}
        self._bad_lines = 0
        self._end = 0
        self._last_is_bad = False
        self._last_start = 0
        # There are few different (run, status): 100,000 items share the same few tuples.
        self._shared: dict[tuple[int, OutcomeStatus], tuple[int, OutcomeStatus]] = {}

    def take(self, line: Line) -> None:
        head = head_of(line.data, self._seal)
        self._last_start = line.start
        self._end = line.end
        self._last_is_bad = head is None
        if head is None:
            self._bad_lines += 1
        elif head.status is OutcomeStatus.LOST:
            self._strikes[head.index] = self._strikes.get(head.index, 0) + 1
        else:
            ending = (head.run, head.status)
            self._latest[head.index] = self._shared.setdefault(ending, ending)
            self._strikes.pop(head.index, None)

    def result(self, size: int) -> Replayed:
        bad_lines, end = self._bad_lines, self._end
        if self._last_is_bad and end == size:
            bad_lines, end = bad_lines - 1, self._last_start
        replay = Replay(self._latest, self._strikes, bad_lines, size - end)
        return Replayed(replay, end)
