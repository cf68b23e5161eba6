"""The failures of a job in groups: by cause, and by host where a cause has few. Pure.

Made of a `state.table` for the items that count as failed; the numbers of all groups together are
theirs. A group says by which filter its items are found again, so that a list of them, and what is
done about them, is of the very same. Called by the stores.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from itertools import compress

from msgspec import Struct

from state.table import Table
from state.wanted import NO_HOST

# With more hosts than these a cause is one group, which names the first of them.
HOSTS_APART = 5
HOSTS_NAMED = 3
EXAMPLES = 3
GROUPS_MAX = 100
HOSTS_LISTED = 100


class CauseGroup(Struct, frozen=True):
    """`n` items that failed of one cause, at one host: None where there are several, or addresses
    are not asked; NO_HOST where these have none, and others do. `cause` is None for all that have
    no group of their own. `hosts_n` is at how many hosts, `hosts` those with most of them;
    `examples` are indexes of items, `since` and `latest` when the first and the last one ended."""

    cause: str | None
    host: str | None
    n: int
    hosts_n: int
    hosts: tuple[tuple[str, int], ...]
    examples: tuple[int, ...]
    since: float
    latest: float


class HostSum(Struct, frozen=True):
    """`n` items that asked the host have ended; of these it answered `busy_n` with 429 or 503, last
    of all, and `failed_n` count as failed."""

    host: str
    n: int
    failed_n: int
    busy_n: int


class CausePage(Struct, frozen=True):
    """`failed` is how many there are in all groups together; `hosts` are those that have said most
    often that they are busy, then those with most failures, then those with most items."""

    failed: int
    groups: tuple[CauseGroup, ...]
    hosts: tuple[HostSum, ...] = ()


class _Sum:
    """What the items of one cause at one host come to. Lives for one answer."""

    __slots__ = ("examples", "host", "latest", "n", "since")

    def __init__(self, host: int, index: int, at: float) -> None:
        self.host = host
        self.n = 1
        self.since = self.latest = at
        self.examples = [index]

    def add(self, index: int, at: float) -> None:
        self.n += 1
        if at < self.since:
            self.since = at
        elif at > self.latest:
            self.latest = at
        if len(self.examples) < EXAMPLES:
            self.examples.append(index)


def causes_of(table: Table, ended: bytearray, failed: bytearray) -> CausePage:
    """`ended` has a 1 for each item with an ending, `failed` for each that counts as failed."""
    sums: dict[int, dict[int, _Sum]] = {}
    rows = zip(range(table.count), table.cause, table.host, table.at, strict=True)
    for index, cause, host, at in compress(rows, failed):
        hosts = sums.get(cause)
        if hosts is None:
            hosts = sums[cause] = {}
        known = hosts.get(host)
        if known is None:
            hosts[host] = _Sum(host, index, at)
        else:
            known.add(index, at)
    groups: list[CauseGroup] = []
    for cause, hosts in sums.items():
        groups += _groups(table, table.causes.name(cause), list(hosts.values()))
    groups.sort(
        key=lambda group: (group.cause is None, -group.n, group.cause or "", group.host or "")
    )
    if len(groups) > GROUPS_MAX:
        groups = [*groups[: GROUPS_MAX - 1], _rest(groups[GROUPS_MAX - 1 :])]
    return CausePage(failed.count(1), tuple(groups), _hosts(table, ended, failed))


def _hosts(table: Table, ended: bytearray, failed: bytearray) -> tuple[HostSum, ...]:
    count = Counter(compress(table.host, ended))
    failures = Counter(compress(table.host, failed))
    busy = Counter(compress(table.host, table.busy(ended)))
    sums = (
        HostSum(name, n, failures[number], busy[number])
        for number, n in count.items()
        if (name := table.hosts.name(number))
    )
    return tuple(heapq.nsmallest(HOSTS_LISTED, sums, key=_trouble))


def _trouble(host: HostSum) -> tuple[int, int, int, str]:
    return -host.busy_n, -host.failed_n, -host.n, host.host


def _groups(table: Table, cause: str | None, sums: list[_Sum]) -> list[CauseGroup]:
    named = all(table.hosts.name(each.host) is not None for each in sums)
    few = named and len(sums) <= HOSTS_APART
    if cause is None or not few:
        return [_group(table, cause, None, sums)]
    if len(sums) == 1 and not table.hosts.name(sums[0].host):
        return [_group(table, cause, None, sums)]
    return [_group(table, cause, table.hosts.name(each.host) or NO_HOST, [each]) for each in sums]


def _group(table: Table, cause: str | None, host: str | None, sums: list[_Sum]) -> CauseGroup:
    most = sorted(sums, key=lambda each: -each.n)
    named = [(name, each.n) for each in most[:HOSTS_NAMED] if (name := table.hosts.name(each.host))]
    examples = sorted(index for each in most[:EXAMPLES] for index in each.examples)[:EXAMPLES]
    return CauseGroup(
        cause=cause,
        host=host,
        n=sum(each.n for each in sums),
        hosts_n=sum(table.hosts.name(each.host) != "" for each in sums),
        hosts=tuple(named),
        examples=tuple(examples),
        since=min(each.since for each in sums),
        latest=max(each.latest for each in sums),
    )


def _rest(groups: Iterable[CauseGroup]) -> CauseGroup:
    """All of them as one that nothing finds again."""
    kept = list(groups)
    return CauseGroup(
        cause=None,
        host=None,
        n=sum(group.n for group in kept),
        hosts_n=max(group.hosts_n for group in kept),
        hosts=(),
        examples=kept[0].examples,
        since=min(group.since for group in kept),
        latest=max(group.latest for group in kept),
    )
