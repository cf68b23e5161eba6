"""Every kind of job and the light half of its executor. Built and handed down by `nightdesk.serve`.

Explicit, so that what a server can do is read here; the working halves are imported in workers.
"""

from __future__ import annotations

from actors.ports import ExecutorSpec
from executors.documents.spec import DocumentSpec
from executors.fetch.spec import FetchSpec
from executors.tab.spec import TabSpec
from executors.visit.spec import VisitSpec


def build_table() -> dict[str, ExecutorSpec]:
    """kind -> executor."""
    fetch = FetchSpec()
    executors: tuple[ExecutorSpec, ...] = (fetch, VisitSpec(), TabSpec(fetch), DocumentSpec())
    return {executor.kind: executor for executor in executors}
