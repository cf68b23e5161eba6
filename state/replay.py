"""Reads an outcome file through: which items have ended, and how often one's worker died.

Used by `state.outcomes` when a runner opens the file, and (the line's head) by `state.index`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from state.files import Files
from state.lines import Line, unsealed, whole_lines
from state.model import NO_TALLY, Counts, OutcomeStatus, Tally
from state.spending import NO_SPEND, Spend, total_of
from state.views import Replay


class Head(Struct, frozen=True, gc=False):
    """The part of an outcome line that says what it means; the rest is skipped, not decoded."""

    index: int
    run: int
    status: OutcomeStatus
    tally: Tally = NO_TALLY
    once: bool = False
    spend: Spend = NO_SPEND


Ending = tuple[int, OutcomeStatus]  # the run it was made in, and how the item ended

_FOR_GOOD = (OutcomeStatus.OK, OutcomeStatus.SKIPPED)


def stands(ending: Ending, run: int, *, again: bool = True, once: bool = False) -> bool:
    """Whether the ending counts in that run: its item is then never run again. `again` is False for
    one that failed in a former run and that the retry which began this one has passed over, `once`
    True for that of a finale."""
    made_in, status = ending
    if once:
        return made_in == run
    return status in _FOR_GOOD or made_in == run or (made_in < run and not again)


def counts_of(
    total: int, ends: Mapping[OutcomeStatus, int], tally: Tally, spend: Spend = NO_SPEND
) -> Counts:
    """The counts of a job in which so many items ended in each way, and came to that besides."""
    return Counts(
        total=total,
        ok=ends[OutcomeStatus.OK],
        failed=ends[OutcomeStatus.FAILED] + ends[OutcomeStatus.POISONED],
        skipped=ends[OutcomeStatus.SKIPPED],
        found=tally.found,
        made=tally.made,
        spend=spend,
    )


def tallied(tallies: Mapping[int, Tally], total: int) -> Tally:
    """What the items came to, of a job that has so many."""
    theirs = [tally for index, tally in tallies.items() if index < total]
    return Tally(sum(tally.found for tally in theirs), sum(tally.made for tally in theirs))


def spent(spends: Mapping[int, Spend], total: int) -> Spend:
    """What the items of a job that has so many have spent."""
    return total_of([spend for index, spend in spends.items() if index < total])


def note_tally(tallies: dict[int, Tally], index: int, tally: Tally) -> None:
    """The newest ending of that item was tallied so; most of all endings are not."""
    if tally != NO_TALLY:
        tallies[index] = tally
    elif tallies:
        tallies.pop(index, None)


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
    reading = _Reading(seal)
    for found in whole_lines(files, handle, 0, size):
        for line in found:
            reading.take(line)
    return reading.result(size)


class _Reading:
    """What the lines so far came to; lives for one reading."""

    def __init__(self, seal: int) -> None:
        self._seal = seal
        self._latest: dict[int, tuple[int, OutcomeStatus]] = {}
        self._strikes: dict[int, int] = {}
        self._deaths: dict[int, int] = {}
        self._tallies: dict[int, Tally] = {}
        self._spends: dict[int, Spend] = {}
        self._once: set[int] = set()
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
            return
        if head.spend != NO_SPEND:
            self._spends[head.index] = head.spend
        if head.status is OutcomeStatus.SPENT:
            self._strikes.pop(head.index, None)
        elif head.status is OutcomeStatus.LOST:
            for counted in (self._strikes, self._deaths):
                counted[head.index] = counted.get(head.index, 0) + 1
        else:
            ending = (head.run, head.status)
            self._latest[head.index] = self._shared.setdefault(ending, ending)
            self._strikes.pop(head.index, None)
            self._deaths.pop(head.index, None)
            note_tally(self._tallies, head.index, head.tally)
            if head.once:
                self._once.add(head.index)

    def result(self, size: int) -> Replayed:
        bad_lines, end = self._bad_lines, self._end
        if self._last_is_bad and end == size:
            bad_lines, end = bad_lines - 1, self._last_start
        replay = Replay(
            self._latest,
            self._strikes,
            bad_lines,
            size - end,
            self._tallies,
            self._once,
            self._spends,
            self._deaths,
        )
        return Replayed(replay, end)
