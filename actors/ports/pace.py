"""The `Paces` port: who wants to know how fast jobs go. Implemented by
`web.dialects.documents.measured`, which tells people how long others of their kind may take.
"""

from __future__ import annotations

from typing import Protocol

from state.model import Job


class Paces(Protocol):
    """Told by the runners, a few times a second."""

    def noted(self, job: Job, ended_n: int, work_s: float) -> None:
        """So many of the job's items have ended in that time, in which it was at work."""


class NoPaces:
    """Nobody wants to know."""

    def noted(self, job: Job, ended_n: int, work_s: float) -> None:
        pass
