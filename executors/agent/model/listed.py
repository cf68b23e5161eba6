"""The list of prices that comes with the package `genai-prices`: offline, as old as the package.

Used by `executors.agent.model.prices`, which imports it when a price is first wanted: the list
takes some memory, and not every server has agents. Nothing is fetched or brought up to date here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from genai_prices.data_snapshot import DataSnapshot, get_snapshot
from genai_prices.types import (
    ModelInfo,
    ModelPrice,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from executors.agent.model.prices import Price, Rate

SOURCE = "genai-prices"
_THOUSAND = Decimal(1_000)
_MAX_MODEL_CHARS = 200


def listed_price(model: str, url: str, at: datetime) -> Price | None:
    """As the provider at that address has it; where nobody knows the address (a proxy, say), as
    whoever makes that model has it."""
    if not model or len(model) > _MAX_MODEL_CHARS:
        return None
    found = _found(get_snapshot(), model, url)
    return None if found is None else _price(found, at)


def _found(snapshot: DataSnapshot, model: str, url: str) -> ModelInfo | None:
    provider = None
    if url:
        try:
            provider = snapshot.find_provider(None, None, url)
        except LookupError:
            provider = None
    # Who gives other people's models away puts their makers before the names.
    for name in dict.fromkeys((model, model.rpartition("/")[2])):
        try:
            return snapshot.find_provider_model(name, provider, None, None)[1]
        except LookupError:
            continue
    return None


def _price(model: ModelInfo, at: datetime) -> Price | None:
    rates: list[Rate] = []
    a_call: Decimal = Decimal(0)
    for prices, window in _conditions(model, at):
        if any(_odd(prices, key) for key in _ODD):
            return None
        found = list(_rates(prices, window))
        if not found:
            return None
        rates += found
        thousand_calls = prices.requests_kcount
        if isinstance(thousand_calls, Decimal):
            a_call = max(a_call, thousand_calls / _THOUSAND)
    return Price(tuple(rates), SOURCE, a_call) if rates else None


# A text is not billed by tokens alone where one of these has a price.
_ODD = ("input_mchars", "input_text_messages_kcount")


def _odd(prices: ModelPrice, key: str) -> bool:
    return prices.__dict__.get(key) is not None


def _conditions(
    model: ModelInfo, at: datetime
) -> Iterator[tuple[ModelPrice, TimeOfDateConstraint | None]]:
    """Those that hold on that day, the last of them first where several hold at a time."""
    if isinstance(model.prices, ModelPrice):
        yield model.prices, None
        return
    is_any = False
    for each in model.prices:
        limit = each.constraint
        if isinstance(limit, StartDateConstraint) and not limit.active(at):
            continue
        is_any = True
        yield each.prices, limit if isinstance(limit, TimeOfDateConstraint) else None
    if not is_any and model.prices:
        yield model.prices[0].prices, None


def _rates(prices: ModelPrice, window: TimeOfDateConstraint | None) -> Iterator[Rate]:
    paid = (prices.input_mtok, prices.output_mtok, prices.cache_read_mtok)
    if paid[0] is None or paid[1] is None:
        return
    hours: dict[str, Any] = {}
    if window is not None:
        hours = {"from_minute": _minute(window.start_time), "to_minute": _minute(window.end_time)}
    tiers = {tier.start for each in paid if isinstance(each, TieredPrices) for tier in each.tiers}
    for over in (-1, *sorted(tiers)):
        inside, outside, cached = (_at(each, over) for each in paid)
        if inside is not None and outside is not None:
            yield Rate(inside, outside, cached, over, **hours)


def _at(price: Decimal | TieredPrices | None, over: int) -> Decimal | None:
    """What is paid where the prompt has more tokens than `over`."""
    if not isinstance(price, TieredPrices):
        return price
    reached = [tier.price for tier in price.tiers if tier.start <= over]
    return reached[-1] if reached else price.base


def _minute(time: Any) -> int:
    """Of the UTC day: the list has no other zone."""
    return int(time.hour * 60 + time.minute)
