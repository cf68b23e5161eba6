"""A job of agents as the result file of older systems (`parallel_batch_results.json`), which
existing viewers read: the same shape as that of `nightdesk agents`. Called by `web.agents.api`.

Numbers are never null, and money is exact text, "unknown" where nobody knows. Tasks that have not
ended have no entry and are in no sum but that of what is `unfinished`.
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
from executors.agent.model import bill
from executors.agent.model.comparing import UNKNOWN
from state.model import InputItem, JobStatus, OutcomeRecord
from state.spending import Spend
from web.agents.costs import Tariff, by_model, sum_of, total_of, with_rest
from web.agents.money import usd_text
from web.agents.tasks import WORKING, Task, said_of, spend_of, status_of
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
        over = job.ended_at or now
        ended = [task for task in tasks if task.ended]
        begun = sum(not task.ended and task.status == WORKING for task in tasks)
        spent = sum_of(task.spend for task in ended)
        tariff = self._tariff.of_job(job.spec)
        rest = with_rest({}, total_of(view, tasks).minus(spent))
        told = summary.summary_of(
            len(tasks),
            [task.status for task in ended],
            concurrent=job.concurrency,
            timestamp=wire_time(over),
            duration_s=over - (job.started_at or job.created_at),
            spend=spent,
            costs=bill.cost_analysis(with_rest(by_model(job.spec, ended), spent), tariff),
        )
        return {
            **told,
            "unfinished": bill.unfinished(begun, rest, tariff),
            "interrupted": job.status is JobStatus.CANCELLED,
            "stopped": job.error or "",
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
    return UNKNOWN if usd_text(spend) is None else bill.dollars(spend.picousd)


def _indented(value: object, by: bytes) -> bytes:
    """As people read it, from the second line on further in."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).replace(b"\n", b"\n" + by)
