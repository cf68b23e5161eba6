"""The `Delivery` port: who brings what an item has made to where its user wants it besides.

Kinds of job whose files may go elsewhere (tags beside their pictures) have one each. Implemented by
executors' server halves; used by `actors.runner.delivering`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from state.model import InputItem, OutcomeRecord
from state.views import DeskKey

Ending = tuple[InputItem, OutcomeRecord]


class Delivery(Protocol):
    """Of one kind of job."""

    def is_wanted(self, spec: Mapping[str, Any]) -> bool:
        """Whether a job of that stored spec has anything delivered."""

    async def deliver(
        self, desk: DeskKey, job_id: str, endings: Sequence[Ending]
    ) -> list[tuple[int, str]]:
        """Bring what these items have made, whose files are durable and whose outcomes are not: it
        may be asked for the same again. The items for which that could not be done, each with why,
        for its user. Raises StorageError where the disk of the desk itself fails."""
