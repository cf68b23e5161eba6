"""Several implementations of the `Workers` port as one: each brief goes where its pool is.

Built by `nightdesk.serve`; used by the runners.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

from actors.ports import Attachment, JobBrief, Workers


class WorkersByPool:
    """The pools that are named, and `others` for the rest."""

    def __init__(self, named: Mapping[str, Workers], others: Workers) -> None:
        self._named = named
        self._others = others

    def attach(self, brief: JobBrief) -> AbstractAsyncContextManager[Attachment]:
        """See `actors.ports.Workers`."""
        return self._named.get(brief.pool, self._others).attach(brief)
