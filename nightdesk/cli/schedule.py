"""What `submit fetch` and `submit visit` may say of a schedule, as flags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words
from nightdesk.client.models import Schedule

_WEEK = range(7)


@dataclass(frozen=True, kw_only=True)
class ScheduleOptions:
    """Only `--every` makes a job one with a schedule; each of its passes is a job of its own."""

    every: int | None = None
    """Minutes from pass to pass: do it again and again, by a schedule."""
    from_: Annotated[str | None, Parameter(name="--from")] = None
    """With --every: when the passes of a day begin, as HH:MM (else 00:00)."""
    until: str | None = None
    """With --every: when they end, as HH:MM; before --from it is on the next day (else 24:00)."""
    days: str | None = None
    """With --every: on which days, 0 is Sunday, such as 1-5 or 0,6 (else all)."""
    zone: str | None = None
    """With --every: whose clocks count, such as Asia/Shanghai (else UTC)."""
    random_delay: int | None = None
    """With --every: up to how many minutes later each pass begins."""
    holidays: str | None = None
    """With --every: not on the holidays of that country, such as CN."""

    def schedule(self, words: Words) -> Schedule | None:
        """Raises UsageError."""
        rest = (self.from_, self.until, self.days, self.zone, self.random_delay, self.holidays)
        if self.every is None:
            if any(given is not None for given in rest):
                raise UsageError(words("no_every"))
            return None
        return Schedule(
            start=self.from_ or "00:00",
            end=self.until or "24:00",
            interval_min=self.every,
            work_days=tuple(_WEEK) if self.days is None else _days(self.days, words),
            timezone=self.zone or "UTC",
            max_delay_min=self.random_delay or 0,
            holidays=(self.holidays or "").upper(),
        )


def _days(text: str, words: Words) -> tuple[int, ...]:
    """Of `1-5`, `0,6`, or both."""
    found: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"([0-6])(?:-([0-6]))?", part.strip())
        if match is None or int(match[1]) > int(match[2] or match[1]):
            raise UsageError(words("bad_days"))
        found.update(range(int(match[1]), int(match[2] or match[1]) + 1))
    return tuple(sorted(found))
