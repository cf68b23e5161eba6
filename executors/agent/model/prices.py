"""What models cost: the user's own table first, then the list of a package, else unknown. Pure, but
for reading the table's file.

Used by the kind's spec, which stores what its models cost with the job, by its run, by the command
line and by `comparing`. An unknown price is None, and never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Context, Decimal, localcontext
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from executors.agent.model import own_prices
from executors.agent.model.own_prices import BadPrices as BadPrices
from state.spending import SPEND_MAX, Spend

_MILLION = Decimal(1_000_000)
_PICO_A_DOLLAR = Decimal(10) ** 12
_DAY_MINUTES: Final = 24 * 60
# Every sum of products of counts (63 bits) and prices is exact in so many digits.
_DIGITS = 80


class Rate(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """US dollars per million tokens. It holds for calls of more than `over_tokens` of prompt, and
    from one minute of the UTC day until the other (over midnight, where the first is later)."""

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None
    over_tokens: int = -1
    from_minute: int = 0
    to_minute: int = _DAY_MINUTES

    def holds(self, prompt_tokens: int, minute: int) -> bool:
        if prompt_tokens <= self.over_tokens:
            return False
        if self.to_minute < self.from_minute:
            return minute >= self.from_minute or minute < self.to_minute
        return self.from_minute <= minute < self.to_minute


class Price(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Of one model. The last of `rates` that holds is what a call costs, and the first where none
    does. `usd_a_call` comes on top. `source` says who says so."""

    rates: tuple[Rate, ...]
    source: str = "own"
    usd_a_call: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if not self.rates:
            raise ValueError("a price without rates is none")

    def picousd(
        self,
        prompt_tokens: int,
        completion_tokens: int,
        cached_tokens: int = 0,
        at: datetime | None = None,
    ) -> int:
        """Of one call at that time, or now, in picodollars, rounded up to a whole one;
        `cached_tokens` are those of the prompt."""
        rate = self.rate(prompt_tokens, at or datetime.now(UTC))
        cached = min(cached_tokens, prompt_tokens)
        cached_input = rate.input if rate.cached_input is None else rate.cached_input
        with localcontext(Context(prec=_DIGITS)):
            dollars = (
                rate.input * (prompt_tokens - cached)
                + cached_input * cached
                + rate.output * completion_tokens
            ) / _MILLION + self.usd_a_call
            pico = (dollars * _PICO_A_DOLLAR).to_integral_value(rounding="ROUND_CEILING")
        return min(int(pico), SPEND_MAX)

    def stored(self) -> dict[str, Any]:
        """As JSON has it; `read_price` reads it."""
        told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return told

    def rate(self, prompt_tokens: int, at: datetime) -> Rate:
        """What holds for a call with so long a prompt at that time."""
        moment = at.astimezone(UTC)
        minute = moment.hour * 60 + moment.minute
        holding = (each for each in reversed(self.rates) if each.holds(prompt_tokens, minute))
        return next(holding, self.rates[0])


def read_price(stored: Mapping[str, Any]) -> Price:
    """What `Price.stored` has told. Raises msgspec.ValidationError."""
    return msgspec.convert(stored, Price)


class PriceTable:
    """Finds prices. `own` are those of the user's file, which count before all others. Never
    changed."""

    def __init__(self, own: Mapping[str, Price] | None = None) -> None:
        self._own = dict(own or {})

    def of(self, model: str, url: str = "", at: datetime | None = None) -> Price | None:
        """What that model costs at the endpoint of that address (its whole base URL) as of now, or
        of `at`; None where nobody knows. The first call that needs the list loads it, which takes
        a tenth of a second (`warm`)."""
        if (own := self._own.get(model)) is not None:
            return own
        from executors.agent.model.listed import listed_price

        return listed_price(model, url, at or datetime.now(UTC))

    def warm(self) -> None:
        """Load the list; for a thread, before a loop has to wait for it."""
        self.of("", "")


def read_prices(path: Path) -> PriceTable:
    """The user's own table: a JSON object, see `docs/models.md`. Raises OSError, and BadPrices that
    names the model, the field and what is wrong with it."""
    read = own_prices.read_own_prices(path)
    return PriceTable({model: Price((Rate(*each),)) for model, each in read.items()})


def spend_of(
    price: Price | None,
    prompt_tokens: int,
    completion_tokens: int,
    cached_tokens: int = 0,
    *,
    counted: bool = False,
    at: datetime | None = None,
) -> Spend:
    """What one call has come to."""
    pico = (
        0 if price is None else price.picousd(prompt_tokens, completion_tokens, cached_tokens, at)
    )
    return Spend(
        calls=1,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        picousd=pico,
        unpriced=int(price is None),
        counted=int(counted),
    )
