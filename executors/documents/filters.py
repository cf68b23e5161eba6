"""The filters that templates have: Jinja's own that are safe and small, and bounded ones of ours.

Given to `executors.documents.sandbox`. What formats by the customs of a country is in
`executors.documents.regional`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from jinja2 import pass_environment
from jinja2.environment import Environment
from jinja2.filters import FILTERS as JINJA
from jinja2.filters import do_join, do_replace
from jinja2.nodes import EvalContext
from jinja2.runtime import Undefined
from jinja2.utils import pass_eval_context

from executors.documents.limits import MAX_TEXT_CHARS, OverLimit

Filter = Callable[..., Any]

_KEPT = (
    *("abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float"),
    *("groupby", "int", "last", "length", "list", "lower", "map", "max", "min", "reject"),
    *("rejectattr", "reverse", "select", "selectattr", "sort", "string", "striptags", "sum"),
    *("title", "trim", "truncate", "unique", "upper", "urlencode", "wordcount"),
)
_ROUNDING = {"common": ROUND_HALF_UP, "ceil": ROUND_CEILING, "floor": ROUND_FLOOR}
_MAX_DIGITS = 12


@pass_eval_context
def _join(context: EvalContext, value: Iterable[Any], d: str = "", attribute: Any = None) -> Any:
    """As Jinja's. Its entries are bounded, so is what is between them; here their number counts."""
    entries = list(value)
    _check(len(d) * len(entries) + sum(len(e) for e in entries if isinstance(e, str)))
    return do_join(context, entries, d, attribute)


@pass_eval_context
def _replace(context: EvalContext, s: Any, old: str, new: str, count: int | None = None) -> Any:
    if isinstance(s, Undefined):
        return s
    text = str(s)
    times = text.count(str(old))
    _check(len(text) + (times if count is None else min(times, count)) * len(str(new)))
    return do_replace(context, s, old, new, count)


def _round(value: Any, precision: int = 0, method: str = "common") -> Any:
    """Half up, as people do it; whole numbers without digits are shown without a point."""
    if isinstance(value, Undefined):
        return value
    if not 0 <= precision <= _MAX_DIGITS or method not in _ROUNDING:
        raise ValueError(f"round takes 0 to {_MAX_DIGITS} digits, and common, ceil or floor")
    digits = decimal(value).quantize(Decimal(1).scaleb(-precision), rounding=_ROUNDING[method])
    return float(digits) if precision else int(digits)


def decimal(value: Any) -> Decimal:
    """A number, also one that a table holds as text. Raises ValueError."""
    text = "" if isinstance(value, bool) else str(value).strip()
    try:
        number = Decimal(text) if len(text) <= 400 else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or abs(number.adjusted()) > 400:
        raise ValueError(f"{_short(value)} is not a number")
    return number


def _short(value: Any) -> str:
    return repr(value) if len(repr(value)) <= 40 else f"{repr(value)[:40]}…"


@pass_environment
def _pick(environment: Environment, scope: Any, key: str, otherwise: Any) -> Any:
    """A field as a section sees it: of the entry that it is at, else of what is around it."""
    if isinstance(scope, dict):
        value: Any = scope
        for part in [key] if key in scope else key.split("."):
            if not isinstance(value, dict) or part not in value:
                return otherwise
            value = value[part]
        return value
    return otherwise


def _section(value: Any) -> list[Any]:
    """How often a section is there: for each entry of a list, else once or not at all."""
    if isinstance(value, list):
        return value
    return [value] if value else []


def _check(length: int) -> None:
    if length > MAX_TEXT_CHARS:
        raise OverLimit(f"a text in it grows beyond {MAX_TEXT_CHARS:,} characters")


FILTERS: Mapping[str, Filter] = {name: JINJA[name] for name in _KEPT} | {
    "join": _join,
    "replace": _replace,
    "round": _round,
    "pick": _pick,
    "section": _section,
}
