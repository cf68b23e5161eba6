"""What an endpoint says instead of an answer, and what that means for the call. Pure.

Used by `executors.agent.model.client`. The words of an endpoint are shown, but inert, short, and
without the key: some say it back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeGuard

from msgspec import Struct

from executors.agent.model.json_text import NotJson, read_json, whole
from executors.agent.ports import KeyRefused, ModelError, ModelUnknown, RequestRefused
from executors.statuses import is_worth_retrying, status_text
from state.text import inert

MAX_WORDS_CHARS = 500

# Of what an endpoint says of itself: who it is matters less than what it wants.
Scrub = Callable[[str], str]


class Refusal(Struct, frozen=True):
    """An error as it was told: by its status, or inside of an answer (0, where it has none)."""

    status: int
    words: str
    code: str = ""


class TryAgain(Exception):
    """This try has failed, and another may do better. `wait_s` is what the endpoint asked for.
    `is_broken`: it has answered, but with what is no answer. `holds_all`: the wish is meant for all
    calls."""

    def __init__(
        self,
        message: str,
        *,
        wait_s: float | None = None,
        is_broken: bool = False,
        holds_all: bool = False,
    ) -> None:
        super().__init__(message)
        self.wait_s = wait_s
        self.is_broken = is_broken
        self.holds_all = holds_all


def read_refusal(status: int, body: bytes, scrub: Scrub) -> Refusal:
    """Of an answer that is none, by its body."""
    try:
        told = read_json(body)
    except NotJson:
        text = body.decode("utf-8", "replace").strip()
        told = "" if text.startswith("<") else text
    if isinstance(told, list) and told:
        told = told[0]
    if isinstance(told, dict) and (inner := told.get("error")) is not None:
        told = {"code": told.get("code"), **inner} if isinstance(inner, dict) else inner
    return refusal_of(status, told, scrub)


def refusal_of(status: int, told: Any, scrub: Scrub) -> Refusal:
    """Of an error as JSON tells it: an object, or a text."""
    if not isinstance(told, dict):
        return Refusal(status, _shown(told, scrub))
    words = next((told[each] for each in _WORDS if isinstance(told.get(each), str)), "")
    codes = [told.get(each) for each in ("code", "type", "status")]
    if not status:
        status = next(filter(_is_status, codes), None) or 0
    code = " ".join(each for each in codes if isinstance(each, str))
    return Refusal(status, _shown(words, scrub), whole(code)[:MAX_WORDS_CHARS].lower())


_WORDS = ("message", "detail", "msg", "error", "error_description")
_FIRST_CHARS = 16 * MAX_WORDS_CHARS


def _shown(words: Any, scrub: Scrub) -> str:
    if not isinstance(words, str):
        return ""
    # Scrubbed before it is cut: half a key is a key's half.
    plain = inert(" ".join(scrub(whole(words)[:_FIRST_CHARS]).split()))
    return plain if len(plain) <= MAX_WORDS_CHARS else plain[: MAX_WORDS_CHARS - 1] + "…"


def _is_status(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599


# A model that is not there, as those say who answer 400 to it; each has its own words.
_NO_MODEL_CODES = ("model_not_found", "model_not_exist", "invalid_model", "unknown_model")
_NO_MODEL = re.compile(
    r"\bmodel\b.{0,160}?\b(?:not exist|does not exist|not found|not a valid model)\b"
    r"|\b(?:unknown|invalid|no such|nonexistent) model\b",
    re.I | re.S,
)
_TOO_LONG_CODES = ("context_length_exceeded", "string_above_max_length", "request_too_large")
_TOO_LONG = re.compile(
    r"context[\s_-]?(?:length|window|size|limit)|maximum context|(?:prompt|input) is too long"
    r"|too many (?:input )?tokens|(?:exceeds?|over) the (?:maximum|limit of) .{0,40}tokens",
    re.I,
)
_NO_MONEY_CODES = ("insufficient_quota", "billing_hard_limit_reached", "insufficient_balance")
_BUSY_CODES = ("rate_limit", "overloaded", "server_error", "timeout", "unavailable", "capacity")


def is_too_long(refusal: Refusal) -> bool:
    """The messages do not fit into the model."""
    return _has(refusal.code, _TOO_LONG_CODES) or _TOO_LONG.search(refusal.words) is not None


def is_no_model(refusal: Refusal) -> bool:
    """There is no such model."""
    return _has(refusal.code, _NO_MODEL_CODES) or _NO_MODEL.search(refusal.words) is not None


def failure_of(refusal: Refusal, model: str, wait_s: float | None) -> ModelError | TryAgain:
    """What the call comes to by that refusal. `wait_s` is what the endpoint asked for."""
    status = refusal.status or _status_by_code(refusal.code)
    said = status_text(status) if status else "an error in its answer"
    text = f"{said}: {refusal.words}" if refusal.words else said
    if status == 402 or _has(refusal.code, _NO_MONEY_CODES):
        return KeyRefused(f"the endpoint wants paying: {text}")
    if status in (401, 403):
        return KeyRefused(f"the endpoint refuses the key: {text}")
    if status == 404:
        return ModelUnknown(f"the endpoint has no model {model}, or no such address: {text}")
    if status == 409 or (status and is_worth_retrying(status)):
        holds_all = status in (429, 503) and wait_s is not None
        return TryAgain(f"the endpoint answered {text}", wait_s=wait_s, holds_all=holds_all)
    if not 400 <= status < 500:
        return TryAgain(f"the endpoint answered {text}", wait_s=wait_s, is_broken=True)
    if is_too_long(refusal):
        return RequestRefused(f"the task has grown too long for the model {model}: {text}")
    if is_no_model(refusal):
        return ModelUnknown(f"the endpoint has no model {model}: {text}")
    return RequestRefused(f"the endpoint refuses the request: {text}")


def _status_by_code(code: str) -> int:
    """Of an error that comes without a status, as inside of a stream."""
    if "authentication" in code or "invalid_api_key" in code:
        return 401
    if "rate_limit" in code:
        return 429
    if _has(code, _TOO_LONG_CODES) or _has(code, _NO_MODEL_CODES) or "invalid_request" in code:
        return 400
    return 503 if _has(code, _BUSY_CODES) else 0


def _has(code: str, wanted: tuple[str, ...]) -> bool:
    return any(each in code for each in wanted)
