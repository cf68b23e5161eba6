"""From a task as it was asked for to a job that may be made, or all that is wrong with it. Pure.

What a plan finds fault with is told by the names that the client used. Run beside the loop where a
task is large; called by `service`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from actors.errors import InvalidSpec
from actors.ports import Plan
from web.dialects.batchgo.refusals import invalid_request
from web.dialects.batchgo.wanted import Wanted
from web.drafts import Draft, Planner
from web.errors import WebError
from web.prices import Prices
from web.uploads import MAX_ERRORS_LISTED
from web.validate import Errors, field_error

LANE = "batchgo"


class Planned(Struct, frozen=True):
    """A task that may be made: its job's draft, and how many of its items are its URLs, once."""

    draft: Draft
    urls_n: int


def planned(wanted: Wanted, errors: Errors, planner: Planner, prices: Prices, lane: str) -> Planned:
    """`errors` are those that reading it has found already. Raises WebError with all of them."""
    found = list(errors)
    draft = _draft(wanted, found, planner, lane)
    urls_n = 0 if draft is None else len(draft.plan.items)
    visits, most = urls_n * wanted.cycles, planner.limits.max_items
    if visits > most:
        reason = f"{urls_n:,} URLs {wanted.cycles:,} times are more than {most:,} visits"
        found.append(field_error("cycles", reason))
    if draft is None or found:
        raise invalid_request(found[:MAX_ERRORS_LISTED])
    plan = replace(
        draft.plan,
        items=_repeated(draft.plan, wanted.cycles),
        price_tokens=prices.price_of(wanted.settings.price, visits),
    )
    return Planned(replace(draft, plan=plan), urls_n)


def _repeated(plan: Plan, cycles: int) -> Any:
    """One cycle after the other, so that the visits of one URL are as far apart as they can be."""
    return plan.items if cycles == 1 else list(plan.items) * cycles


def _draft(wanted: Wanted, found: Errors, planner: Planner, lane: str) -> Draft | None:
    """None where it cannot be; why is added to what was `found`."""
    settings = wanted.settings
    if not isinstance(wanted.urls, list):
        # That it is missing has been told already.
        if not any(error["field"] == "urls" for error in found):
            found.append(field_error("urls", "must be a list of URLs"))
        return None
    name = wanted.name
    if isinstance(name, str) and not name.strip():
        count = len(wanted.urls)
        name = f"{settings.mode}: {count:,} URL{'' if count == 1 else 's'}"
    value = {
        "kind": settings.kind,
        "name": name,
        "lane": lane,
        "priority": wanted.priority,
        "items": wanted.urls,
        "spec": dict(settings.spec),
    }
    try:
        return planner.plan(value)
    except (InvalidSpec, WebError) as refusal:
        errors = refusal.details.get("errors")
        if errors is None:
            raise
        found += [_renamed(error, settings.written) for error in errors]
        return None


def called(wanted: Wanted, field: str) -> str:
    """What the client calls a field of its task's job."""
    return "urls" if field == "items" else wanted.settings.written.get(field, field)


def _renamed(error: Mapping[str, Any], written: Mapping[str, str]) -> dict[str, Any]:
    """One fault, by the client's own name of the field."""
    index, field = error["index"], error["field"] or ""
    if index is not None:
        inner = "" if field in ("", "url") else f".{field}"
        return field_error(f"urls[{index}]{inner}", error["reason"], index)
    if field in ("items", "") or field.startswith("items["):
        return field_error("urls" + field.removeprefix("items"), error["reason"])
    name, rest = _split(field.removeprefix("spec."))
    return field_error(written.get(name, name) + rest, error["reason"])


def _split(field: str) -> tuple[str, str]:
    """`extract[0].css` -> the name of the setting, and where in it."""
    name = re.split(r"[.\[]", field, maxsplit=1)[0]
    return name, field.removeprefix(name)
