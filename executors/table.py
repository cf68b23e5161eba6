"""Every kind of job and the light half of its executor. Built and handed down by `nightdesk.serve`.

Explicit, so that what a server can do is read here; the working halves are imported in workers.
"""

from __future__ import annotations

from actors.ports import ExecutorSpec
from executors.documents.spec import DocumentSpec
from executors.fetch.spec import FetchSpec
from executors.generate.spec import GenerateSpec
from executors.tab.spec import TabSpec
from executors.tag.spec import TagSpec
from executors.visit.spec import VisitSpec


def build_table(tag: TagSpec | None = None) -> dict[str, ExecutorSpec]:
    """kind -> executor. `tag` is the one that knows the operator's folders."""
    fetch = FetchSpec()
    executors: tuple[ExecutorSpec, ...] = (
        fetch,
        VisitSpec(),
        TabSpec(fetch),
        DocumentSpec(),
        GenerateSpec(),
        tag or TagSpec(),
    )
    return {executor.kind: executor for executor in executors}
