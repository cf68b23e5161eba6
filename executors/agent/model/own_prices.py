"""Reads the user's own table of prices: JSON, and strict, as money hangs on it.

Used by `executors.agent.model.prices`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn

MAX_FILE_BYTES = 1024 * 1024
MAX_MODELS = 10_000
MAX_MODEL_CHARS = 200
MAX_USD_PER_MTOK = Decimal(1_000_000)
# Behind the point: a picodollar a token is the least.
PRICE_DIGITS = 6

INPUT = "input_usd_per_mtok"
OUTPUT = "output_usd_per_mtok"
CACHED = "cached_input_usd_per_mtok"
_FIELDS = (INPUT, OUTPUT, CACHED)

_MAX_DIGITS = 40
_SHOWN_CHARS = 80

# Input, output, and cached input where it has a price of its own.
OwnPrice = tuple[Decimal, Decimal, Decimal | None]


class BadPrices(ValueError):
    """The table cannot be used; the message says where it is wrong, and what to do."""


def read_own_prices(path: Path) -> dict[str, OwnPrice]:
    """Raises OSError, BadPrices."""
    with path.open("rb") as file:
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise BadPrices(f"the table of prices has more than {MAX_FILE_BYTES:,} bytes")
    return parse_own_prices(data)


def parse_own_prices(data: bytes) -> dict[str, OwnPrice]:
    """Raises BadPrices."""
    table = _loaded(data)
    if not isinstance(table, dict):
        raise BadPrices(f'it must be an object: {{"MODEL": {{"{INPUT}": "0.28", ...}}}}')
    if len(table) > MAX_MODELS:
        raise BadPrices(f"it must not name more than {MAX_MODELS:,} models")
    return {model: _price(model, fields) for model, fields in table.items()}


def _loaded(data: bytes) -> Any:
    try:
        return json.loads(
            data.decode("utf-8-sig"),
            parse_float=_number,
            parse_int=_number,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
    except UnicodeDecodeError as error:
        raise BadPrices(f"it is not UTF-8 at byte {error.start + 1}") from error
    except json.JSONDecodeError as error:
        message = f"it is not JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        raise BadPrices(message) from error
    except RecursionError as error:
        raise BadPrices("it has values within values without end") from error


def _number(text: str) -> Decimal:
    if len(text) > _MAX_DIGITS:
        raise BadPrices(f"the number {text[:_MAX_DIGITS]}... has too many digits")
    return Decimal(text)


def _no_number(text: str) -> NoReturn:
    raise BadPrices(f"{text} is no price")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise BadPrices(f"{_shown(name)} stands there twice")
        found[name] = value
    return found


def _price(model: str, fields: Any) -> OwnPrice:
    where = f"the model {_shown(model)}"
    if not model.strip() or len(model) > MAX_MODEL_CHARS or not model.isprintable():
        raise BadPrices(f"{where}: a name is 1 to {MAX_MODEL_CHARS} printable characters")
    if not isinstance(fields, dict):
        raise BadPrices(f"{where} must be an object with {INPUT} and {OUTPUT}")
    for name in fields:
        if name not in _FIELDS:
            known = ", ".join(_FIELDS)
            raise BadPrices(f"{where}: unknown field {_shown(name)}; there are {known}")
    cached = None if fields.get(CACHED) is None else _usd(where, fields, CACHED)
    return _usd(where, fields, INPUT), _usd(where, fields, OUTPUT), cached


def _usd(where: str, fields: Mapping[str, Any], field: str) -> Decimal:
    """US dollars per million tokens, as text or as a number."""
    value = fields.get(field)
    if value is None:
        raise BadPrices(f"{where}: {field} is missing")
    amount = _decimal(value) if isinstance(value, str) else value
    if not isinstance(amount, Decimal) or not amount.is_finite():
        raise BadPrices(f'{where}: {field} must be US dollars, such as "0.28"')
    if not 0 <= amount <= MAX_USD_PER_MTOK:
        raise BadPrices(f"{where}: {field} must be from 0 to {MAX_USD_PER_MTOK:,} US dollars")
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -PRICE_DIGITS:
        raise BadPrices(
            f"{where}: {field} must have at most {PRICE_DIGITS} digits behind the point"
        )
    return amount


def _decimal(text: str) -> Decimal | None:
    if len(text) > _MAX_DIGITS or not text.isascii() or "_" in text:
        return None
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return None


def _shown(name: str) -> str:
    return repr(name[:_SHOWN_CHARS])
