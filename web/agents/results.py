"""A job of agents as the result file of older systems (`parallel_batch_results.json`), which
existing viewers read: the same shape as that of `nightdesk agents`. Called by `web.agents.api`.

Numbers are never null, and money is exact text, "unknown" where nobody knows. Tasks that have not
ended are counted in the summary and have no entry.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any

import orjson

from actors.messages import JobView
from actors.ports import DeskKey, StoreReads
from executors.agent.items import stored_item
from executors.agent.model.comparing import cost_analysis, money_text
from state.model import InputItem, OutcomeRecord
from state.spending import Spend
from state.spending import usd as dollars
from web.agents.costs import Tariff, by_model, total_of
from web.agents.money import usd_text
from web.agents.tasks import COMPLETED, ERROR, TIMED_OUT, Said, Task, said_of, spend_of, status_of
from web.outcomes import closing
from web.threads import Threads
from web.views import wire_time

# What viewers look for at the end of the last answer of a task that is done.
DONE_MARK = "\n\n检测信息：任务已完成"
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
        summary = await self._threads.step(partial(self._summary, view, tasks, now))
        yield b'{\n  "summary": ' + _indented(summary, b"  ") + b',\n  "results": ['
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
        statuses = [task.status for task in tasks]
        begun = job.started_at or job.created_at
        return {
            "totalTasks": len(tasks),
            "completedTasks": statuses.count(COMPLETED),
            "failedTasks": statuses.count(ERROR),
            "timeoutTasks": statuses.count(TIMED_OUT),
            "maxConcurrent": job.concurrency,
            "timestamp": wire_time(job.ended_at or now),
            "totalTokenStats": _stats(total),
            "costAnalysis": self._analysis(view, tasks, total),
            "mode": "parallel",
            "duration": f"{max(0.0, (job.ended_at or now) - begun):.2f}",
            "notRunTasks": sum(not task.ended for task in tasks),
        }

    def _analysis(self, view: JobView, tasks: Sequence[Task], total: Spend) -> Entry:
        told = cost_analysis(self._tariff.compared(view, tasks))
        spends = by_model(view.job.spec, tasks)
        models = [{**each, **_stats(spends[each["model"]])} for each in told["models"]]
        return {
            **told,
            "totalCost": _cost(total),
            "unpricedCalls": total.unpriced,
            "countedCalls": total.counted,
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
    return {
        "taskIndex": record.index,
        "task": {"dir": task.dir, "first_prompt": task.first_prompt},
        "duration": f"{record.duration_ms / 1000:.2f}",
        "timestamp": wire_time(record.at),
        "result": _result(record, said),
    }


def _result(record: OutcomeRecord, said: Said) -> Entry:
    status, spend = status_of(record, said), spend_of(record, said)
    return {
        "status": status,
        "iterations": said.iterations,
        "tokenStats": {**_stats(spend), "averageTokensPerCall": _average(spend)},
        "lastResponse": said.last_response + (DONE_MARK if status == COMPLETED else ""),
        "lastEvaluation": said.last_evaluation,
        "error": record.error or "",
        "stop": said.stop,
        "bestRound": said.best_round,
        "score": said.score or 0,
        "cost": _cost(spend),
    }


def _stats(spend: Spend) -> Mapping[str, int]:
    return {
        "totalTokens": spend.tokens,
        "promptTokens": spend.prompt_tokens,
        "completionTokens": spend.completion_tokens,
        "calls": spend.calls,
    }


def _average(spend: Spend) -> int:
    """Tokens a call, rounded as people do."""
    return (2 * spend.tokens + spend.calls) // (2 * spend.calls) if spend.calls else 0


def _cost(spend: Spend) -> str:
    return money_text(None if usd_text(spend) is None else dollars(spend.picousd))


def _indented(value: object, by: bytes) -> bytes:
    """As people read it, from the second line on further in."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).replace(b"\n", b"\n" + by)
