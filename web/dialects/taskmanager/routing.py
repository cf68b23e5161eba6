"""How this dialect's operations become routes. Used by the parts of the dialect."""

from __future__ import annotations

from collections.abc import Iterator

from web.dialects.rows import Row, language, spelled
from web.dialects.taskmanager.schemas import ManagerRefusal
from web.routes import Refusal, Route

__all__ = ["REFUSAL", "Row", "language", "routes_of"]

# Every refusal has a status of its own: none is told as a 200.
REFUSAL = Refusal(ManagerRefusal, frozenset())


def routes_of(row: Row) -> Iterator[Route]:
    """Under every spelling."""
    return spelled(row, REFUSAL)
