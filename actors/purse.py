"""The purse of a desk as its runners use it: they say what items spend, and are told who may.

Owned by the desk's session. Nothing here waits: an answer may come within the call that asked for
it, or in that of another job, by which it found room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from actors.rules.spending import Purse, Wanted
from state.model import Job
from state.spending import DaySpend, Spend, SpendCap, day_of

# Told why the call must not be made, or None.
Tell = Callable[[str | None], None]


class DeskPurse:
    """`now` is the wall clock: a day of UTC is what the desk's cap is for."""

    def __init__(self, cap: SpendCap, day: DaySpend, now: Callable[[], float]) -> None:
        self._purse = Purse(cap, day)
        self._now = now
        # By job and item, who waits. All is written on behalf of the runners.
        self._tells: dict[tuple[str, int], Tell] = {}
        # By job, the cap that its account has, and who wants to know when that is another.
        self._caps: dict[str, SpendCap] = {}
        self._watchers: dict[str, Callable[[], None]] = {}

    @contextmanager
    def account(self, job_id: str, cap: SpendCap, spent: Spend) -> Iterator[JobAccount]:
        """That of a job which runs, and has spent so much in all its runs."""
        self._purse.open(job_id, cap, spent)
        self._caps[job_id] = cap
        try:
            yield JobAccount(self, job_id)
        finally:
            self._purse.close(job_id)
            del self._caps[job_id]
            self._watchers.pop(job_id, None)
            self._tells = {key: tell for key, tell in self._tells.items() if key[0] != job_id}
            self._decide()

    def know(self, jobs: Mapping[str, Job], day: DaySpend) -> None:
        """How the desk stands on disk: caps may be others, and more may have been spent."""
        for job_id, cap in self._caps.items():
            job = jobs.get(job_id)
            if job is not None and job.cap != cap:
                self._caps[job_id] = job.cap
                self._purse.limit(job_id, job.cap)
                if (watcher := self._watchers.get(job_id)) is not None:
                    watcher()
        self._purse.at_least(day)
        self._decide()

    def watch(self, job_id: str, watcher: Callable[[], None]) -> None:
        """See JobAccount.watch."""
        self._watchers[job_id] = watcher

    def is_capped(self, job_id: str) -> bool:
        """See JobAccount.is_capped."""
        return self._purse.is_capped(job_id)

    def spent(self, job_id: str, more: Spend) -> None:
        """See JobAccount.spent."""
        self._purse.spent(job_id, more, day_of(self._now()))
        self._decide()

    def reserve(self, wanted: Wanted, tell: Tell) -> None:
        """See JobAccount.reserve."""
        self._purse.want(wanted)
        self._tells[wanted.job_id, wanted.index] = tell
        self._decide()

    def drop(self, job_id: str, index: int) -> None:
        """See JobAccount.drop."""
        self._purse.drop(job_id, index)
        self._tells.pop((job_id, index), None)
        self._decide()

    def _decide(self) -> None:
        if not self._tells:
            return
        self._purse.begin(day_of(self._now()))
        for verdict in self._purse.decide():
            wanted = verdict.wanted
            self._tells.pop((wanted.job_id, wanted.index))(verdict.refused)


class JobAccount:
    """What the runner of one job may do with the purse."""

    def __init__(self, purse: DeskPurse, job_id: str) -> None:
        self._purse = purse
        self._job_id = job_id

    @property
    def is_capped(self) -> bool:
        """Whether a reservation may be refused."""
        return self._purse.is_capped(self._job_id)

    def watch(self, watcher: Callable[[], None]) -> None:
        """`watcher` is called each time that the job has got another cap."""
        self._purse.watch(self._job_id, watcher)

    def spent(self, more: Spend) -> None:
        """Its items have spent so much more."""
        self._purse.spent(self._job_id, more)

    def reserve(self, index: int, most: Spend, tell: Tell) -> None:
        """An item is about to make a call of at most that much. `tell` is called once, maybe at
        once, unless the item is dropped before."""
        self._purse.reserve(Wanted(self._job_id, index, most), tell)

    def drop(self, index: int) -> None:
        """The item's call is over, or the item is."""
        self._purse.drop(self._job_id, index)
