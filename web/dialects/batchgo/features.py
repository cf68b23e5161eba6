"""Which feature the words of a token path mean, and what it costs. Pure; called by `tokens`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET, Struct

from actors.rules.ledger import TOKENS_MAX
from web.dialects.batchgo.refusals import invalid_request
from web.dialects.batchgo.token_texts import NO_AMOUNT, WRONG_AMOUNT, WRONG_FEATURE
from web.dialects.fields import Fields
from web.validate import Errors, field_error

# What a client's word for an operation has in it -> the feature whose start draws on the tokens,
# and what that is priced by: a silent start may go through a browser. The first that fits.
_WORDS = {
    "autoclick": ("autoclick", "autoclick"),
    "auto_click": ("autoclick", "autoclick"),
    "automated": ("autoclick", "autoclick"),
    "puppeteer": ("silent", "browser"),
    "browser": ("silent", "browser"),
    "silent": ("silent", "silent"),
    "basic": ("basic", "basic"),
}

# The price of so many items of a feature.
Price = Callable[[str, int], int]


class Wanted(Struct, frozen=True):
    """What a client wants to spend: `tokens` on `quantity` URLs by a feature."""

    feature: str
    tokens: int
    quantity: int


def read_wanted(body: Mapping[str, Any], price: Price) -> Wanted:
    """What a request of a token path asks for, in either spelling. Raises WebError."""
    errors: Errors = []
    fields = Fields(body, errors)
    feature = _feature(fields)
    tokens = _amount(fields, errors, "tokens", "amount")
    quantity = _amount(fields, errors, "quantity", "itemCount", "item_count", "count")
    fields.drop("description", "reference", "metadata")
    fields.done(lambda name: "unknown field")
    if feature is None:
        errors.append(field_error(_named(fields), WRONG_FEATURE))
    if tokens is None and quantity is None and not errors:
        errors.append(field_error("tokens", NO_AMOUNT))
    if errors or feature is None:
        raise invalid_request(errors)
    quantity = quantity or 0
    drawn_by, priced_by = feature
    paid = price(priced_by, quantity) if tokens is None else tokens
    return Wanted(drawn_by, paid, quantity)


def _feature(fields: Fields) -> tuple[str, str] | None:
    """By the operation where it says it, else by the name of the whole."""
    operation, whole = fields.take("operation", "action"), fields.take("feature", "service")
    for text in (operation, whole):
        found = [feature for word, feature in _WORDS.items() if word in str(text).lower()]
        if text is not UNSET and found:
            return found[0]
    return None


def _named(fields: Fields) -> str:
    return fields.written.get("operation") or fields.written.get("feature") or "operation"


def _amount(fields: Fields, errors: Errors, *names: str) -> int | None:
    value = fields.take(*names)
    if value is UNSET:
        return None
    if type(value) is int and 1 <= value <= TOKENS_MAX:
        return value
    errors.append(field_error(fields.written[names[0]], WRONG_AMOUNT.format(most=TOKENS_MAX)))
    return None
