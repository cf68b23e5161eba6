"""Which outcomes somebody looks for, and whether one is among them. Pure.

Used by the stores, on endings as they stand in their files. The fields are those that several kinds
of job have: `url`, `http_status`, `extracted`, and how and when an item ended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw, Struct

from state.causes import cause_of, host_of
from state.model import InputItem, Job, OutcomeRecord, OutcomeStatus
from state.replay import stands
from state.wanted import NO_ANSWER, NO_HOST, OutcomeFilter


class Facts(Struct, frozen=True, gc=False):
    """What is looked at in an executor's result. Kinds may have other things by these names."""

    url: Any = None
    final_url: Any = None
    http_status: Any = None
    extracted: Any = None
    bytes: Any = None
    ended_as: Any = None
    stop: Any = None
    template: Any = None


NO_FACTS = Facts()


class Seen(Struct, frozen=True, gc=False):
    """The part of an outcome line that is looked at; the rest is skipped, not decoded."""

    index: int
    status: OutcomeStatus
    result: Facts = NO_FACTS
    error: str | None = None
    at: float = 0.0
    attempts: int = 1
    duration_ms: float = 0.0


class _Odd(Struct, frozen=True, gc=False):
    """The same of a line whose result is no object."""

    index: int
    status: OutcomeStatus
    error: str | None = None
    at: float = 0.0
    attempts: int = 1
    duration_ms: float = 0.0


_seen = msgspec.json.Decoder(Seen)
_odd = msgspec.json.Decoder(_Odd)
_facts = msgspec.json.Decoder(Facts)
# Reads the address of an item; asked only where the outcome does not have it.
UrlOf = Callable[[], str]


def matches(where: OutcomeFilter, seen: Seen, url_of: UrlOf) -> bool:
    """Whether the filter finds that ending of an item."""
    facts = seen.result
    return (
        _is_within(seen.at, where.ended_from, where.ended_to)
        and _is_within(seen.duration_ms, where.duration_from_ms, where.duration_to_ms)
        and seen.attempts >= where.attempts_from
        and (not where.http_status or _has_status(where, facts))
        and (not where.cause or cause_in(seen) == where.cause)
        and (not where.host or _has_host(where.host, facts, url_of))
        and all(_has_value(facts, name, value) for name, value in where.extracted)
        and (not where.text or _has_text(where.text.casefold(), seen.error, facts, url_of))
    )


def finds(where: OutcomeFilter | None, record: OutcomeRecord, item: InputItem) -> bool:
    """The same of a whole record with its item; no filter finds everything."""
    if where is None:
        return True
    return matches(where, seen_in(record), lambda: item_url(item.item))


def seen_of(body: bytes | None) -> Seen | None:
    """What is looked at in an outcome line without its seal; None where it is none."""
    if body is None:
        return None
    try:
        return _seen.decode(body)
    except msgspec.DecodeError:
        pass
    try:
        odd = _odd.decode(body)
    except msgspec.DecodeError:
        return None
    return Seen(odd.index, odd.status, NO_FACTS, odd.error, odd.at, odd.attempts, odd.duration_ms)


def seen_in(record: OutcomeRecord) -> Seen:
    """The same of a whole record."""
    return Seen(
        record.index,
        record.status,
        facts_of(record.result),
        record.error,
        record.at,
        record.attempts,
        record.duration_ms,
    )


def cause_in(seen: Seen) -> str:
    """Why the item failed; "" for one that did not."""
    poisoned = seen.status is OutcomeStatus.POISONED
    if not poisoned and seen.status is not OutcomeStatus.FAILED:
        return ""
    facts = seen.result
    return cause_of(
        poisoned=poisoned,
        error=seen.error,
        http_status=facts.http_status,
        ended_as=facts.ended_as,
        stop=facts.stop,
        template=facts.template,
        addresses=(facts.url, facts.final_url),
    )


def asked_url(facts: Facts, url_of: UrlOf) -> str:
    """The address that was asked; "" where there is none."""
    return facts.url if isinstance(facts.url, str) else url_of()


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


def _is_within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value < high)


def _has_host(wanted: str, facts: Facts, url_of: UrlOf) -> bool:
    return (host_of(asked_url(facts, url_of)) or NO_HOST) == wanted


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
    said = (asked_url(facts, url_of), facts.final_url, error)
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
