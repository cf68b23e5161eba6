"""Public holidays, from the library `holidays`. Built by `nightdesk.serve` for schedules."""

from __future__ import annotations

from datetime import date

import holidays
from holidays.registry import COUNTRIES


class CountryCalendar:
    """The `Calendar` port. A country's days are worked out when they are first asked for."""

    def __init__(self) -> None:
        self._known = frozenset(code for _, code, *_ in COUNTRIES.values())
        # Written by `_of`; one entry a country at most.
        self._countries: dict[str, holidays.HolidayBase] = {}

    def knows(self, country: str) -> bool:
        """Two capital letters, as in ISO 3166."""
        return country in self._known

    def is_holiday(self, country: str, day: date) -> bool:
        """A public one of the whole country."""
        return day in self._of(country)

    def is_made_up(self, country: str, day: date) -> bool:
        """Known for countries that publish such days, for the years that they have published."""
        days = self._of(country)
        # Whatever is asked of a year has the library work the year out.
        return day not in days and day in days.weekend_workdays

    def _of(self, country: str) -> holidays.HolidayBase:
        if country not in self._countries:
            # By its name in the library, which then reads the rules of this country alone.
            self._countries[country] = getattr(holidays, country)()
        return self._countries[country]
