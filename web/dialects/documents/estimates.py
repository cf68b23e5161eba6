"""How long documents take, as far as anybody can say before they are made."""

from __future__ import annotations

from typing import Protocol


class Estimates(Protocol):
    """Asked when a task is made, and while it runs."""

    def seconds(self, format: str, documents: int) -> float:
        """How long that many documents of that format take."""


class UsualEstimates:
    """By what documents of each format usually take, where nothing was measured."""

    def seconds(self, format: str, documents: int) -> float:
        return documents / usual_per_s(format)


def usual_per_s(format: str) -> float:
    """Documents of one task in a second, on a small machine."""
    return 5.0 if format == "pdf" else 100.0
