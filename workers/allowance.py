"""How much an item may say in its job's log. Used by `workers.context`, an `Allowance` an item.

Lines are said without waiting, so what an item in a loop says has to be cut off somewhere: far
above what anybody reads, and above what its desk writes down in passing.
"""

from __future__ import annotations

from msgspec import Struct

LINES_AT_ONCE = 5_000
LINES_PER_S = 2_500
# Who was cut off is heard again when so many may follow each other.
_AGAIN = LINES_PER_S / 10


class Told(Struct, frozen=True):
    """Whether a line may be said, and what is said before it, or in its place."""

    said: bool
    notice: str = ""


_SAID, _MISSED = Told(said=True), Told(said=False)
_CUT_OFF = Told(
    said=False,
    notice=f"what this item says is left out: it may say {LINES_AT_ONCE:,} lines at once,"
    f" and {LINES_PER_S:,} a second",
)


class Allowance:
    """Of one item, which begins at `now`, in seconds of any clock."""

    def __init__(self, now: float) -> None:
        # All three are written by `take`.
        self._left = float(LINES_AT_ONCE)
        self._at = now
        self._missed = 0

    def take(self, now: float) -> Told:
        """Of one more line."""
        self._left = min(LINES_AT_ONCE, self._left + (now - self._at) * LINES_PER_S)
        self._at = now
        if self._left < (_AGAIN if self._missed else 1):
            self._missed += 1
            return _CUT_OFF if self._missed == 1 else _MISSED
        self._left -= 1
        if not self._missed:
            return _SAID
        missed, self._missed = self._missed, 0
        return Told(said=True, notice=f"{missed:,} lines of this item were left out")
