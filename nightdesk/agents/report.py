"""The result file: what became of a batch, in the shape that viewers of the older programs read.

Made by `nightdesk.agents.running` at the end of a run, an interrupted one too; read again by
`nightdesk.agents.viewing`. Numbers are never null; what only we say stands beside theirs.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from executors.agent.engine.redaction import Redactor
from executors.agent.engine.results import TaskResult
from executors.agent.model import comparing
from nightdesk.agents.batch import Batch, Outcome, now
from nightdesk.agents.bill import Bill, Tariff, added, dollars, spent_in
from nightdesk.agents.journal import Ended, sync_folder
from nightdesk.agents.task_file import Task
from state.spending import Spend

SERIAL_FILE = "batch_results.json"
PARALLEL_FILE = "parallel_batch_results.json"
TEST_FILE = "test_results.json"

# What the older programs' viewers look for at the end of the answer to a task that is done.
DONE_MARK = "\n\n检测信息：任务已完成"
UNKNOWN = "unknown"


def report_of(batch: Batch, outcome: Outcome, tariff: Tariff, redactor: Redactor) -> dict[str, Any]:
    """All of it, as JSON has it. Texts of the tasks lose what is secret in them; all others have
    lost it."""
    tasks = {task.index: task for task in batch.tasks}
    spends = added(ended.result.spends for ended in outcome.ended)
    statuses = [ended.result.status for ended in outcome.ended]
    summary: dict[str, Any] = {
        "totalTasks": len(batch.tasks),
        "completedTasks": statuses.count("completed"),
        "failedTasks": statuses.count("error"),
        "timeoutTasks": statuses.count("timeout"),
        "maxConcurrent": batch.concurrent or 1,
        "timestamp": now(),
        "totalTokenStats": token_stats(spent_in(each.result.spend for each in outcome.ended)),
        "costAnalysis": cost_analysis(spends, tariff),
        "mode": "serial" if batch.concurrent is None else "parallel",
        "duration": f"{outcome.duration_s:.2f}",
        "notRunTasks": len(batch.tasks) - len(outcome.ended),
        "unfinished": _unfinished(outcome, tariff),
        "interrupted": outcome.interrupted,
        "stopped": outcome.stopped,
    }
    results = [
        _result(_said(tasks[ended.index], redactor), ended, tariff) for ended in outcome.ended
    ]
    return {"summary": summary, "results": results}


def _unfinished(outcome: Outcome, tariff: Tariff) -> dict[str, Any]:
    """What was paid for tasks that have not ended: in no result, so in none of the sums."""
    spends = added(outcome.unfinished)
    spend = spent_in(spends.values())
    return {
        "tasks": len(outcome.unfinished),
        **token_stats(spend),
        **cost_fields(tariff.bill(spends)),
    }


def token_stats(spend: Spend) -> dict[str, int]:
    return {
        "totalTokens": spend.tokens,
        "promptTokens": spend.prompt_tokens,
        "completionTokens": spend.completion_tokens,
        "calls": spend.calls,
    }


def average(spend: Spend) -> int:
    """Tokens a call, rounded as people do."""
    return (2 * spend.tokens + spend.calls) // (2 * spend.calls) if spend.calls else 0


def cost_analysis(spends: Mapping[str, Spend], tariff: Tariff) -> dict[str, Any]:
    """What was paid, by model, and what the same tokens cost elsewhere. Amounts are texts, as no
    number of JSON is exact."""
    total = spent_in(spends.values())
    compared = comparing.compare(spends, tariff.table, urls=tariff.urls)
    return {
        "currency": "USD",
        **cost_fields(tariff.bill(spends)),
        "unpricedCalls": total.unpriced,
        "countedCalls": total.counted,
        "models": [
            {"model": model, **token_stats(spend), **cost_fields(tariff.bill({model: spend}))}
            for model, spend in spends.items()
        ],
        "comparison": comparing.cost_analysis(compared)["comparison"],
    }


def cost_fields(bill: Bill) -> dict[str, str]:
    if not bill.known:
        return {"totalCost": UNKNOWN, "inputCost": UNKNOWN, "outputCost": UNKNOWN}
    return {
        "totalCost": dollars(bill.total),
        "inputCost": dollars(bill.input),
        "outputCost": dollars(bill.output),
    }


def _said(task: Task, redactor: Redactor) -> dict[str, Any]:
    """The task as its file has it."""
    return {
        name: redactor.text(value) if isinstance(value, str) else value
        for name, value in task.raw.items()
    }


def _result(task: Mapping[str, Any], ended: Ended, tariff: Tariff) -> dict[str, Any]:
    result = ended.result
    return {
        "taskIndex": ended.index,
        "task": task,
        "duration": f"{ended.duration_s:.2f}",
        "timestamp": ended.timestamp,
        "result": {
            "status": result.status,
            "iterations": result.iterations,
            "tokenStats": {
                **token_stats(result.spend),
                "averageTokensPerCall": average(result.spend),
            },
            "lastResponse": last_response(result),
            "lastEvaluation": result.last_evaluation,
            "error": result.error,
            "stop": result.stop,
            "bestRound": result.best_round,
            "score": 0 if result.score is None else result.score,
            "cost": cost_fields(tariff.bill(result.spends))["totalCost"],
        },
    }


def last_response(result: TaskResult) -> str:
    return result.last_response + (DONE_MARK if result.status == "completed" else "")


def file_name(*, concurrent: int | None, test: bool) -> str:
    if test:
        return TEST_FILE
    return SERIAL_FILE if concurrent is None else PARALLEL_FILE


def write_report(path: Path, report: Mapping[str, Any]) -> None:
    """Whole or not at all, durable when it returns. Raises OSError."""
    data = msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o666 & ~_umask())
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _umask() -> int:
    """As the user has it for files of theirs."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
