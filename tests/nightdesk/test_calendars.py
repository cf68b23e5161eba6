"""The days off of countries, as the library `holidays` knows them."""

from __future__ import annotations

from datetime import date

import pytest

from nightdesk.calendars import CountryCalendar


@pytest.fixture
def calendar() -> CountryCalendar:
    return CountryCalendar()


def test_countries_are_known_by_two_capital_letters(calendar: CountryCalendar) -> None:
    assert all(calendar.knows(code) for code in ("CN", "DE", "US", "HK", "BR"))
    assert not any(calendar.knows(code) for code in ("", "cn", "CHN", "XX", "__class__"))


def test_a_public_holiday_is_one_in_its_country(calendar: CountryCalendar) -> None:
    unity = date(2026, 10, 3)
    assert calendar.is_holiday("DE", unity)
    assert not calendar.is_holiday("US", unity)


def test_in_china_days_off_are_holidays_and_some_weekends_are_worked(
    calendar: CountryCalendar,
) -> None:
    assert calendar.is_holiday("CN", date(2026, 2, 17))
    # A Friday off, for which Saturday the 14th is worked.
    assert calendar.is_holiday("CN", date(2026, 2, 20))
    assert calendar.is_made_up("CN", date(2026, 2, 14))
    assert not calendar.is_made_up("CN", date(2026, 2, 21))
    assert not calendar.is_holiday("CN", date(2026, 2, 14))


def test_every_country_that_is_known_can_be_asked(calendar: CountryCalendar) -> None:
    for code in ("AD", "CH", "IN", "JP", "KR", "ZA"):
        assert not calendar.is_made_up(code, date(2026, 6, 15))
