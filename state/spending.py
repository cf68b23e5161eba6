"""What calls of models came to: counted, exact, and added up.

Used by the model, the rules, and every executor that calls models.

Money is a whole number of picodollars (10**-12 US dollars): a price per million tokens with up to
six decimals is exact in it, and sums of it are, too.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

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
        return Spend(
            *(
                min(SPEND_MAX, getattr(self, name) + getattr(other, name))
                for name in self.__struct_fields__
            )
        )


NO_SPEND = Spend()


class SpendCap(Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
    """How much may be spent; None: any amount."""

    tokens: int | None = None
    picousd: int | None = None


NO_CAP = SpendCap()


def usd(picousd: int) -> Decimal:
    """In US dollars, exact."""
    return Decimal(picousd).scaleb(-12)


def picousd(dollars: Decimal) -> int:
    """Rounded up to a whole picodollar."""
    return int((dollars * PICO).to_integral_value(rounding="ROUND_CEILING"))
