"""What calls came to in money, split into input and output, as exact texts. Pure.

Used by `nightdesk.agents` (`report`, `lines`) and `web.agents.results`, so that result files of the
command line and of the desk say the same. What nobody knows is "unknown" in them, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from executors.agent.engine.summary import doubtful_calls, token_stats
from executors.agent.model.comparing import UNKNOWN, compare, comparison_of
from executors.agent.model.prices import Price, PriceTable
from state.spending import NO_SPEND, Spend, picousd, total_of, usd

# As many digits behind the point as the contract's lines have; more where the amount has them.
_LEAST_DIGITS = 4
_MILLION = 1_000_000


class Bill(Struct, frozen=True):
    """In picodollars. `unpriced` calls are not in it; all are unpriced where `known` is False."""

    total: int = 0
    output: int = 0
    unpriced: int = 0
    known: bool = True

    @property
    def input(self) -> int:
        return self.total - self.output


class Tariff(Struct, frozen=True):
    """The prices, and at which address each model is, by its name. Some are others by night: those
    of that moment count, or of now."""

    table: PriceTable
    urls: Mapping[str, str]
    at: datetime | None = None

    def bill(self, spends: Mapping[str, Spend]) -> Bill:
        """Of those spends by model. What was paid is what the calls have said. How much of it the
        answers were is worked out by today's price, and never more than all of it: the rest is for
        prompts, whose price may be less where they were cached."""
        total = spent_in(spends.values())
        moment = self.at or datetime.now(UTC)
        output = 0
        for model, spend in spends.items():
            price = self.table.of(model, self.urls.get(model, ""), moment)
            if price is not None:
                output += min(spend.picousd, _output(price, spend, moment))
        return Bill(
            total=total.picousd,
            output=output,
            unpriced=total.unpriced,
            known=total.calls == 0 or total.unpriced < total.calls or total.picousd > 0,
        )


def cost_analysis(spends: Mapping[str, Spend], tariff: Tariff) -> dict[str, Any]:
    """The block `costAnalysis`: what was paid, by model, and what the same tokens cost elsewhere.
    Amounts are texts, as no number of JSON is exact. Calls of which nobody says the model they were
    made by, under the name "", are in all sums and no entry of `models`."""
    compared = compare(spends, tariff.table, urls=tariff.urls, at=tariff.at)
    return {
        "currency": "USD",
        **cost_fields(tariff.bill(spends)),
        **doubtful_calls(spent_in(spends.values())),
        "models": [
            {"model": model, **token_stats(spend), **cost_fields(tariff.bill({model: spend}))}
            for model, spend in spends.items()
            if model
        ],
        "comparison": comparison_of(compared),
    }


def unfinished(tasks: int, spends: Mapping[str, Spend], tariff: Tariff) -> dict[str, Any]:
    """What was paid for so many tasks that were begun and have not ended: in no result, so in none
    of the sums."""
    stats = token_stats(spent_in(spends.values()))
    return {"tasks": tasks, **stats, **cost_fields(tariff.bill(spends))}


def cost_fields(bill: Bill) -> dict[str, str]:
    if not bill.known:
        return {"totalCost": UNKNOWN, "inputCost": UNKNOWN, "outputCost": UNKNOWN}
    return {
        "totalCost": dollars(bill.total),
        "inputCost": dollars(bill.input),
        "outputCost": dollars(bill.output),
    }


def _output(price: Price, spend: Spend, at: datetime) -> int:
    """What the answers cost, as if every call had had the usual prompt."""
    rate = price.rate(spend.prompt_tokens // max(1, spend.calls), at)
    return picousd(rate.output * spend.completion_tokens / _MILLION)


def spent_in(spends: Iterable[Spend]) -> Spend:
    return total_of(tuple(spends))


def added(bills: Iterable[Mapping[str, Spend]]) -> dict[str, Spend]:
    """By model, over several tasks."""
    total: dict[str, Spend] = {}
    for spends in bills:
        for model, spend in spends.items():
            total[model] = total.get(model, NO_SPEND).plus(spend)
    return total


def dollars(picousd: int) -> str:
    """Exact, with at least four digits behind the point: 0.0007, 0.000712."""
    amount = usd(picousd).normalize()
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent > -_LEAST_DIGITS:
        amount = amount.quantize(Decimal(1).scaleb(-_LEAST_DIGITS))
    return f"{amount:f}"
