"""The table of desks: those in memory, those that sleep on disk, and those that are parked.

Pure reading, for `nightdesk.overview.watch`; only the rows of the page that was asked for are made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from actors.directory import Entry
from actors.ports import DeskKey
from nightdesk.overview.summary import Summaries
from state.views import DeskListed
from web.house_view import DeskOrder, DesksAsked
from web.operator_schemas import DeskSeen, DesksPage, DeskState
from web.views import wire_time


class DeskRows:
    """What is known of all desks, at one moment."""

    def __init__(
        self,
        entries: Mapping[DeskKey, Entry],
        parked: Mapping[DeskKey, str],
        listed: Mapping[DeskKey, DeskListed],
        summaries: Summaries,
    ) -> None:
        self._entries = entries
        self._parked = parked
        self._listed = listed
        self._summaries = summaries
        self.keys = {*entries, *listed}
        self._orders: dict[DeskOrder, Callable[[DeskKey], float]] = {
            "in_flight": self._in_flight,
            "jobs": lambda key: sum(self._summaries.of(key).jobs.values()),
            "disk": self._disk,
            "tokens": self._tokens,
            "saved": self._saved,
            "watchers": self._watchers,
        }

    def state(self, key: DeskKey) -> DeskState:
        if key in self._parked:
            return "parked"
        entry = self._entries.get(key)
        if entry is None:
            return "asleep"
        return "awake" if entry.opened.is_set() else "opening"

    def sorted(self, keys: list[DeskKey], order: DeskOrder) -> list[DeskKey]:
        """By what was asked for, the most first; those that have as much by their keys."""
        keys = sorted(keys)
        return keys if order == "key" else sorted(keys, key=self._orders[order], reverse=True)

    def row(self, key: DeskKey) -> DeskSeen:
        entry, listed = self._entries.get(key), self._listed.get(key)
        shown = entry.feed.newest if entry is not None else None
        sums = self._summaries.of(key)
        return DeskSeen(
            key=key,
            state=self.state(key),
            reason=self._parked.get(key, ""),
            jobs=dict(sums.jobs),
            in_flight=sums.in_flight,
            rate_per_s=round(sums.rate_per_s, 2),
            disk_bytes=shown.disk.used_bytes if shown else None,
            disk_limit_bytes=shown.disk.limit_bytes if shown else None,
            disk_full=shown.disk.full if shown else False,
            tokens=shown.ledger.balance if shown else None,
            plan=shown.plan if shown else "",
            watchers=int(self._watchers(key)),
            save_failing=shown.saved.failing if shown else False,
            saved_at=wire_time(self._saved(key)) if shown or listed else None,
            file_bytes=listed.size_bytes if listed else None,
        )

    def _in_flight(self, key: DeskKey) -> float:
        """Those with nothing in flight by how many jobs run or wait: whoever works comes first."""
        sums = self._summaries.of(key)
        at_work = sums.jobs.get("running", 0) + sums.jobs.get("queued", 0)
        return sums.in_flight + at_work / 1e6 + (1e-9 if key in self._entries else 0)

    def _disk(self, key: DeskKey) -> float:
        shown = entry.feed.newest if (entry := self._entries.get(key)) else None
        return shown.disk.used_bytes if shown else -1

    def _tokens(self, key: DeskKey) -> float:
        shown = entry.feed.newest if (entry := self._entries.get(key)) else None
        return shown.ledger.balance if shown else -1

    def _saved(self, key: DeskKey) -> float:
        shown = entry.feed.newest if (entry := self._entries.get(key)) else None
        if shown is not None:
            return shown.saved.at
        listed = self._listed.get(key)
        return listed.saved_at if listed else 0.0

    def _watchers(self, key: DeskKey) -> float:
        entry = self._entries.get(key)
        return entry.feed.subscribers if entry else 0


def page_of(rows: DeskRows, asked: DesksAsked) -> DesksPage:
    fitting = [
        key
        for key in rows.keys
        if key.startswith(asked.beginning) and asked.state in (None, rows.state(key))
    ]
    ordered = rows.sorted(fitting, asked.order)
    shown = ordered[asked.offset : asked.offset + asked.limit]
    return DesksPage([rows.row(key) for key in shown], len(fitting), asked.offset, asked.limit)
