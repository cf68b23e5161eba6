"""Follows a job: a progress bar on a terminal, plain lines elsewhere, JSON lines on request."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from nightdesk.cli.terminal import clean, put, put_json, tell
from nightdesk.cli.words import Words
from nightdesk.client import Client, Job
from nightdesk.client.models import ItemProgress

# Plain lines come at each change of status and at each such step.
_STEP_PERCENT = 10
# In a job of more items the steps of each of them would drown the rest.
_STEPS_TOLD_ITEMS = 20

EXIT_OK = 0
EXIT_FAILURES = 1


@contextmanager
def leaving_it_running(job_id: str, words: Words) -> Iterator[None]:
    """Where Ctrl-C ends what is shown and not the job: says so, then lets the interrupt pass."""
    try:
        yield
    except KeyboardInterrupt:
        tell(words("left_running", id=job_id))
        raise


def about(key: str, job: Job, words: Words) -> str:
    """One of the lines that say what became of a job."""
    return words(
        key,
        name=clean(job.name) or job.id,
        id=job.id,
        status=words.status(job.status),
        total=job.counts.total,
    )


def watch_job(client: Client, job_id: str, words: Words, *, as_json: bool) -> int:
    """Show the job until it has ended. Returns the exit code: 1 where not all of it went well."""
    last = _show(client.watch(job_id), words, as_json=as_json)
    counts = last.counts
    if not as_json:
        put(
            words(
                "ended",
                name=clean(last.name) or last.id,
                status=words.status(last.status),
                ok=counts.ok,
                failed=counts.failed,
                skipped=counts.skipped,
                total=counts.total,
            )
        )
        if counts.failed > 0:
            tell(words("why", id=last.id))
        if last.error is not None:
            tell(clean(last.error))
    return EXIT_OK if last.status == "completed" else EXIT_FAILURES


def _show(changes: Iterator[Job], words: Words, *, as_json: bool) -> Job:
    if as_json:
        return _show_json(changes)
    return _show_bar(changes, words) if sys.stderr.isatty() else _show_lines(changes, words)


def _show_json(changes: Iterator[Job]) -> Job:
    job = next(changes)
    put_json(job)
    for job in changes:
        put_json(job)
    return job


def _show_lines(changes: Iterator[Job], words: Words) -> Job:
    said: tuple[object, ...] | None = None
    for job in changes:
        say = (job.status, int((job.progress.percent or 0) // _STEP_PERCENT), _step(job))
        if say != said and not job.ended:
            tell(f"{clean(job.name) or job.id}: {line(job, words)}")
        said = say
    return job


def _step(job: Job) -> tuple[int, int] | None:
    """Item and step that are told of, where each step is a line of its own."""
    first = next(iter(job.progress.items), None)
    if first is None or job.counts.total > _STEPS_TOLD_ITEMS:
        return None
    return first.index, first.done


def _show_bar(changes: Iterator[Job], words: Words) -> Job:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), expand=True, transient=True) as bar:
        row = bar.add_task("", total=None, detail="")
        for job in changes:
            bar.update(
                row,
                description=clean(job.name) or job.id[:8],
                total=job.counts.total,
                completed=job.counts.done,
                detail=line(job, words),
            )
    return job


def line(job: Job, words: Words) -> str:
    """Where a job stands, in one line."""
    text = words(
        "line",
        status=words.status(job.status),
        done=job.counts.done,
        total=job.counts.total,
        failed=job.counts.failed,
        rate=f"{job.progress.rate_per_s:.0f}",
    )
    if job.ended:
        return text
    first = next(iter(job.progress.items), None)
    if first is not None:
        text = f"{text}, {_at_work(first, words)}"
    if job.progress.eta_s is None:
        return text
    done_at = time.strftime("%H:%M", time.localtime(time.time() + job.progress.eta_s))
    return f"{text}, {words('about', time=done_at)}"


def _at_work(item: ItemProgress, words: Words) -> str:
    """The step of an item, counted from 1 as people do: the one that is being done. Where it has
    no steps, how far it is."""
    told = {"index": item.index, "stage": clean(item.stage)}
    if item.total == 0:
        return words("at_percent", percent=f"{item.percent:.0f}", **told)
    return words("at_work", done=min(item.done + 1, item.total), total=item.total, **told)
