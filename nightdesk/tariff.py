"""Reads what work costs and what plans there are: a TOML file that the operator names.

    [prices]                # tokens a URL, by feature
    basic = 1
    [prices.kinds]          # tokens an item of a native job; 0 where nothing is said
    visit = 3
    [plans.default]         # of every desk that was given no other
    max_items = 1000

Nothing in it is guessed: what is not known is refused, with the file, the table and the key. Called
by `nightdesk.serve` at the start.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from actors.rules.change import PlanTier
from nightdesk.ranges import ConfigError
from web.prices import BY_FEATURE, Prices

_FLAG = "--tariff"
_KINDS = "kinds"
_PRICES = (0, 1_000_000)
_PLAN_NAME_MAX_CHARS = 100
_ANY_COUNT = (1, 1_000_000_000)
# The least and most of each limit of a plan.
_LIMITS: Mapping[str, tuple[int, int]] = {
    field.name: (-100, 100) if field.name == "max_priority" else _ANY_COUNT
    for field in msgspec.structs.fields(PlanTier)
}


class Tariff(Struct, frozen=True):
    """Prices, and the limits of desks by the name of their plan."""

    prices: Prices = Prices()
    plans: Mapping[str, PlanTier] = {}


def read_tariff(path: str, kinds: Collection[str]) -> Tariff:
    """What the file says of a server with these kinds of jobs; without one, what goes without
    saying. Raises ConfigError."""
    if not path:
        return Tariff()
    try:
        whole = tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{_FLAG} {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{_FLAG} {path}: it is not TOML: {error}") from error
    return _Reader(path, kinds).tariff(whole)


class _Reader:
    """Knows what its complaints are about."""

    def __init__(self, path: str, kinds: Collection[str]) -> None:
        self._path = path
        self._kinds = kinds

    def tariff(self, whole: dict[str, Any]) -> Tariff:
        self._known("", whole, ("prices", "plans"))
        return Tariff(self._prices(whole), self._plans(whole))

    def _prices(self, whole: dict[str, Any]) -> Prices:
        table = self._table("prices", whole.get("prices", {}))
        self._known("prices", table, (*BY_FEATURE, _KINDS))
        kinds = self._table(f"prices.{_KINDS}", table.get(_KINDS, {}))
        self._known(f"prices.{_KINDS}", kinds, self._kinds)
        features = {name: table[name] for name in BY_FEATURE if name in table}
        return Prices(
            {**BY_FEATURE, **self._numbers("prices", features, dict.fromkeys(features, _PRICES))},
            self._numbers(f"prices.{_KINDS}", kinds, dict.fromkeys(kinds, _PRICES)),
        )

    def _plans(self, whole: dict[str, Any]) -> dict[str, PlanTier]:
        plans = {}
        for name, value in self._table("plans", whole.get("plans", {})).items():
            if not (1 <= len(name) <= _PLAN_NAME_MAX_CHARS and name.isprintable()):
                raise self._wrong("plans", name, "is no name of a plan")
            table = self._table(f"plans.{name}", value)
            self._known(f"plans.{name}", table, _LIMITS)
            plans[name] = PlanTier(**self._numbers(f"plans.{name}", table, _LIMITS))
        return plans

    def _table(self, name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ConfigError(f"{_FLAG} {self._path}: {name} must be a table")
        return value

    def _known(self, table: str, found: Mapping[str, Any], known: Collection[str]) -> None:
        for key in found:
            if key not in known:
                raise self._wrong(table, key, f"is not known; there are: {', '.join(known)}")

    def _numbers(
        self, table: str, found: Mapping[str, Any], ranges: Mapping[str, tuple[int, int]]
    ) -> dict[str, int]:
        for key, value in found.items():
            low, high = ranges[key]
            # A truth value is an integer to Python, and none to whoever writes prices.
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise self._wrong(table, key, f"must be a whole number from {low} to {high}")
        return dict(found)

    def _wrong(self, table: str, key: str, reason: str) -> ConfigError:
        where = f"[{table}] {key}" if table else f"[{key}]"
        return ConfigError(f"{_FLAG} {self._path}: {where} {reason}")
