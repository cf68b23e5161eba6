"""How long documents take, as this server has lately made them: what tasks are promised.

Kept in memory, one for a server: told by the runners of all desks, asked by this dialect. Built by
`nightdesk.serve`.
"""

from __future__ import annotations

import math

from msgspec import Struct

from state.model import Job
from web.dialects.documents.estimates import usual_per_s
from web.documents.making import KIND

# What was measured counts half after so much more work of its format.
HALF_LIFE_S = 60.0
# For how much work what is usual is believed before anything was measured.
BELIEVED_S = 2.0


class _Seen(Struct, frozen=True):
    """Documents, and the time that they took; both fade."""

    documents: float
    work_s: float


class MeasuredEstimates:
    """`Estimates` from what it is told as the `Paces` of the runners."""

    def __init__(self) -> None:
        # Written by `noted`, by format: as many as there are formats.
        self._seen: dict[str, _Seen] = {}

    def noted(self, job: Job, ended_n: int, work_s: float) -> None:
        """See Paces. Jobs that make no documents tell nothing."""
        if job.kind != KIND:
            return
        seen = self._of(job.spec["format"])
        kept = math.exp2(-work_s / HALF_LIFE_S)
        self._seen[job.spec["format"]] = _Seen(
            seen.documents * kept + ended_n, seen.work_s * kept + work_s
        )

    def seconds(self, format: str, documents: int) -> float:
        """See Estimates."""
        seen = self._of(format)
        return documents * seen.work_s / max(seen.documents, 1.0)

    def _of(self, format: str) -> _Seen:
        return self._seen.get(format, _Seen(usual_per_s(format) * BELIEVED_S, BELIEVED_S))
