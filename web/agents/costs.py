"""What the calls of a job have cost, added up from the endings of its tasks, and what they would
cost on other models. Pure, but for the list of prices, which its first call loads.

Called by `web.agents.api` and `web.agents.results`, in a thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from actors.messages import JobView
from executors.agent.model import bill
from executors.agent.model.comparing import Compared, compare
from executors.agent.model.prices import PriceTable
from executors.agent.options import Endpoint
from state.spending import NO_SPEND, Spend
from web.agents import schemas
from web.agents.money import plain, usd_text, wire_cap, wire_spend
from web.agents.tasks import Task

# Tasks that are told one by one.
MAX_TASKS = 10_000


class Tariff:
    """What models cost where this server has them called. Holds no state of its own."""

    def __init__(
        self, prices: PriceTable | None = None, endpoints: Sequence[Endpoint] = ()
    ) -> None:
        self._prices = prices or PriceTable()
        self._urls = {each.name: each.url for each in endpoints}

    def costs(self, view: JobView, tasks: Sequence[Task]) -> schemas.CostsAnswer:
        """See CostsAnswer. `tasks` are all of the job's, by index."""
        total = total_of(view, tasks)
        told = [task for task in tasks if task.spend.calls]
        return schemas.CostsAnswer(
            total=wire_spend(total),
            cap=wire_cap(view.job.cap),
            models=[
                schemas.ModelCost(model, wire_spend(spend))
                for model, spend in by_model(view.job.spec, tasks).items()
            ],
            comparison=[
                schemas.Compared(
                    each.title,
                    each.model,
                    None if each.total_usd is None else plain(each.total_usd),
                )
                for each in self.compared(view, tasks)
                if not each.is_used
            ],
            tasks=[
                schemas.TaskCost(
                    task.index, task.item.dir, task.status, usd_text(task.spend), task.spend.tokens
                )
                for task in told[:MAX_TASKS]
            ],
            truncated=len(told) > MAX_TASKS,
        )

    def compared(self, view: JobView, tasks: Sequence[Task]) -> list[Compared]:
        """The models that were called, as they were paid for; then what all the tokens of the job,
        those of tasks at work too, would cost on others."""
        spec = view.job.spec
        tariff = self.of_job(spec)
        spends = with_rest(by_model(spec, tasks), total_of(view, tasks))
        found = compare(spends, tariff.table, urls=tariff.urls)
        return [each for each in found if each.model]

    def of_job(self, spec: Mapping[str, Any]) -> bill.Tariff:
        """For the models of that job, at the endpoints that it has them called at."""
        pairs = (("judge_model", "judge_endpoint"), ("model", "endpoint"))
        urls = {
            str(spec.get(model)): self._urls.get(str(spec.get(endpoint)), "")
            for model, endpoint in pairs
        }
        return bill.Tariff(self._prices, urls)


def total_of(view: JobView, tasks: Sequence[Task]) -> Spend:
    """Of all calls so far; the desk's own sum has those of tasks at work too."""
    return view.counts.spend.at_least(sum_of(task.spend for task in tasks))


def with_rest(known: Mapping[str, Spend], total: Spend) -> dict[str, Spend]:
    """By model, and under "" the calls of that total of which nobody says theirs."""
    rest = total.minus(sum_of(known.values()))
    return {**known, **({"": rest} if rest.calls else {})}


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
        said = {model: spent.spend for model, spent in task.said.models.items()}
        if not said and len(names) == 1:
            said = {str(spec.get("model")): task.spend}
        for model, spend in said.items():
            if spend.calls:
                found[model] = found.get(model, NO_SPEND).plus(spend)
    return found
