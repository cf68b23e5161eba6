"""Public holidays, from the library `holidays`. Built by `nightdesk.serve` for schedules."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from holidays import HolidayBase


class CountryCalendar:
    """The `Calendar` port.

    The library reads the rules of all countries at once, which takes the better part of a second,
    so a server that never hears of a holiday never does.
    """

    def __init__(self) -> None:
        # Written by `_of` and `knows`: what was read, and the countries that were asked for.
        self._known: frozenset[str] | None = None
        self._countries: dict[str, HolidayBase] = {}

    async def load(self) -> None:
        """Beside the loop, at the first call."""
        if self._known is None:
            self._known = await trio.to_thread.run_sync(_countries)
        else:
            await trio.lowlevel.checkpoint()

    def knows(self, country: str) -> bool:
        """Two capital letters, as in ISO 3166."""
        if self._known is None:
            self._known = _countries()
        return country in self._known

    def is_holiday(self, country: str, day: date) -> bool:
        """A public one of the whole country."""
        return day in self._of(country)

    def is_made_up(self, country: str, day: date) -> bool:
        """Known for countries that publish such days, for the years that they have published."""
        days = self._of(country)
        # Whatever is asked of a year has the library work the year out.
        return day not in days and day in days.weekend_workdays

    def _of(self, country: str) -> HolidayBase:
        if country not in self._countries:
            self._countries[country] = _days_of(country)
        return self._countries[country]


def _countries() -> frozenset[str]:
    from holidays.registry import COUNTRIES  # see CountryCalendar

    codes = frozenset(code for _, code, *_ in COUNTRIES.values())
    # The first has the library read all of them.
    _days_of(min(codes))
    return codes


def _days_of(country: str) -> HolidayBase:
    import holidays  # see CountryCalendar

    days: HolidayBase = getattr(holidays, country)()
    return days
