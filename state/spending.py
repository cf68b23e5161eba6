"""What calls of models came to: counted, exact, and added up.

Used by the model, the rules, and every executor that calls models.

Money is a whole number of picodollars (10**-12 US dollars): a price per million tokens with up to
six decimals is exact in it, and sums of it are, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import astuple

PICO = 10**12
# Far beyond any bill, and within 63 bits.
SPEND_MAX = 2**62


class Spend(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """`unpriced` of the `calls` have a price that nobody knows: their tokens count, and `picousd`
    has nothing of them. `counted` of them were counted by us, as the endpoint told nothing
    sane."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    picousd: int = 0
    unpriced: int = 0
    counted: int = 0

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def plus(self, other: Spend) -> Spend:
        """Both together, cut at `SPEND_MAX`."""
        if other == NO_SPEND:
            return self
        both = Spend(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.picousd + other.picousd,
            self.unpriced + other.unpriced,
            self.counted + other.counted,
        )
        return both if max(astuple(both)) <= SPEND_MAX else both.within_bounds()

    def minus(self, other: Spend) -> Spend:
        """What this has beyond the other; never less than nothing."""
        return Spend(
            max(0, self.calls - other.calls),
            max(0, self.prompt_tokens - other.prompt_tokens),
            max(0, self.completion_tokens - other.completion_tokens),
            max(0, self.picousd - other.picousd),
            max(0, self.unpriced - other.unpriced),
            max(0, self.counted - other.counted),
        )

    def at_least(self, other: Spend) -> Spend:
        """The larger of each: what is said of an item's spend never takes back what was said."""
        if self == other:
            return self
        return Spend(
            max(self.calls, other.calls),
            max(self.prompt_tokens, other.prompt_tokens),
            max(self.completion_tokens, other.completion_tokens),
            max(self.picousd, other.picousd),
            max(self.unpriced, other.unpriced),
            max(self.counted, other.counted),
        )

    def within_bounds(self) -> Spend:
        """Each within what can be kept: who says it is not trusted to count."""
        counts = astuple(self)
        if min(counts) >= 0 and max(counts) <= SPEND_MAX:
            return self
        return Spend(*(min(SPEND_MAX, max(0, count)) for count in counts))


NO_SPEND = Spend()


def total_of(spends: Sequence[Spend]) -> Spend:
    """All of them together, cut at `SPEND_MAX`."""
    if not spends:
        return NO_SPEND
    return Spend(
        *(
            min(SPEND_MAX, sum(getattr(spend, name) for spend in spends))
            for name in Spend.__struct_fields__
        )
    )


class SpendCap(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """How much may be spent; None: any amount."""

    tokens: int | None = None
    picousd: int | None = None


NO_CAP = SpendCap()


class DaySpend(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """What all jobs of a desk have spent on one `day` (of UTC, as "2026-11-23"; "": on none)."""

    day: str = ""
    spend: Spend = NO_SPEND


NO_DAY = DaySpend()


def day_of(at: float) -> str:
    """The day of UTC in which that time is."""
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def is_sound(spend: Spend) -> bool:
    """Whether it can have been spent."""
    return spend == spend.within_bounds()


def is_sound_cap(cap: SpendCap) -> bool:
    """Whether it can have been set."""
    return all(most is None or 0 <= most <= SPEND_MAX for most in (cap.tokens, cap.picousd))


def is_sound_day(spent: DaySpend) -> bool:
    """Whether it can have been spent on that day."""
    if spent == NO_DAY:
        return True
    try:
        named = date.fromisoformat(spent.day).isoformat()
    except ValueError:
        return False
    return named == spent.day and is_sound(spent.spend)


def usd(picousd: int) -> Decimal:
    """In US dollars, exact."""
    return Decimal(picousd).scaleb(-12)


def usd_text(picousd: int) -> str:
    """In US dollars, exact, with no more decimals than that takes: "0.000123"."""
    return f"{usd(picousd).normalize():f}"


def picousd(dollars: Decimal) -> int:
    """Rounded up to a whole picodollar."""
    return int((dollars * PICO).to_integral_value(rounding="ROUND_CEILING"))
