"""Money as it is told: exact decimals as text, and null for what nobody knows. Pure."""

from __future__ import annotations

from decimal import Decimal

from state.spending import Spend, SpendCap, usd
from web.agents.schemas import Cap, SpendEntry


def plain(amount: Decimal) -> str:
    """`0.000123`, never `1.23E-4`, and no zeros behind the last figure."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def usd_text(spend: Spend) -> str | None:
    """What it cost; null where there were calls, and nobody knows a price of any."""
    if spend.unpriced and not spend.picousd:
        return None
    return plain(usd(spend.picousd))


def wire_spend(spend: Spend) -> SpendEntry:
    return SpendEntry(
        calls=spend.calls,
        prompt_tokens=spend.prompt_tokens,
        completion_tokens=spend.completion_tokens,
        usd=usd_text(spend),
        unpriced=spend.unpriced,
        counted=spend.counted,
    )


def wire_cap(cap: SpendCap) -> Cap:
    return Cap(None if cap.picousd is None else plain(usd(cap.picousd)), cap.tokens)
