"""Which locales there are. Used by `executors.documents.options` when a job is planned, and by
`.regional` when its documents are made. Pure but for Babel's own tables."""

from __future__ import annotations

from typing import Any

from babel import Locale, UnknownLocaleError


def locale_reason(value: Any) -> str | None:
    """Why that is no locale; None where it is one."""
    try:
        read_locale(value)
    except ValueError as error:
        return str(error)
    return None


def read_locale(value: Any) -> Locale:
    """`de`, `zh`, `pt-BR`, `zh_Hant_TW`. Raises ValueError."""
    text = value.replace("-", "_") if isinstance(value, str) else ""
    try:
        if not text.isascii() or not 2 <= len(text) <= 20:
            raise ValueError(text)
        return Locale.parse(text)
    except (ValueError, UnknownLocaleError):
        raise ValueError("must be a locale such as en, de, zh or pt-BR") from None
