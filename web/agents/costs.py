"""What the calls of a job have cost, added up from the endings of its tasks. Pure.

Called by `web.agents.api`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from actors.messages import JobView
from executors.agent.options import cap_of
from state.spending import NO_SPEND, Spend
from web.agents import schemas
from web.agents.money import usd_text, wire_cap, wire_spend
from web.agents.tasks import Task

# Tasks that are told one by one.
MAX_TASKS = 10_000


def costs_of(view: JobView, tasks: Sequence[Task]) -> schemas.CostsAnswer:
    """See CostsAnswer. `tasks` are all of the job's, by index."""
    spec = view.job.spec
    total = sum_of(task.spend for task in tasks)
    told = [task for task in tasks if task.spend.calls]
    return schemas.CostsAnswer(
        total=wire_spend(total),
        cap=wire_cap(cap_of(spec)),
        models=[
            schemas.ModelCost(model, wire_spend(spend))
            for model, spend in by_model(spec, tasks).items()
        ],
        comparison=[],
        tasks=[
            schemas.TaskCost(
                task.index, task.item.dir, task.status, usd_text(task.spend), task.spend.tokens
            )
            for task in told[:MAX_TASKS]
        ],
        truncated=len(told) > MAX_TASKS,
    )


def sum_of(spends: Iterable[Spend]) -> Spend:
    total = NO_SPEND
    for spend in spends:
        total = total.plus(spend)
    return total


def by_model(spec: Mapping[str, Any], tasks: Sequence[Task]) -> dict[str, Spend]:
    """What the calls of each model came to, by the tasks that say it; where a job has but one
    model, all calls are its."""
    names = {spec.get("model"), spec.get("judge_model")}
    found: dict[str, Spend] = {}
    for task in tasks:
        said = task.said.models
        if not said and len(names) == 1:
            said = {str(spec.get("model")): task.spend}
        for model, spend in said.items():
            if spend.calls:
                found[model] = found.get(model, NO_SPEND).plus(spend)
    return found
