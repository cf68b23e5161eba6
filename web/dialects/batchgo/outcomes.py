"""How a URL ended, in the contract's words. Pure; for pages of results and for exports."""

from __future__ import annotations

from typing import Any

from web.outcomes import Row

# The words of clients -> ours, and back. Ours are taken too.
_OURS = {"success": "ok", "error": "failed"}
_THEIRS = {"ok": "success", "poisoned": "failed"}

_FIRST = (
    "index",
    "url",
    "status",
    "http_status",
    "final_url",
    "duration_ms",
    "attempts",
    "bytes",
    "sha256",
    "error",
)


def our_status(word: str | None) -> str | None:
    """A filter's status as the core calls it."""
    return word if word is None else _OURS.get(word, word)


def result_row(row: Row) -> dict[str, Any]:
    """One result: the contract's fields first, then what else is known of it."""
    left = dict(row)
    told = {name: left.pop(name, None) for name in _FIRST}
    told["status"] = _THEIRS.get(told["status"], told["status"])
    told["attempts"] = told["attempts"] or 0
    return {**told, **left}
