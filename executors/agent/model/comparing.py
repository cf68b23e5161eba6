"""What the same tokens would cost on other models. Pure.

Used by `nightdesk agents costs`, by `bill` for result files, and by the page.
Every amount is an exact decimal, or None where nobody knows the price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from msgspec import Struct

from executors.agent.model.prices import Price, PriceTable
from state.spending import NO_SPEND, Spend, usd

UNKNOWN = "unknown"


class Known(Struct, frozen=True):
    """A model to compare with: its title, its name, and the address of its maker."""

    title: str
    model: str
    url: str


# Those of the contract.
USUAL = (
    Known("DeepSeek Chat", "deepseek-chat", "https://api.deepseek.com"),
    Known("GPT-4", "gpt-4", "https://api.openai.com"),
    Known("GPT-3.5 Turbo", "gpt-3.5-turbo", "https://api.openai.com"),
    Known("Claude 3 Opus", "claude-3-opus", "https://api.anthropic.com"),
    Known("Claude 3 Sonnet", "claude-3-sonnet", "https://api.anthropic.com"),
)


class Compared(Struct, frozen=True, kw_only=True):
    """What the tokens of a batch cost on one model, in US dollars: for the prompts, for the
    answers, and in all. `is_used`: this is what they did cost, on a model of the batch."""

    title: str
    model: str
    input_usd: Decimal | None
    output_usd: Decimal | None
    total_usd: Decimal | None
    is_used: bool = False


def compare(
    spends: Mapping[str, Spend],
    prices: PriceTable,
    others: Sequence[Known] = USUAL,
    *,
    urls: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> tuple[Compared, ...]:
    """`spends` is what each model of the batch was used for, by name, and `urls` the base URLs of
    their endpoints: first these, as they were paid for, then the same tokens in all on each of
    `others`. What was cached there is not known to be cached here: it has its full price."""
    moment = at or datetime.now(UTC)
    total = NO_SPEND
    for each in spends.values():
        total = total.plus(each)
    used = [
        _used(model, spend, prices.of(model, (urls or {}).get(model, ""), moment), moment)
        for model, spend in spends.items()
    ]
    return (*used, *(_other(each, total, prices, moment) for each in others))


def comparison_of(compared: Sequence[Compared]) -> list[dict[str, str]]:
    """What result files tell of the others: amounts as text, exact, and "unknown" where nobody
    knows."""
    return [_entry(each) for each in compared if not each.is_used]


def money_text(amount: Decimal | None) -> str:
    """`0.000123`: never in powers of ten, no zeros at its end, and never 0 for what is unknown."""
    if amount is None:
        return UNKNOWN
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _entry(each: Compared) -> dict[str, str]:
    return {
        "name": each.title,
        "model": each.model,
        "inputCost": money_text(each.input_usd),
        "outputCost": money_text(each.output_usd),
        "totalCost": money_text(each.total_usd),
    }


def _used(model: str, spend: Spend, price: Price | None, at: datetime) -> Compared:
    """The total is what was added up call by call; its halves, where they make that total."""
    total = None if spend.unpriced else usd(spend.picousd)
    halves = _halves(price, spend, at) if total is not None else (None, None)
    fits = None not in halves and sum(filter(None, halves), Decimal(0)) == total
    return Compared(
        title=model,
        model=model,
        input_usd=halves[0] if fits else None,
        output_usd=halves[1] if fits else None,
        total_usd=total,
        is_used=True,
    )


def _other(known: Known, total: Spend, prices: PriceTable, at: datetime) -> Compared:
    price = prices.of(known.model, known.url, at)
    input_usd, output_usd = _halves(price, total, at)
    is_known = input_usd is not None and output_usd is not None
    return Compared(
        title=known.title,
        model=known.model,
        input_usd=input_usd,
        output_usd=output_usd,
        total_usd=(input_usd or Decimal(0)) + (output_usd or Decimal(0)) if is_known else None,
    )


def _halves(
    price: Price | None, spend: Spend, at: datetime
) -> tuple[Decimal | None, Decimal | None]:
    """As if every call had been of the usual length: a higher price of long prompts, which hangs
    on each call's own, is not in it. Nor is a price a call, but in the first half."""
    if price is None:
        return None, None
    calls = max(1, spend.calls)
    prompt_each = spend.prompt_tokens // calls
    rate = price.rate(prompt_each, at)
    input_usd = rate.input * spend.prompt_tokens / _MILLION + price.usd_a_call * spend.calls
    return input_usd, rate.output * spend.completion_tokens / _MILLION


_MILLION = Decimal(1_000_000)
