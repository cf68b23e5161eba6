"""Every kind of job and the light half of its executor. Built and handed down by `nightdesk.serve`.

Explicit, so that what a server can do is read here; the working halves are imported in workers.
"""

from __future__ import annotations

from collections.abc import Sequence

from actors.ports import ExecutorSpec
from executors.agent.spec import AgentSpec
from executors.classify.spec import ClassifySpec
from executors.crawl.sources.recipe import read_recipes
from executors.crawl.spec import CrawlSpec
from executors.documents.spec import DocumentSpec
from executors.fetch.spec import FetchSpec
from executors.generate.spec import GenerateSpec
from executors.tab.spec import TabSpec
from executors.tag.spec import TagSpec
from executors.train.spec import TrainSpec
from executors.visit.spec import VisitSpec


def build_table(
    tag: TagSpec | None = None,
    crawl: CrawlSpec | None = None,
    folders: Sequence[str] = (),
    agent: AgentSpec | None = None,
) -> dict[str, ExecutorSpec]:
    """kind -> executor. `tag` is the one that knows the operator's folders, `crawl` the one that
    knows the operator's recipes, `agent` the operator's endpoints; `folders` are the names of
    those of pictures that are open."""
    fetch = FetchSpec()
    executors: tuple[ExecutorSpec, ...] = (
        fetch,
        VisitSpec(),
        TabSpec(fetch),
        DocumentSpec(),
        GenerateSpec(folders),
        tag or TagSpec(),
        crawl or CrawlSpec(read_recipes(None)),
        TrainSpec(folders),
        ClassifySpec(folders),
        agent or AgentSpec(),
    )
    return {executor.kind: executor for executor in executors}
