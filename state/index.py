"""Where the newest ending of each item stands in an outcome file; only new bytes are ever scanned.

One per job that is being looked at; `state.reading` keeps a few of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import compress, islice

from msgspec import Struct

from state.files import Files
from state.lines import Line, whole_lines
from state.model import NO_ENDINGS, OutcomeStatus
from state.replay import Head, head_of, stands

# One byte an item: 0 is "no ending yet", the others are endings. With `_AGAIN` added it is one that
# no longer counts: the item failed in a former run and is done again in this one. `_AHEAD` is one
# of a run that is still to come, `_UNDONE` that of a finale in another run.
_CODES = {
    OutcomeStatus.OK: 1,
    OutcomeStatus.FAILED: 2,
    OutcomeStatus.SKIPPED: 3,
    OutcomeStatus.POISONED: 4,
}
_AGAIN = 8
_AHEAD = 16
_UNDONE = 32


def _chooser(*codes: int) -> bytes:
    """A table for `bytes.translate`: 1 for the chosen codes, 0 for all others."""
    return bytes(code in codes for code in range(256))


_IS_AGAIN = _chooser(*(code + _AGAIN for code in _CODES.values()))
_IS_PENDING = _chooser(0, _AHEAD, _UNDONE, *(code + _AGAIN for code in _CODES.values()))
_HAS_ENDED = bytes(code != 0 for code in range(256))
_OTHERWISE = _chooser(0)
_NONE = _chooser()  # what is no ending no item has
_WITH_STATUS = {status: _chooser(code) for status, code in _CODES.items()}
# As in `Counts`: a poisoned item counts as failed.
_WITH_STATUS[OutcomeStatus.FAILED] = _chooser(
    _CODES[OutcomeStatus.FAILED], _CODES[OutcomeStatus.POISONED]
)


class Spot(Struct, frozen=True, gc=False):
    """One line: the item's index, and where its bytes are."""

    index: int
    offset: int
    length: int


class OutcomeIndex:
    """13 bytes an item. Written by one reading thread at a time, under the lock of its owner.

    It is of one run of the job; with None every ending counts, whichever run it was made in.
    """

    def __init__(self, count: int, seal: int, run: int | None) -> None:
        self._seal = seal
        self.run = run
        self.count = count
        self.bad_lines = 0
        self._scanned = 0
        self._codes = bytearray(count)
        self._offsets = array("Q", bytes(8 * count))
        self._lengths = array("I", bytes(4 * count))

    def grow(self, count: int) -> None:
        """The job has that many items now."""
        more = count - self.count
        self.count = count
        self._codes.extend(bytes(more))
        self._offsets.extend(array("Q", bytes(8 * more)))
        self._lengths.extend(array("I", bytes(4 * more)))

    def catch_up(self, files: Files, handle: int, size: int) -> None:
        """Take in the whole lines that were added since the last time."""
        for found in whole_lines(files, handle, self._scanned, size):
            for line in found:
                self._take(line)

    def _take(self, line: Line) -> None:
        self._scanned = line.end
        head = head_of(line.data, self._seal)
        if head is None or head.index >= self.count:
            self.bad_lines += 1
        elif head.status not in NO_ENDINGS:
            self._codes[head.index] = self._code(head)
            self._offsets[head.index] = line.start
            self._lengths[head.index] = len(line.data)

    def _code(self, head: Head) -> int:
        code = _CODES[head.status]
        if self.run is None or stands((head.run, head.status), self.run, once=head.once):
            return code
        if head.once:
            return _UNDONE
        return code + _AGAIN if head.run < self.run else _AHEAD

    @property
    def ended(self) -> int:
        """How many items have an ending."""
        return self.count - self._codes.count(0)

    def page(
        self,
        status: OutcomeStatus | None,
        offset: int,
        limit: int,
        among: bytearray | None = None,
        again: bytearray | None = None,
    ) -> tuple[int, list[Spot]]:
        """(how many items match, one page of where their lines are), by index. Without a status
        all that have an ending, also one that no longer counts. `among`: only items that have a 1
        there. `again`: of those that failed in former runs the others count."""
        chosen = self.chosen(status, among, again)
        return chosen.count(1), self.spots(_slice(chosen, offset, limit))

    def chosen(
        self,
        status: OutcomeStatus | None,
        among: bytearray | None = None,
        again: bytearray | None = None,
    ) -> bytearray:
        """A byte for each item, 1 where it matches as in `page`."""
        table = _HAS_ENDED if status is None else _WITH_STATUS.get(status, _NONE)
        found = self._present(again).translate(table)
        return found if among is None else _both(found, among)

    def spots(self, indexes: Iterable[int]) -> list[Spot]:
        """Where the lines of these items are, which have endings."""
        return [self._spot(index) for index in indexes]

    def pending(
        self, offset: int, limit: int, again: bytearray | None = None
    ) -> tuple[int, list[int]]:
        """(how many items have no ending that counts, one page of their indexes)."""
        chosen = self._present(again).translate(_IS_PENDING)
        return chosen.count(1), list(_slice(chosen, offset, limit))

    def _present(self, again: bytearray | None) -> bytearray:
        """The codes, where what failed before and is not done again counts."""
        if again is None:
            return self._codes
        passed_over = _both(self._codes.translate(_IS_AGAIN), again.translate(_OTHERWISE))
        return _less(self._codes, passed_over, _AGAIN)

    def _spot(self, index: int) -> Spot:
        return Spot(index, self._offsets[index], self._lengths[index])


def _both(one: bytearray, other: bytearray) -> bytearray:
    """1 where both have it; as two large numbers, which is quick."""
    bits = int.from_bytes(one, "big") & int.from_bytes(other, "big")
    return bytearray(bits.to_bytes(len(one), "big"))


def _less(codes: bytearray, chosen: bytearray, by: int) -> bytearray:
    """Each code that is chosen less by so much; as large numbers again: none falls below 0."""
    less = int.from_bytes(codes, "big") - by * int.from_bytes(chosen, "big")
    return bytearray(less.to_bytes(len(codes), "big"))


def _slice(chosen: bytearray, offset: int, limit: int) -> Iterator[int]:
    return islice(compress(range(len(chosen)), chosen), offset, offset + limit)
