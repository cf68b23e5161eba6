"""What the items of one running job have spent: what was said of it, and nothing of it twice.

Owned by the runner; its book keeps it. An ending says it in its own line; of an item that has not
ended a line of its own does (`OutcomeStatus.SPENT`), so that neither a crash nor a stop forgets
what was paid. Nor does an item that has forgotten it, as its files are gone: what it pays from then
on comes on top, or deleting them would give everybody his money back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import UNSET
from msgspec.structs import replace

from state.model import NO_ENDINGS, OutcomeRecord, OutcomeStatus
from state.spending import NO_SPEND, Spend


class Spends:
    """Written by the runner's tasks through its methods, none of which awaits."""

    def __init__(
        self, known: Mapping[int, Spend], whole: Spend, tell: Callable[[Spend], None], run: int
    ) -> None:
        """`known` is what the items that are still to be done have spent, `whole` what all have;
        `tell` is told how much more it becomes."""
        self._known = dict(known)
        self._whole = whole
        self._tell = tell
        self._run = run
        # What items have spent and do not know of any more. Written by `begin` and `closed`.
        self._forgotten: dict[int, Spend] = {}
        # The items of which the file does not say it yet, by the time of the newest word.
        self._unwritten: dict[int, float] = {}

    @property
    def whole(self) -> Spend:
        """What all items have spent, in all runs."""
        return self._whole

    @property
    def waiting(self) -> bool:
        """There is something to write."""
        return bool(self._unwritten)

    def begin(self, index: int, spend: Spend) -> None:
        """The item is taken up, and knows of that much, before it spends anything."""
        forgotten = self._known.get(index, NO_SPEND).minus(spend.within_bounds())
        if forgotten != NO_SPEND:
            self._forgotten[index] = forgotten

    def say(self, index: int, spend: Spend, at: float) -> bool:
        """The item has spent that much in all its runs, as far as it knows. Whoever says less takes
        nothing back. Whether that is more than was known."""
        before = self._known.get(index, NO_SPEND)
        forgotten = self._forgotten.get(index, NO_SPEND)
        after = before.at_least(spend.within_bounds().plus(forgotten))
        if after == before:
            return False
        more = after.minus(before)
        self._known[index] = after
        self._unwritten[index] = at
        self._whole = self._whole.plus(more)
        self._tell(more)
        return True

    def closed(self, record: OutcomeRecord) -> OutcomeRecord:
        """The line with what its item has spent, where that is an ending."""
        index = record.index
        if record.spend is UNSET and index not in self._known:
            return record
        if record.status in NO_ENDINGS:
            return record
        if record.spend is not UNSET:
            self.say(index, record.spend, record.at)
        self._unwritten.pop(index, None)
        self._forgotten.pop(index, None)
        spend = self._known.pop(index, NO_SPEND)
        return replace(record, spend=UNSET if spend == NO_SPEND else spend)

    def lines(self) -> list[OutcomeRecord]:
        """Of each item that has spent more and has not ended, a line that says how much. From now
        on the file is taken to say it."""
        told, self._unwritten = self._unwritten, {}
        return [self._line(index, at) for index, at in told.items()]

    def line_of(self, index: int) -> list[OutcomeRecord]:
        """The line of that one item, where there is one to write."""
        at = self._unwritten.pop(index, None)
        return [] if at is None else [self._line(index, at)]

    def _line(self, index: int, at: float) -> OutcomeRecord:
        return OutcomeRecord(
            index=index,
            run=self._run,
            status=OutcomeStatus.SPENT,
            at=at,
            spend=self._known[index],
        )
