"""Names from outside, fit to be shown. Used wherever a file's own name is told."""

from __future__ import annotations

_NAME_SHOWN_CHARS = 120


def shown(name: str) -> str:
    """A name from outside, fit to be shown: short, and without what a terminal would obey."""
    kept = "".join(char if char.isprintable() else "?" for char in name)
    return kept if len(kept) <= _NAME_SHOWN_CHARS else kept[: _NAME_SHOWN_CHARS - 1] + "…"
