"""Which outcomes somebody looks for, and whether one is among them. Pure.

Used by the stores, on endings as they stand in their files. The fields are those that several kinds
of job have: `url`, `http_status`, `extracted`, and when an item ended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw, Struct

from state.model import InputItem, Job, OutcomeRecord
from state.replay import stands
from state.wanted import NO_ANSWER, OutcomeFilter


class Facts(Struct, frozen=True, gc=False):
    """What filters look at in an executor's result. Kinds may have other things by these names."""

    url: Any = None
    final_url: Any = None
    http_status: Any = None
    extracted: Any = None


NO_FACTS = Facts()
_facts = msgspec.json.Decoder(Facts)
# Reads the address of an item; asked only where the outcome does not have it.
UrlOf = Callable[[], str]


def matches(
    where: OutcomeFilter, error: str | None, facts: Facts, url_of: UrlOf, at: float
) -> bool:
    """Whether the filter finds an outcome of that time."""
    return (
        (where.ended_from is None or at >= where.ended_from)
        and (where.ended_to is None or at < where.ended_to)
        and (not where.http_status or _has_status(where, facts))
        and all(_has_value(facts, name, value) for name, value in where.extracted)
        and (not where.text or _has_text(where.text.casefold(), error, facts, url_of))
    )


def finds(where: OutcomeFilter | None, record: OutcomeRecord, item: InputItem) -> bool:
    """The same of a whole record with its item; no filter finds everything."""
    if where is None:
        return True
    facts = facts_of(record.result)
    return matches(where, record.error, facts, lambda: item_url(item.item), record.at)


def counts_in(job: Job, record: OutcomeRecord, item: InputItem) -> bool:
    """Whether the ending counts in the job's present run, and its item is not done again."""
    again = record.run == job.run or finds(job.again, record, item)
    once = record.once is True
    return stands((record.run, record.status), job.run, again=again, once=once)


def facts_of(result: Raw) -> Facts:
    try:
        return _facts.decode(result)
    except msgspec.DecodeError:
        return NO_FACTS


def item_url(item: Raw) -> str:
    """The address of an item as it was handed in; "" for one of a kind that has none."""
    value = msgspec.json.decode(item)
    url = value.get("url") if isinstance(value, dict) else value
    return url if isinstance(url, str) else ""


def _has_status(where: OutcomeFilter, facts: Facts) -> bool:
    status = facts.http_status
    number = status if type(status) is int else NO_ANSWER
    return any(low <= number <= high for low, high in where.http_status)


def _has_value(facts: Facts, name: str, wanted: str) -> bool:
    values = facts.extracted
    value = values.get(name) if isinstance(values, dict) else None
    if not wanted:
        return value is not None and value != []
    return any(_as_text(each) == wanted for each in _each(value))


def _has_text(wanted: str, error: str | None, facts: Facts, url_of: UrlOf) -> bool:
    url = facts.url if isinstance(facts.url, str) else url_of()
    said = (url, facts.final_url, error)
    if any(wanted in text.casefold() for text in said if isinstance(text, str)):
        return True
    values = facts.extracted
    if not isinstance(values, dict):
        return False
    texts = (_as_text(each) for value in values.values() for each in _each(value))
    return any(wanted in text.casefold() for text in texts)


def _each(value: Any) -> list[Any]:
    """The values of a list, or the one; none for null."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _as_text(value: Any) -> str:
    """Text as it is, all else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
