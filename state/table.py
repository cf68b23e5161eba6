"""What the endings of a job are sorted and grouped by, a few numbers for each item; only new bytes
of the outcome file are ever scanned.

One per job whose items somebody has sorted, or whose causes of failure somebody has asked for; held
by `state.reading` beside its indexes. Which of them count is for the index to say (`state.index`).
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import compress, islice

from state.causes import host_of, is_named
from state.files import Files
from state.filters import Seen, UrlOf, asked_url, cause_in, seen_of
from state.lines import unsealed, whole_lines
from state.model import NO_ENDINGS, OutcomeStatus
from state.wanted import Order

# So many causes and hosts have a number of their own, and causes that have a name of ours besides;
# the rest have one together.
CAUSES_MAX = 500
HOSTS_MAX = 20_000
_OTHER = 2**16 - 1
# How many orders are held: those that were asked for last.
ORDERS_MAX = 2
# What a row of the table takes, and a name besides its characters. An item of an index takes 21.
_BYTES_A_ROW = 31
_BYTES_A_NAME = 120

_MOST_MS = 2.0**40
# Statuses of HTTP that ask for a slower pace.
_BUSY = frozenset({429, 503})
_RANK = {
    OutcomeStatus.OK: 1,
    OutcomeStatus.SKIPPED: 2,
    OutcomeStatus.FAILED: 3,
    OutcomeStatus.POISONED: 4,
}


class Names:
    """Numbers for names, the first of them 0; those beyond `most` share `_OTHER`, unless `is_sure`
    of them. Written by the table that has it."""

    def __init__(self, most: int, is_sure: Callable[[str], bool] = lambda _: False) -> None:
        self._most = most
        self._is_sure = is_sure
        self._numbers: dict[str, int] = {}
        self.all: list[str] = []
        self.size_bytes = 0

    def number(self, name: str) -> int:
        known = self._numbers.get(name)
        if known is not None:
            return known
        if len(self.all) >= self._most and not self._is_sure(name):
            return _OTHER
        self._numbers[name] = len(self.all)
        self.all.append(name)
        self.size_bytes += _BYTES_A_NAME + len(name)
        return self._numbers[name]

    def name(self, number: int) -> str | None:
        """None: one of those that have none of their own."""
        return None if number == _OTHER else self.all[number]


class Table:
    """The newest ending of each item. Written by one reading thread at a time, under the lock of
    its owner. Causes are those of failures, and 0 elsewhere; hosts those that were asked."""

    def __init__(self, count: int, seal: int) -> None:
        self._seal = seal
        self._scanned = 0
        self.count = count
        self.causes, self.hosts = Names(CAUSES_MAX, is_named), Names(HOSTS_MAX)
        self.causes.number("")
        self.cause = array("H", bytes(2 * count))
        self.host = array("I", bytes(4 * count))
        self.at = array("d", bytes(8 * count))
        self._ms = array("f", bytes(4 * count))
        self._attempts = array("I", bytes(4 * count))
        self._size = array("Q", bytes(8 * count))
        self._http = array("H", bytes(2 * count))
        self._rank = bytearray(count)
        # Orders of all items, and at how much of the file they were made; written by `_order`.
        self._orders: OrderedDict[Order, tuple[int, array[int]]] = OrderedDict()

    @property
    def scanned(self) -> int:
        """How much of the file is in it."""
        return self._scanned

    @property
    def size_bytes(self) -> int:
        """About what it takes: names can be longer than all else, and their site chooses them."""
        return self.count * _BYTES_A_ROW + self.causes.size_bytes + self.hosts.size_bytes

    def grow(self, count: int) -> None:
        """The job has that many items now."""
        more = count - self.count
        self.count = count
        for column in (self.cause, self.host, self.at, self._ms, self._attempts, self._size,
                       self._http):  # fmt: skip
            column.frombytes(bytes(column.itemsize * more))
        self._rank.extend(bytes(more))

    def catch_up(self, files: Files, handle: int, size: int, url_at: Callable[[int], str]) -> None:
        """Take in the whole lines that were added since the last time."""
        for found in whole_lines(files, handle, self._scanned, size):
            for line in found:
                self._scanned = line.end
                seen = seen_of(unsealed(line.data, self._seal))
                if seen is not None:
                    self.take(seen, partial(url_at, seen.index))

    def take(self, seen: Seen, url_of: UrlOf) -> None:
        """One ending; what the index of the file passes over is passed over here."""
        index = seen.index
        if not 0 <= index < self.count or seen.status in NO_ENDINGS:
            return
        size, http = seen.result.bytes, seen.result.http_status
        self.cause[index] = self.causes.number(cause_in(seen))
        self.host[index] = self.hosts.number(host_of(asked_url(seen.result, url_of)))
        self.at[index] = seen.at
        self._ms[index] = min(max(seen.duration_ms, 0.0), _MOST_MS)
        self._attempts[index] = min(max(seen.attempts, 0), 2**32 - 1)
        self._size[index] = size if type(size) is int and 0 <= size < 2**63 else 0
        self._http[index] = http if type(http) is int and 0 <= http < 1000 else 0
        self._rank[index] = _RANK[seen.status]

    def sorted(self, chosen: bytearray, order: Order, offset: int, limit: int) -> list[int]:
        """One page of the indexes that have a 1 there, in that order; those that are alike by their
        index."""
        ranked = self._order(order)
        there = map(chosen.__getitem__, ranked)
        return list(islice(compress(ranked, there), offset, offset + limit))

    def busy(self, chosen: bytearray) -> Iterator[bool]:
        """Of each item, whether it is chosen and its host said last that it was asked too often."""
        rows = zip(chosen, self._http, strict=True)
        return (bool(among) and code in _BUSY for among, code in rows)

    def _order(self, order: Order) -> array[int]:
        made_at, ranked = self._orders.pop(order, (-1, array("I")))
        if made_at != self._scanned or len(ranked) != self.count:
            key = self._key(order.by)
            found = sorted(range(self.count), key=key.__getitem__, reverse=order.descending)
            ranked = array("I", found)
        self._orders[order] = (self._scanned, ranked)
        if len(self._orders) > ORDERS_MAX:
            self._orders.popitem(last=False)
        return ranked

    def _key(self, by: str) -> Sequence[float]:
        match by:
            case "time":
                return self.at
            case "duration":
                return self._ms
            case "attempts":
                return self._attempts
            case "size":
                return self._size
            case "status":
                return self._rank
            case "result":
                return self._results()
            case _:
                return range(self.count)

    def _results(self) -> list[int]:
        """What an item came to: by the status of HTTP, then by the cause of its failure."""
        names = sorted(range(len(self.causes.all)), key=self.causes.all.__getitem__)
        place = {number: rank for rank, number in enumerate(names)} | {_OTHER: len(names)}
        return [http << 16 | place[cause] for http, cause in zip(self._http, self.cause,
                                                                 strict=True)]  # fmt: skip
