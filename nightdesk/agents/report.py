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
from executors.agent.engine.summary import entry_of, result_of, summary_of
from executors.agent.model.bill import (
    Tariff,
    added,
    cost_analysis,
    cost_fields,
    spent_in,
    unfinished,
)
from nightdesk.agents.batch import Batch, Outcome, now
from nightdesk.agents.journal import Ended, sync_folder
from nightdesk.agents.task_file import Task

SERIAL_FILE = "batch_results.json"
PARALLEL_FILE = "parallel_batch_results.json"
TEST_FILE = "test_results.json"


def report_of(batch: Batch, outcome: Outcome, tariff: Tariff, redactor: Redactor) -> dict[str, Any]:
    """All of it, as JSON has it. Texts of the tasks lose what is secret in them; all others have
    lost it."""
    tasks = {task.index: task for task in batch.tasks}
    spends = added(ended.result.spends for ended in outcome.ended)
    summary = {
        **summary_of(
            len(batch.tasks),
            [ended.result.status for ended in outcome.ended],
            concurrent=batch.concurrent,
            timestamp=now(),
            duration_s=outcome.duration_s,
            spend=spent_in(each.result.spend for each in outcome.ended),
            costs=cost_analysis(spends, tariff),
        ),
        "unfinished": unfinished(len(outcome.unfinished), added(outcome.unfinished), tariff),
        "interrupted": outcome.interrupted,
        "stopped": outcome.stopped,
    }
    results = [
        _result(_said(tasks[ended.index], redactor), ended, tariff) for ended in outcome.ended
    ]
    return {"summary": summary, "results": results}


def _said(task: Task, redactor: Redactor) -> dict[str, Any]:
    """The task as its file has it."""
    return {
        name: redactor.text(value) if isinstance(value, str) else value
        for name, value in task.raw.items()
    }


def _result(task: Mapping[str, Any], ended: Ended, tariff: Tariff) -> dict[str, Any]:
    result = ended.result
    return entry_of(
        ended.index,
        task,
        timestamp=ended.timestamp,
        duration_s=ended.duration_s,
        result=result_of(
            result,
            status=result.status,
            spend=result.spend,
            error=result.error,
            cost=cost_fields(tariff.bill(result.spends))["totalCost"],
        ),
    )


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
