"""A job of agents as the result file of older systems (`parallel_batch_results.json`), which
existing viewers read: the same shape as that of `nightdesk agents`. Called by `web.agents.api`.

Numbers are never null, and money is exact text, "unknown" where nobody knows. Tasks that have not
ended are counted in the summary and have no entry.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

import orjson

from actors.messages import JobView
from actors.ports import DeskKey, StoreReads
from executors.agent.engine import summary
from executors.agent.items import stored_item
from executors.agent.model.comparing import cost_analysis, money_text
from state.model import InputItem, OutcomeRecord
from state.spending import Spend
from state.spending import usd as dollars
from web.agents.costs import Tariff, by_model, total_of
from web.agents.money import usd_text
from web.agents.tasks import Task, said_of, spend_of, status_of
from web.outcomes import closing
from web.threads import Threads
from web.views import wire_time

_BATCH = 200
_INDENT = b"    "
Entry = dict[str, Any]


class Results:
    """One for a server. Holds no state of its own."""

    def __init__(self, store: StoreReads, threads: Threads, tariff: Tariff) -> None:
        self._store = store
        self._threads = threads
        self._tariff = tariff

    async def chunks(
        self, desk: DeskKey, view: JobView, tasks: Sequence[Task], now: float
    ) -> AsyncIterator[bytes]:
        """The file. `tasks` are all of the job's; those of them that have ended have an entry."""
        head = await self._threads.step(partial(self._summary, view, tasks, now))
        yield b'{\n  "summary": ' + _indented(head, b"  ") + b',\n  "results": ['
        ended = frozenset(task.index for task in tasks if task.ended)
        comma = b"\n"
        endings = self._store.iter_outcomes(desk, view.job.id, batch=_BATCH)
        async with closing(endings) as batches:
            async for batch in batches:
                entries = await self._threads.step(partial(_entries, batch, ended))
                for entry in entries:
                    yield comma + _INDENT + entry
                    comma = b",\n"
        yield b"\n  ]\n}\n" if comma != b"\n" else b"]\n}\n"

    def _summary(self, view: JobView, tasks: Sequence[Task], now: float) -> Entry:
        job = view.job
        total = total_of(view, tasks)
        over = job.ended_at or now
        return summary.summary_of(
            len(tasks),
            [task.status for task in tasks if task.ended],
            concurrent=job.concurrency,
            timestamp=wire_time(over),
            duration_s=over - (job.started_at or job.created_at),
            spend=total,
            costs=self._analysis(view, tasks, total),
        )

    def _analysis(self, view: JobView, tasks: Sequence[Task], total: Spend) -> Entry:
        told = cost_analysis(self._tariff.compared(view, tasks))
        spends = by_model(view.job.spec, tasks)
        models = [{**each, **summary.token_stats(spends[each["model"]])} for each in told["models"]]
        return {
            **told,
            "totalCost": _cost(total),
            **summary.doubtful_calls(total),
            "models": models,
        }


def _entries(
    batch: Sequence[tuple[OutcomeRecord, InputItem]], ended: frozenset[int]
) -> list[bytes]:
    return [
        _indented(_entry(record, item), _INDENT) for record, item in batch if record.index in ended
    ]


def _entry(record: OutcomeRecord, item: InputItem) -> Entry:
    task, said = stored_item(item.item), said_of(record)
    spend = spend_of(record, said)
    return summary.entry_of(
        record.index,
        {"dir": task.dir, "first_prompt": task.first_prompt},
        timestamp=wire_time(record.at),
        duration_s=record.duration_ms / 1000,
        result=summary.result_of(
            said,
            status=status_of(record, said),
            spend=spend,
            error=record.error or "",
            cost=_cost(spend),
        ),
    )


def _cost(spend: Spend) -> str:
    return money_text(None if usd_text(spend) is None else dollars(spend.picousd))


def _indented(value: object, by: bytes) -> bytes:
    """As people read it, from the second line on further in."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).replace(b"\n", b"\n" + by)
