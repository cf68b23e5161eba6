"""Which desks the medium fails under, and when one that became read-only is tried again.

Used by `state.store`, in its threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from state.errors import StorageReadOnly
from state.views import DeskKey

FAILURES_MAX = 3
PROBE_EVERY_S = 2.0

_SAID = (
    f"the disk failed {FAILURES_MAX} times under this desk, which is read-only now: look at the"
    f" kernel's log; the disk is tried again every {PROBE_EVERY_S:.0f} s"
)


class Health:
    """After three EIO without a good save between them a desk is read-only, until a probe of the
    disk succeeds. Whoever wants to write makes it, so that an idle desk costs nothing."""

    def __init__(
        self, probe: Callable[[DeskKey], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`probe` raises OSError where the disk still fails; it uses no descriptor that failed."""
        self._probe = probe
        self._clock = clock
        self._lock = threading.Lock()
        # Both are written under _lock, by any thread that works for the desk in question.
        self._failures: dict[DeskKey, int] = {}
        self._probe_at: dict[DeskKey, float] = {}

    def read_only(self, desk: DeskKey) -> bool:
        """Whether nothing is written for this desk before a probe has succeeded."""
        return self._failures.get(desk, 0) >= FAILURES_MAX

    def check(self, desk: DeskKey) -> None:
        """Raises StorageReadOnly for a desk that is read-only and stays so. May probe the disk."""
        if not self.read_only(desk):
            return
        if not self._take_turn(desk):
            raise StorageReadOnly(_SAID)
        try:
            self._probe(desk)
        except OSError as error:
            raise StorageReadOnly(f"{_SAID} (just now: {error.strerror})") from error
        self.succeeded(desk)

    def _take_turn(self, desk: DeskKey) -> bool:
        """Whether a probe is due; then it is the caller's, and nobody else's for a while."""
        now = self._clock()
        with self._lock:
            if now < self._probe_at.get(desk, now):
                return False
            self._probe_at[desk] = now + PROBE_EVERY_S
            return True

    def failed(self, desk: DeskKey) -> None:
        """The medium failed under a save of this desk."""
        with self._lock:
            self._failures[desk] = self._failures.get(desk, 0) + 1
            self._probe_at[desk] = self._clock() + PROBE_EVERY_S

    def succeeded(self, desk: DeskKey) -> None:
        """A save, or the probe, is durable: what failed before is forgiven."""
        if desk in self._failures:
            with self._lock:
                self._failures.pop(desk, None)
                self._probe_at.pop(desk, None)
