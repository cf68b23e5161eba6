"""What every experiment takes and returns, so that one table can show them all."""

from __future__ import annotations

from msgspec import Struct


class Scale(Struct, frozen=True):
    """How much of an experiment to run.

    `share` is the part of the full run's count (1.0 = full, 0.05 = what CI does); `seed` makes
    every random choice repeatable; `processes` is how many may run side by side.
    """

    share: float = 1.0
    seed: int = 0
    processes: int = 2

    def of(self, full: int) -> int:
        """That share of a full count, at least 1."""
        return max(1, round(full * self.share))


class Violation(Struct, frozen=True):
    """One broken promise: what was seen, and the command line that shows it again."""

    what: str
    replay: str


class Verdict(Struct, frozen=True):
    """What an experiment did. It upholds the claim when `violations` is empty.

    `ran` counts `unit`s (states, kills, mutants, ...). `facts` are figures for the table, by name
    (for example {"acknowledged lost": "0", "restart p50": "0.8 s"}). `skipped` says what this
    machine could not do and why; a skipped part is never shown as passed.
    """

    experiment: str
    claim: str
    ran: int
    unit: str
    violations: tuple[Violation, ...] = ()
    facts: dict[str, str] = {}
    skipped: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.violations and self.ran > 0
