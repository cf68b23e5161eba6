"""Dates, numbers and amounts as a country writes them: the filters `date`, `time`, `number`,
`percent` and `currency`. Values that go through none of them stay as they were given.

Given to `executors.documents.sandbox` for the locale of a job.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal, format_percent
from jinja2.runtime import Undefined

from executors.documents.filters import Filter, decimal
from executors.documents.locales import read_locale

_MAX_PATTERN_CHARS = 50
_MAX_DECIMALS = 12
_WIDTHS = ("short", "medium", "long", "full")


def regional(locale: str) -> Mapping[str, Filter]:
    """The filters for one locale. Raises ValueError for an unknown one."""
    place = read_locale(locale)

    def as_date(value: Any, format: str = "medium") -> Any:
        if _is_nothing(value):
            return value
        return format_date(_moment(value), _pattern(format), locale=place)

    def as_time(value: Any, format: str = "short") -> Any:
        if _is_nothing(value):
            return value
        return format_time(_moment(value).timetz(), _pattern(format), locale=place)

    def as_number(value: Any, decimals: int | None = None) -> Any:
        if _is_nothing(value):
            return value
        number = decimal(value)
        if decimals is None:
            return format_decimal(number, locale=place, decimal_quantization=False)
        return format_decimal(_rounded(number, decimals), format=_fixed(decimals), locale=place)

    def as_percent(value: Any, decimals: int = 0) -> Any:
        """Of a share: 0.19 is 19 %."""
        if _is_nothing(value):
            return value
        share = _rounded(decimal(value), decimals + 2)
        return format_percent(share, locale=place, decimal_quantization=False)

    def as_currency(value: Any, code: str = "EUR") -> Any:
        if _is_nothing(value):
            return value
        if not (isinstance(code, str) and len(code) == 3 and code.isascii() and code.isalpha()):
            raise ValueError("currency takes a code of three letters, such as EUR")
        return format_currency(decimal(value), code.upper(), locale=place)

    return {
        "date": as_date,
        "time": as_time,
        "number": as_number,
        "percent": as_percent,
        "currency": as_currency,
    }


def _is_nothing(value: Any) -> bool:
    return value is None or value == "" or isinstance(value, Undefined)


def _moment(value: Any) -> datetime:
    """A date or a moment as tables and JSON have it. Raises ValueError."""
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(f"{value[:40]!r} is not a date; 2026-01-31 is one") from None
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    raise ValueError(f"{str(value)[:40]!r} is not a date; '2026-01-31' is one")


def _pattern(format: str) -> Any:
    if not isinstance(format, str) or len(format) > _MAX_PATTERN_CHARS:
        raise ValueError(f"a format of dates is one of {', '.join(_WIDTHS)}, or like dd.MM.yyyy")
    return format


def _rounded(number: Decimal, decimals: int) -> Decimal:
    if not 0 <= decimals <= _MAX_DECIMALS:
        raise ValueError(f"takes 0 to {_MAX_DECIMALS} decimals")
    return number.quantize(Decimal(1).scaleb(-decimals))


def _fixed(decimals: int) -> str:
    return "#,##0" + (f".{'0' * decimals}" if decimals else "")
