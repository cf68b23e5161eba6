"""The URLs of tasks, read from their jobs' items. Owned by `service`.

A list of tasks shows the URLs of short ones; those are kept from one look to the next, since every
open page asks again and again and the items of a job never change.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from actors.ports import DeskKey, ExecutorSpec, StoreReads
from state.errors import JobFilesMissing
from state.model import InputItem, Job

# A list of tasks leaves out the URLs of those that have more.
SHORT = 100

# Of short tasks, about: 100,000 URLs are kept at most.
_KEPT = 100_000
_PAGE = 10_000


class Urls:
    """Built once, for all desks."""

    def __init__(self, store: StoreReads, executors: Mapping[str, ExecutorSpec]) -> None:
        self._store = store
        self._executors = executors
        # Both are written by `_keep`, in steps without an await between: the URLs by desk and
        # job, those asked for last at the end, and how many they are.
        self._kept: OrderedDict[tuple[DeskKey, str], list[str]] = OrderedDict()
        self._count = 0

    async def of(self, desk: DeskKey, job: Job) -> list[str]:
        """All of a task's URLs, each once however often it is visited. Raises JobFilesMissing."""
        urls = await self._read(desk, job)
        if len(urls) <= SHORT:
            self._keep(desk, job.id, urls)
        return urls

    async def _read(self, desk: DeskKey, job: Job) -> list[str]:
        wanted = _count(job)
        urls: list[str] = []
        while len(urls) < wanted:
            limit = min(_PAGE, wanted - len(urls))
            items = await self._store.read_items(desk, job.id, offset=len(urls), limit=limit)
            if not items:
                raise JobFilesMissing(f"there are {len(urls):,} of {wanted:,} items")
            urls += [self._url(job, item) for item in items]
        return urls

    async def of_short(self, desk: DeskKey, job: Job) -> list[str] | None:
        """The same of a short task; None for another, and where its files are gone: what is wrong
        with one task does not hide the others."""
        if _count(job) > SHORT:
            return None
        found = self._kept.get((desk, job.id))
        if found is not None:
            self._kept.move_to_end((desk, job.id))
            return found
        try:
            return await self.of(desk, job)
        except JobFilesMissing:
            return None

    def _keep(self, desk: DeskKey, job_id: str, urls: list[str]) -> None:
        before = self._kept.pop((desk, job_id), [])
        self._kept[desk, job_id] = urls
        self._count += len(urls) - len(before)
        while self._count > _KEPT:
            self._count -= len(self._kept.popitem(last=False)[1])

    def _url(self, job: Job, item: InputItem) -> str:
        executor = self._executors.get(job.kind)
        return "" if executor is None else str(executor.describe(item.item).get("url", ""))


def _count(job: Job) -> int:
    urls_n: int = job.memo.get("urls_n", job.counts.total)
    return urls_n
