"""The line between a running job and its desk: orders come down it, facts go up.

Made by the runner. Orders are given by the session; everything else is said by the runner's tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum

import trio

from actors.messages import Fact, JobStalled, JobWentOn
from actors.ports import Attachment, ItemAnswer
from actors.signal import Signal
from state.errors import QuotaReached, StorageError
from state.model import NO_LISTS, EgressLists, Job
from state.paces import HostPace

# How long a runner waits before it tries again to use a file that failed.
RETRY_S = 1.0


class Order(Enum):
    """RUN: lease items. DRAIN: lease none, let those in flight end. CANCEL: stop them."""

    RUN = "run"
    DRAIN = "drain"
    CANCEL = "cancel"


def _nobody() -> None:
    """Has come yet who wants to know."""


class DeskLine:
    """`changed` wakes the runner for orders and for news of its own: it is one signal for one
    task, which looks at everything when it wakes."""

    def __init__(
        self, job: Job, report: Callable[[Fact], None], egress: EgressLists = NO_LISTS
    ) -> None:
        self._job = job
        self.report = report
        self.changed = Signal()
        # All three are written by the session.
        self.order = Order.RUN
        self.egress = egress
        self.paces = job.paces
        # Written by the runner: its line to its pool, while it has one.
        self._attachment: Attachment | None = None
        # Written by the runner's keeping task: when it tries again to write. None: all is well.
        self.retry_at: float | None = None
        self._watcher: Callable[[], None] = _nobody

    @contextmanager
    def watched(self, watcher: Callable[[], None]) -> Iterator[None]:
        """`watcher` is called within each new order, and as files are found to fail."""
        self._watcher = watcher
        try:
            yield
        finally:
            self._watcher = _nobody

    def give(self, order: Order) -> None:
        """A cancelled job stays cancelled: it starts anew with another runner. An order that
        stands wakes nobody: the desk repeats it when it hears of a stall."""
        if self.order not in (Order.CANCEL, order):
            self.order = order
            self._watcher()
            self.changed.fire()

    def permit(self, egress: EgressLists) -> None:
        """The desk's lists of domains, whether they are new or not. The pool knows them when this
        returns, so that whatever is leased after the desk's answer keeps to them."""
        self.egress = egress
        if self._attachment is not None:
            self._attachment.permit(egress)

    def pace(self, paces: dict[str, HostPace]) -> None:
        """How the job may ask hosts, whether that is new or not."""
        if paces != self.paces:
            self.paces = paces
            self.changed.fire()

    def answer(self, answers: Sequence[ItemAnswer]) -> None:
        """Tell items what they have asked, where the runner is still at its pool."""
        if self._attachment is not None and answers:
            self._attachment.answer(answers)

    @contextmanager
    def attached(self, attachment: Attachment) -> Iterator[None]:
        """The runner is at its pool. Lists that came since its brief was written hold too."""
        attachment.permit(self.egress)
        self._attachment = attachment
        try:
            yield
        finally:
            self._attachment = None

    def stalled(self, error: StorageError) -> None:
        """The job's files cannot be used now: say so once."""
        if self.retry_at is None:
            by_quota = isinstance(error, QuotaReached)
            self.report(JobStalled(self._job.id, self._job.run, str(error), by_quota))
        self.retry_at = trio.current_time() + RETRY_S
        self._watcher()

    async def wait_out(self, error: StorageError) -> None:
        """Stall until it is time to try again, or there is a new order."""
        self.stalled(error)
        with trio.move_on_after(RETRY_S):
            await self.changed.wait()

    def went_on(self) -> None:
        """The job's files can be used (again)."""
        if self.retry_at is not None:
            self.report(JobWentOn(self._job.id, self._job.run))
            self.retry_at = None
