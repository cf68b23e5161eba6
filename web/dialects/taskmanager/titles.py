"""What a task is called that nobody gave a name: fit for one line. Pure."""

from __future__ import annotations

_CHARS = 80


def title_of(text: str) -> str:
    """Of text from outside: short, on one line, without what no name may have."""
    line = " ".join(text.split())
    kept = "".join(char for char in line if char.isprintable())
    return kept if len(kept) <= _CHARS else kept[: _CHARS - 1] + "…"
