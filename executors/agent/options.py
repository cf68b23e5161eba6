"""What an agent job says of all its tasks, validated, with defaults. Pure.

Used by `executors.agent.spec`; the fields are those of `docs/agents.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from actors.ports.forms import Schema
from executors.described import Choice, Flag, Number, Shaped, Text, Whole, spec_schema
from executors.problems import Problems, Reason, Rule, choice_reason, field_problems, text_reason
from state.spending import SpendCap, picousd

MAX_ITERATIONS = 100
MAX_CALL_TOKENS = 1_000_000
MIN_TIME_S, MAX_TIME_S = 1.0, 7 * 86_400.0
MAX_CONCURRENCY = 1_000
MAX_MODEL_CHARS = 200
MAX_KEY_CHARS = 1_000
MAX_BUDGET_USD = Decimal(1_000_000)
MAX_BUDGET_TOKENS = 10**12
# Digits behind the point that an amount of money may have: a picodollar is the least.
MONEY_DIGITS = 12

KEYS = ("api_key", "judge_api_key")

DEFAULTS: Mapping[str, Any] = {
    "max_iterations": 10,
    "max_tokens": 8192,
    "concurrency": 3,
    "time_limit_s": None,
    "budget_usd": None,
    "budget_tokens": None,
    "task_budget_usd": None,
    "task_budget_tokens": None,
    "commands": False,
}


class Endpoint(Struct, frozen=True):
    """One that the operator has opened: `models` are those that are offered, the first of them
    where a job names none. `has_key`: the operator's own key is sent there."""

    name: str
    url: str
    models: tuple[str, ...] = ()
    has_key: bool = False


def read_options(
    spec: Mapping[str, Any], endpoints: Sequence[Endpoint], problems: Problems
) -> dict[str, Any]:
    """Every field, defaults filled in, keys among them; what is wrong goes to `problems`."""
    found = field_problems(spec, _rules(endpoints), "an agent job")
    for field, reason in found:
        problems.add(None, field, reason)
    wrong = {field for field, _ in found}
    given = {field: value for field, value in spec.items() if value is not None}
    stored = {**DEFAULTS, **given}
    _name_models(stored, endpoints, wrong, problems)
    return stored


def form_of(endpoints: Sequence[Endpoint], *, commands: bool) -> Schema:
    """What may be asked of a job, as JSON Schema; `commands`: whether models may run some here."""
    rules = _rules(endpoints)
    if not commands:
        del rules["commands"]
    first = ("endpoint", "model", "api_key", "max_iterations", "time_limit_s")
    budgets = ("budget_usd", "budget_tokens", "task_budget_usd", "task_budget_tokens")
    usual = {"endpoint": endpoints[0].name} if endpoints else {}
    return spec_schema(rules, {**DEFAULTS, **usual}, first=(*first, *budgets))


def _rules(endpoints: Sequence[Endpoint]) -> dict[str, Rule]:
    names = [each.name for each in endpoints]
    models = [model for each in endpoints for model in each.models]

    def endpoint(value: Any) -> Reason:
        if not names:
            return "names none: the operator has opened no endpoint (--agent-endpoint)"
        return choice_reason(value, names)

    def model(value: Any) -> Reason:
        return text_reason(value, MAX_MODEL_CHARS) or _line_reason(value)

    where = Shaped(endpoint, Choice(names).schema() if names else {"type": "string"})
    which = Shaped(model, Text(MAX_MODEL_CHARS, hints=list(dict.fromkeys(models))).schema())
    key = Shaped(key_reason, {**Text(MAX_KEY_CHARS).schema(), "writeOnly": True})
    money = Shaped(money_reason, {"type": ["string", "number"], "format": "money"})
    return {
        "endpoint": where,
        "judge_endpoint": where,
        "model": which,
        "judge_model": which,
        "api_key": key,
        "judge_api_key": key,
        "max_iterations": Whole(1, MAX_ITERATIONS),
        "max_tokens": Whole(1, MAX_CALL_TOKENS, "tokens"),
        "concurrency": Whole(1, MAX_CONCURRENCY),
        "time_limit_s": Number(MIN_TIME_S, MAX_TIME_S),
        "budget_usd": money,
        "task_budget_usd": money,
        "budget_tokens": Whole(1, MAX_BUDGET_TOKENS, "tokens"),
        "task_budget_tokens": Whole(1, MAX_BUDGET_TOKENS, "tokens"),
        "commands": Flag(),
    }


def key_reason(value: Any) -> Reason:
    """It is sent as a header. No reason quotes it."""
    if (reason := text_reason(value, MAX_KEY_CHARS)) is not None:
        return reason
    if not value.isascii() or not value.isprintable() or " " in value:
        return "must be letters, digits and signs of ASCII, without spaces"
    return None


def money_reason(value: Any) -> Reason:
    """US dollars as text ("0.50"), or as a number, which is taken as it is written."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return 'must be an amount of US dollars, such as "0.50"'
    text = str(value)
    try:
        # It would take figures of other scripts, and 1_0 for ten.
        amount = Decimal(text if text.isascii() and "_" not in text else "")
    except InvalidOperation:
        return 'must be an amount of US dollars, such as "0.50"'
    if not amount.is_finite() or not 0 < amount <= MAX_BUDGET_USD:
        return f"must be more than 0 and at most {MAX_BUDGET_USD:,} US dollars"
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -MONEY_DIGITS:
        return f"must not have more than {MONEY_DIGITS} digits behind the point"
    return None


def cap_of(stored: Mapping[str, Any], prefix: str = "") -> SpendCap:
    """What may be spent, by the options of that prefix ("" for the job, "task_" for each)."""
    dollars = stored[f"{prefix}budget_usd"]
    return SpendCap(
        tokens=stored[f"{prefix}budget_tokens"],
        picousd=None if dollars is None else picousd(Decimal(str(dollars))),
    )


def _line_reason(value: str) -> Reason:
    return None if value.isprintable() else "must be one line without control characters"


def _name_models(
    stored: dict[str, Any],
    endpoints: Sequence[Endpoint],
    wrong: set[str],
    problems: Problems,
) -> None:
    """The judge is the coder's model, at its endpoint, unless the job says otherwise."""
    by_name = {each.name: each for each in endpoints}
    stored.setdefault("endpoint", endpoints[0].name if endpoints else "")
    stored.setdefault("judge_endpoint", stored["endpoint"])
    if not endpoints:
        if "endpoint" not in wrong:
            reason = "names none: the operator has opened no endpoint (--agent-endpoint)"
            problems.add(None, "endpoint", reason)
        return
    for field, at in (("model", "endpoint"), ("judge_model", "judge_endpoint")):
        if field in stored or {field, at} & wrong:
            continue
        if field == "judge_model" and stored[at] == stored["endpoint"]:
            stored[field] = stored.get("model", "")
        elif offered := by_name[stored[at]].models:
            stored[field] = offered[0]
        else:
            problems.add(
                None, field, f"is missing: the endpoint {stored[at]} offers none by itself"
            )
    if stored["judge_endpoint"] == stored["endpoint"] and "api_key" in stored:
        stored.setdefault("judge_api_key", stored["api_key"])
    for field, at in (("api_key", "endpoint"), ("judge_api_key", "judge_endpoint")):
        if {field, at} & wrong:
            continue
        if field in stored and by_name[stored[at]].has_key:
            problems.add(
                None, field, f"is not wanted: the endpoint {stored[at]} has the operator's"
            )
