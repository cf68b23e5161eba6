"""The patterns of `include` and `exclude`: linear in time, whatever they say (RE2). Pure.

A pattern is a regular expression that is looked for anywhere in an address. Used by the spec, which
tells what is wrong with one, and by `executors.crawl.scope`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MAX_PATTERNS = 100
MAX_PATTERN_CHARS = 1_000
_PATTERN_BYTES = 1024 * 1024


def patterns_reason(value: Any) -> str | None:
    """Why these are no patterns."""
    if not isinstance(value, list):
        return "must be a list of patterns"
    if len(value) > MAX_PATTERNS:
        return f"must not hold more than {MAX_PATTERNS} patterns"
    reasons = ((place, _reason(text)) for place, text in enumerate(value))
    return next((f"entry {place} {why}" for place, why in reasons if why is not None), None)


class Patterns:
    """Sound patterns, to ask whether one of them is in an address."""

    def __init__(self, texts: Sequence[str]) -> None:
        import re2

        self._compiled = [re2.compile(text, _options()) for text in texts]

    def __bool__(self) -> bool:
        return bool(self._compiled)

    def match(self, text: str) -> bool:
        return any(pattern.search(text) is not None for pattern in self._compiled)


def _reason(text: Any) -> str | None:
    if not isinstance(text, str) or not text:
        return "must be text"
    if len(text) > MAX_PATTERN_CHARS:
        return f"is longer than {MAX_PATTERN_CHARS} characters"
    import re2  # a server imports it with the first job that has a pattern

    try:
        re2.compile(text, _options())
    except (re2.error, UnicodeEncodeError) as error:
        return f"is no pattern: {error}"[:300]
    return None


def _options() -> Any:
    import re2

    options = re2.Options()
    options.max_mem = _PATTERN_BYTES
    options.log_errors = False
    return options
