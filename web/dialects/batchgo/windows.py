"""AutoClick's own words for a schedule: a window, a country, a referer. Pure; called by `offers`.

A schedule of visits is served. A number of clicks to reach, a referer that is made up and an
identity for each visit are not: such a field is refused for what it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, Struct

from actors.rules.schedule import DAY_MIN
from state.schedules import Schedule
from web.dialects.batchgo import texts
from web.dialects.batchgo.legacy_bodies import refuse_forged
from web.dialects.batchgo.refusals import invalid_request, not_supported
from web.dialects.batchgo.silent import is_list_address, is_proxy
from web.dialects.fields import Fields, both
from web.validate import Errors

# The offsets that pages had for their countries know no summer time: these zones do.
ZONES: Mapping[str, str] = {
    "US": "America/Los_Angeles",
    "CN": "Asia/Shanghai",
    "UK": "Europe/London",
    "GB": "Europe/London",
    "JP": "Asia/Tokyo",
}
ALL_DAY = "00:00-24:00"

_WINDOW = re.compile(r"([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})", re.ASCII)

_WRONG_WINDOW = 'must be a window such as "06:00-24:00"'
_WRONG_COUNTRY = f"must be one of {', '.join(ZONES)}"
_WRONG_REFERER = "must be a URL"


class Offer(Struct, frozen=True):
    """An AutoClick task or schedule: `start` are the fields of a scheduled start, `spec` is what
    its visits are made with."""

    start: dict[str, Any]
    spec: dict[str, Any]


def read_offer(value: Mapping[str, Any]) -> Offer:
    """Raises Refused for what is made-up traffic, or WebError with all else that is wrong."""
    refuse_forged(value)
    errors: Errors = []
    fields = Fields(value, errors)
    start: dict[str, Any] = {"urls": _urls(fields)}
    window = _WINDOW.fullmatch(_text(fields, "time_window", ALL_DAY))
    if window is None:
        fields.wrong("time_window", _WRONG_WINDOW)
    else:
        start |= {"start_time": window[1], "end_time": window[2]}
    if (zone := _zone(fields)) is not None:
        start["timezone"] = zone
    spec: dict[str, Any] = {}
    if referer := _referer(fields):
        spec["headers"] = {"Referer": referer}
    if proxy := fields.take(*both("proxy_url"), default=""):
        spec |= _way(proxy)
    for name in ("name", "interval", "work_days", "random_delay", "max_random_delay", "holidays"):
        if (given := fields.take(*both(name))) is not UNSET:
            start[name] = given
    fields.drop(*both("daily_clicks"), *both("daily_target"), "status", "id")
    fields.done(lambda _: "unknown field")
    if errors:
        raise invalid_request(errors)
    return Offer(start, spec)


def visits_a_day(schedule: Schedule, urls_n: int) -> int:
    """How many visits a day of that schedule is: what pages call its target."""
    start, end = _minutes(schedule.start), _minutes(schedule.end)
    open_min = (end - start) if end > start else (end - start + DAY_MIN)
    return -(-open_min // schedule.interval_min) * urls_n


def window_of(schedule: Schedule) -> str:
    return f"{schedule.start}-{schedule.end}"


def country_of(schedule: Schedule) -> str:
    """The country whose clocks it follows, where it is one that pages know."""
    known = (country for country, zone in ZONES.items() if zone == schedule.timezone)
    return next(known, "")


def _urls(fields: Fields) -> Any:
    offer = fields.take(*both("offer_url"))
    urls = fields.take("urls")
    if urls is not UNSET:
        return urls
    if offer is UNSET:
        fields.wrong("offerUrl", "is missing")
        return []
    return [offer]


def _way(given: Any) -> dict[str, Any]:
    """A proxy, or the address of a list, whose proxies joined the pool when it was checked."""
    listed = is_list_address(given) and not is_proxy(given)
    return {"proxy_pool": True} if listed else {"proxy": given}


def _text(fields: Fields, name: str, default: str) -> str:
    value = fields.take(*both(name), default=default)
    return value if isinstance(value, str) else ""


def _zone(fields: Fields) -> Any:
    """By its own name, else by that of a country; None leaves it to the server."""
    zone, country = fields.take("timezone"), fields.take("country")
    if zone is not UNSET:
        return zone
    if country is UNSET:
        return None
    known = ZONES.get(country.upper()) if isinstance(country, str) else None
    if known is None:
        fields.wrong("country", _WRONG_COUNTRY)
    return known


def _referer(fields: Fields) -> str:
    """What the user says a visit comes from, which is a header like any other; nothing where they
    say nothing. Raises Refused where it is to be made up."""
    value = fields.take("referer", default="")
    kind = "custom"
    if isinstance(value, dict):
        kind, value = value.get("type") or "none", value.get("value") or ""
    if kind == "none" or value in ("", "none", "direct"):
        return ""
    if kind != "custom":
        raise not_supported(fields.called("referer"), texts.SOCIAL_REFERER)
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        fields.wrong("referer", _WRONG_REFERER)
        return ""
    return value


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
