"""The `Calendar` port: which days a country has off. Implemented by `nightdesk.holidays`."""

from __future__ import annotations

from datetime import date
from typing import Protocol

import trio


class Calendar(Protocol):
    """Public holidays by country (ISO 3166 codes of two letters, upper case)."""

    async def load(self) -> None:
        """Have at hand what is known. Whoever asks without it may hold up everybody, once."""

    def knows(self, country: str) -> bool:
        """Whether the country's holidays are known; only such are asked for."""

    def is_holiday(self, country: str, day: date) -> bool:
        """A public holiday, or a day off given for one."""

    def is_made_up(self, country: str, day: date) -> bool:
        """A day of the weekend that is worked to make up for a day off, as in China."""


class NoCalendar:
    """Knows no country."""

    async def load(self) -> None:
        """There is nothing."""
        await trio.lowlevel.checkpoint()

    def knows(self, country: str) -> bool:
        return False

    def is_holiday(self, country: str, day: date) -> bool:
        return False

    def is_made_up(self, country: str, day: date) -> bool:
        return False
