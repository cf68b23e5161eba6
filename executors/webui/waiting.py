"""Items that wait for a WebUI that is away: they cost no attempt, and the log says it once.

Used by the executors whose items the WebUI does.
"""

from __future__ import annotations

from typing import Any

from actors.ports import ItemContext, ItemResult
from state.model import OutcomeStatus

WAITS = "waits for the WebUI"
# How soon a WebUI that is not there is looked for again.
LOOK_AGAIN_S = 5.0


class Waits:
    """Of one job. `who` are its items, as the log calls them."""

    def __init__(self, who: str) -> None:
        self._who = who
        # Whether the log knows. Written by the tasks of items.
        self._told = False

    def over(self) -> None:
        """It is there."""
        self._told = False

    def result(self, reason: str, told: dict[str, Any], context: ItemContext) -> ItemResult:
        """The item comes back, to be done later."""
        if not self._told:
            self._told = True
            context.log("warning", f"the WebUI is not there, {self._who} wait for it: {reason}")
        return ItemResult(
            status=OutcomeStatus.FAILED, result=told, wait_s=LOOK_AGAIN_S, stage=WAITS
        )
