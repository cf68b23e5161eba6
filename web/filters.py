"""The filters of a request for outcomes, each checked: `http_status`, `text`, `extracted.NAME`, and
when and where and how long, and why an item failed.

One reading for the items page and for exports. Called by `web.results_api`; what a filter finds is
for the store to say (`state.filters`).
"""

from __future__ import annotations

import re

from state.causes import MAX_CAUSE_CHARS, MAX_HOST_CHARS, named_host
from state.wanted import NO_ANSWER, OutcomeFilter
from web.http import Query
from web.routes import TIME, Parameter, integer

MAX_RANGES = 20
MAX_NAMES = 20
MAX_TEXT_CHARS = 500
MAX_ATTEMPTS = 1_000_000
MAX_MS = 10**12
EXTRACTED = "extracted."

_CLASS = re.compile(r"[1-5]xx", re.I)
_RANGE = re.compile(r"([1-9][0-9]{2})(?:-([1-9][0-9]{2}))?")

PARAMETERS = (
    Parameter(
        "http_status",
        {"type": "string"},
        "One of these, with commas between: `200`, `4xx`, `200-299`, `none` (no answer came).",
    ),
    Parameter(
        "text",
        {"type": "string", "maxLength": MAX_TEXT_CHARS},
        "Stands in the URL, the error or a value that was extracted; in whatever case.",
    ),
    Parameter(
        f"{EXTRACTED}NAME",
        {"type": "string", "maxLength": MAX_TEXT_CHARS},
        "The value that was extracted under that name, or one of its list; empty: there is one. "
        "For several names all must hold.",
    ),
    Parameter("ended_from", TIME, "It ended then or later."),
    Parameter("ended_to", TIME, "It ended before that."),
    Parameter(
        "host",
        {"type": "string", "maxLength": MAX_HOST_CHARS},
        "The host of the address that was asked, with its port where that is neither 80 nor 443;"
        " `-`: it has no address.",
    ),
    Parameter(
        "cause",
        {"type": "string", "maxLength": MAX_CAUSE_CHARS},
        "Why it failed, as the causes of the job have it.",
    ),
    integer("attempts_from", "It took so many attempts, or more."),
    integer("duration_from_ms", "Its last attempt took so long, or longer."),
    integer("duration_to_ms", "Its last attempt took less than that."),
)


def read_filter(query: Query) -> OutcomeFilter | None:
    """None where nothing is filtered. What is wrong with it is the query's to raise."""
    where = OutcomeFilter(
        http_status=_ranges(query),
        text=query.text("text", most_chars=MAX_TEXT_CHARS),
        extracted=_values(query),
        ended_from=query.moment("ended_from"),
        ended_to=query.moment("ended_to"),
        host=named_host(query.text("host", most_chars=MAX_HOST_CHARS)),
        cause=query.text("cause", most_chars=MAX_CAUSE_CHARS),
        attempts_from=query.integer("attempts_from", 0, low=0, high=MAX_ATTEMPTS),
        duration_from_ms=query.optional_integer("duration_from_ms", high=MAX_MS),
        duration_to_ms=query.optional_integer("duration_to_ms", high=MAX_MS),
    )
    return None if where == OutcomeFilter() else where


def refuse_filter(query: Query, where: OutcomeFilter | None, reason: str) -> None:
    """Every filter that was asked for is wrong, for this reason."""
    if where is None:
        return
    for name in where.__struct_fields__:
        if name != "extracted" and getattr(where, name) not in (None, "", (), 0):
            query.wrong(name, reason)
    for name, _ in where.extracted:
        query.wrong(f"{EXTRACTED}{name}", reason)


def _ranges(query: Query) -> tuple[tuple[int, int], ...]:
    text = query.text("http_status", most_chars=MAX_TEXT_CHARS)
    if not text:
        return ()
    ranges = [_range(each.strip()) for each in text.split(",")]
    if len(ranges) > MAX_RANGES or None in ranges:
        reason = f"must be at most {MAX_RANGES} of `200`, `4xx`, `200-299` or `none`"
        query.wrong("http_status", reason)
        return ()
    return tuple(each for each in ranges if each is not None)


def _range(text: str) -> tuple[int, int] | None:
    """Ends included; None where it is no range."""
    if text == "none":
        return NO_ANSWER, NO_ANSWER
    if _CLASS.fullmatch(text):
        return int(text[0]) * 100, int(text[0]) * 100 + 99
    match = _RANGE.fullmatch(text)
    if match is None:
        return None
    low, high = int(match[1]), int(match[2] or match[1])
    return (low, high) if low <= high else None


def _values(query: Query) -> tuple[tuple[str, str], ...]:
    named = query.beginning(EXTRACTED, most_chars=MAX_TEXT_CHARS)
    if len(named) > MAX_NAMES:
        query.wrong(f"{EXTRACTED}{named[-1][0]}", f"is one of more than {MAX_NAMES} values")
        return ()
    return tuple(named)


def is_filter(name: str) -> bool:
    """Whether a parameter of that name is one of these."""
    return name.startswith(EXTRACTED) or any(name == each.name for each in PARAMETERS)
