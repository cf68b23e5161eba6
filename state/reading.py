"""The read side of a job's items and outcomes: pages and exports, each scanning only new bytes.

Called by `state.store` in its threads. Holds a few jobs' indexes, those looked at last.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from state import outcomes
from state.atomic import opened
from state.buckets import SeriesAsk, SeriesPage, page_of
from state.errors import JobFilesMissing
from state.files import Files
from state.filters import item_url
from state.folders import JobFolders
from state.groups import CausePage, causes_of
from state.index import OutcomeIndex, Spot
from state.items import NAME, InputIndex, good_size, open_inputs
from state.lines import seal_of, unsealed
from state.model import InputItem, OutcomeRecord, OutcomeStatus
from state.plain import open_plain
from state.selection import Selections
from state.series import Series
from state.table import Table
from state.views import DeskKey, OutcomePage
from state.wanted import Order, OutcomeFilter

HELD_ITEMS_MAX = 1_000_000
# What a held job costs besides its items, as a number of items: about 1 kB of objects.
JOB_ITEMS = 50
# The same of a job's series: at most 2 MB, mostly a tenth of that.
SERIES_ITEMS = 20_000
# What an item of an index takes: the measure of what is held besides.
_BYTES_AN_ITEM = 21

_decoder = msgspec.json.Decoder(OutcomeRecord)
_Job = tuple[DeskKey, str]
# How much of the file and how many items there were, the run, and of what it is another.
_Asked = tuple[int, int, int | None, OutcomeFilter | None]

# How far a file of a job is good while it is being written; None where nobody writes it.
GoodBytes = Callable[[DeskKey, str, str], int | None]
Ending = tuple[OutcomeRecord, InputItem]


class _Held:
    """One job's indexes. `lock` is held while they are brought up to date, and while `outcomes`,
    `selections`, `series`, `causes` and `table` (None until somebody asks for it) are read."""

    def __init__(self, inputs: InputIndex, seal: int) -> None:
        self.lock = threading.Lock()
        self.inputs = inputs
        self.seal = seal
        self.weight = inputs.count + JOB_ITEMS
        self.outcomes = OutcomeIndex(inputs.count, seal, None)
        self.selections = Selections(inputs.count, seal)
        self.series: Series | None = None
        self.table: Table | None = None
        # What of `weight` is the table's.
        self.tabled = 0
        # What was asked last of the table, and what was told: a tenth of a second for large jobs.
        self.causes: tuple[_Asked, CausePage] | None = None

    def grow(self) -> None:
        """The inputs have more items than before. Called under `lock`."""
        self.outcomes.grow(self.inputs.count)
        self.selections.grow(self.inputs.count)
        if self.series is not None:
            self.series.grow(self.inputs.count)
        if self.table is not None:
            self.table.grow(self.inputs.count)

    def turn_to(self, run: int | None) -> None:
        """An index is of one run: a retry makes another of the whole file. Called under `lock`."""
        if self.outcomes.run != run:
            self.outcomes = OutcomeIndex(self.inputs.count, self.seal, run)


class OutcomeReader:
    """Pages through outcome files by indexes that are kept between pages: about 21 bytes an item,
    and one more for each of the few filters that were asked for last.

    At most HELD_ITEMS_MAX items are held, of the jobs read last (but always the very last one).
    A job counts for a few items itself, so that a million small ones are not held either.
    """

    def __init__(self, folders: JobFolders, good_bytes: GoodBytes) -> None:
        self._folders = folders
        self._files: Files = folders.files
        self._good_bytes = good_bytes
        self._lock = threading.Lock()
        # Both are written under _lock: the jobs, that read last at the end, and their weight.
        self._held: OrderedDict[_Job, _Held] = OrderedDict()
        self._weight = 0

    def page(
        self,
        desk: DeskKey,
        job_id: str,
        status: OutcomeStatus | None,
        run: int | None,
        again: OutcomeFilter | None,
        where: OutcomeFilter | None,
        order: Order | None,
        offset: int,
        limit: int,
    ) -> OutcomePage:
        """One page of the newest endings. Raises JobFilesMissing."""
        with self._folders.job(desk, job_id) as folder:
            held = self._index(desk, job_id, folder)
            with held.lock:
                held.turn_to(run)
                table = None if order is None else self._tabled(desk, job_id, held)
                among, anew = self._catch_up(desk, job_id, folder, held, where, again)
                if order is None or table is None:
                    total, spots = held.outcomes.page(status, offset, limit, among, anew)
                else:
                    chosen = held.outcomes.chosen(status, among, anew)
                    total = chosen.count(1)
                    spots = held.outcomes.spots(table.sorted(chosen, order, offset, limit))
                ended, bad_lines = held.outcomes.ended, held.outcomes.bad_lines
            shown = self._endings(folder, held, spots)
            return OutcomePage(total, shown, ended, held.inputs.count, bad_lines)

    def spots(
        self,
        desk: DeskKey,
        job_id: str,
        status: OutcomeStatus | None,
        run: int | None,
        again: OutcomeFilter | None,
        where: OutcomeFilter | None,
    ) -> list[Spot]:
        """Where all the newest endings are now, for `endings` to read piece by piece."""
        with self._folders.job(desk, job_id) as folder:
            held = self._index(desk, job_id, folder)
            with held.lock:
                if status is not None:
                    held.turn_to(run)
                among, anew = self._catch_up(desk, job_id, folder, held, where, again)
                return held.outcomes.page(status, 0, held.inputs.count, among, anew)[1]

    def causes(
        self, desk: DeskKey, job_id: str, run: int | None, again: OutcomeFilter | None
    ) -> CausePage:
        """Why items have failed, of those that count as failed in that run. Raises
        JobFilesMissing."""
        with self._folders.job(desk, job_id) as folder:
            held = self._index(desk, job_id, folder)
            with held.lock:
                held.turn_to(run)
                table = self._tabled(desk, job_id, held)
                _, anew = self._catch_up(desk, job_id, folder, held, None, again)
                # Whoever asks again before anything has ended is told the same.
                asked = (table.scanned, table.count, run, again)
                if held.causes is None or held.causes[0] != asked:
                    failed = held.outcomes.chosen(OutcomeStatus.FAILED, None, anew)
                    held.causes = asked, causes_of(table, held.outcomes.chosen(None), failed)
                return held.causes[1]

    def series(self, desk: DeskKey, job_id: str, ask: SeriesAsk) -> SeriesPage:
        """What happened when, up to now. Raises JobFilesMissing."""
        with self._folders.job(desk, job_id) as folder:
            held = self._index(desk, job_id, folder)
            with held.lock:
                if held.series is None:
                    held.series = Series(held.inputs.count, held.seal)
                    self._weigh(desk, job_id, held, SERIES_ITEMS)
                self._follow_series(desk, job_id, folder, held, held.series)
                return page_of(held.series, ask)

    def endings(self, desk: DeskKey, job_id: str, spots: Sequence[Spot]) -> tuple[Ending, ...]:
        """The outcomes at those places, each with its item. Raises JobFilesMissing."""
        with self._folders.job(desk, job_id) as folder:
            return self._endings(folder, self._index(desk, job_id, folder), spots)

    def pending(
        self,
        desk: DeskKey,
        job_id: str,
        run: int | None,
        again: OutcomeFilter | None,
        offset: int,
        limit: int,
    ) -> tuple[int, tuple[tuple[int, InputItem], ...]]:
        """(how many items have no ending that counts, one page of them). Raises JobFilesMissing."""
        with self._folders.job(desk, job_id) as folder:
            held = self._index(desk, job_id, folder)
            with held.lock:
                held.turn_to(run)
                _, anew = self._catch_up(desk, job_id, folder, held, None, again)
                total, indexes = held.outcomes.pending(offset, limit, anew)
            return total, tuple(zip(indexes, self._items(folder, held, indexes), strict=True))

    def items(self, desk: DeskKey, job_id: str, offset: int, limit: int) -> tuple[InputItem, ...]:
        """One page of the items. Raises JobFilesMissing."""
        with self._folders.job(desk, job_id) as folder:
            held = self._index(desk, job_id, folder)
            with held.lock:
                self._follow(desk, job_id, folder, held)
            indexes = range(offset, min(offset + limit, held.inputs.count))
            return tuple(self._items(folder, held, indexes))

    def forget(self, desk: DeskKey, job_id: str) -> None:
        """Drop the job's indexes: its files are gone, or its outcome file was repaired."""
        with self._lock:
            held = self._held.pop((desk, job_id), None)
            self._weight -= 0 if held is None else held.weight

    def _index(self, desk: DeskKey, job_id: str, folder: int) -> _Held:
        with self._lock:
            held = self._held.get((desk, job_id))
            if held is not None:
                self._held.move_to_end((desk, job_id))
                return held
        seal = seal_of(desk, job_id)
        good = partial(self._good_bytes, desk, job_id, NAME)
        fresh = _Held(InputIndex.scanned(self._files, folder, seal, good), seal)
        with self._lock:
            held = self._held.setdefault((desk, job_id), fresh)
            self._weight += fresh.weight if held is fresh else 0
            self._let_go()
        return held

    def _let_go(self) -> None:
        """Of those that were not looked at for longest, where all together are too many. Called
        under `_lock`."""
        while self._weight > HELD_ITEMS_MAX and len(self._held) > 1:
            self._weight -= self._held.popitem(last=False)[1].weight

    def _catch_up(
        self,
        desk: DeskKey,
        job_id: str,
        folder: int,
        held: _Held,
        *filters: OutcomeFilter | None,
    ) -> list[bytearray | None]:
        """Take in what was appended; which items each filter finds, None without one."""
        selections = [None if each is None else held.selections.of(each) for each in filters]
        among = [None if each is None else each.chosen for each in selections]
        try:
            handle = open_plain(self._files, folder, outcomes.NAME)
        except FileNotFoundError:
            self._follow(desk, job_id, folder, held)
            return among  # the job has never run
        with opened(self._files, handle):
            good = partial(self._good_bytes, desk, job_id, outcomes.NAME)
            size = good_size(self._files, handle, good)
            # In this order: an outcome is written behind the items that it may speak of.
            self._follow(desk, job_id, folder, held)
            held.outcomes.catch_up(self._files, handle, size)
            with opened(self._files, open_inputs(self._files, folder)) as inputs:
                url_at = partial(_url_at, held, inputs)
                for follower in (*selections, held.table):
                    if follower is not None:
                        follower.catch_up(self._files, handle, size, url_at)
        self._weigh_table(desk, job_id, held)
        return among

    def _follow(self, desk: DeskKey, job_id: str, folder: int, held: _Held) -> None:
        """Take in the items that a job which grows has found. Called under the lock of `held`."""
        if not held.inputs.grows:
            return
        with opened(self._files, open_inputs(self._files, folder)) as handle:
            good = partial(self._good_bytes, desk, job_id, NAME)
            held.inputs.grow(handle, good_size(self._files, handle, good))
        before = held.outcomes.count
        held.grow()
        self._weigh(desk, job_id, held, held.inputs.count - before)

    def _follow_series(
        self, desk: DeskKey, job_id: str, folder: int, held: _Held, series: Series
    ) -> None:
        """Take in what was appended. Called under the lock of `held`."""
        try:
            handle = open_plain(self._files, folder, outcomes.NAME)
        except FileNotFoundError:
            return  # the job has never run
        with opened(self._files, handle):
            good = partial(self._good_bytes, desk, job_id, outcomes.NAME)
            size = good_size(self._files, handle, good)
            # In this order, as in `_catch_up`.
            self._follow(desk, job_id, folder, held)
            series.catch_up(self._files, handle, size)

    def _tabled(self, desk: DeskKey, job_id: str, held: _Held) -> Table:
        """The job's table, to be brought up to date. Called under the lock of `held`."""
        if held.table is None:
            held.table = Table(held.inputs.count, held.seal)
            self._weigh_table(desk, job_id, held)
        return held.table

    def _weigh_table(self, desk: DeskKey, job_id: str, held: _Held) -> None:
        """Its names come as its rows are filled. Called under the lock of `held`."""
        size = 0 if held.table is None else held.table.size_bytes // _BYTES_AN_ITEM
        held.tabled, before = size, held.tabled
        if size != before:
            self._weigh(desk, job_id, held, size - before)

    def _weigh(self, desk: DeskKey, job_id: str, held: _Held, more: int) -> None:
        """What is held of the job costs as much as so many items more."""
        with self._lock:
            held.weight += more
            if self._held.get((desk, job_id)) is held:
                self._weight += more
                self._held.move_to_end((desk, job_id))
                self._let_go()

    def _endings(self, folder: int, held: _Held, spots: Sequence[Spot]) -> tuple[Ending, ...]:
        if not spots:
            return ()
        items = self._items(folder, held, [spot.index for spot in spots])
        with opened(self._files, open_plain(self._files, folder, outcomes.NAME)) as handle:
            records = [_record(self._files, handle, spot, held.seal) for spot in spots]
        return tuple(zip(records, items, strict=True))

    def _items(self, folder: int, held: _Held, indexes: Sequence[int]) -> list[InputItem]:
        with opened(self._files, open_inputs(self._files, folder)) as handle:
            return held.inputs.read(handle, indexes)


def _url_at(held: _Held, inputs: int, index: int) -> str:
    return item_url(held.inputs.read(inputs, [index])[0].item)


def _record(files: Files, handle: int, spot: Spot, seal: int) -> OutcomeRecord:
    body = unsealed(files.read(handle, spot.length, spot.offset), seal)
    if body is None:
        raise JobFilesMissing(f"{outcomes.NAME} was damaged at item {spot.index}")
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise JobFilesMissing(f"{outcomes.NAME} is damaged at item {spot.index}") from error
