"""The commands that talk to a running server. Built by `nightdesk.cli.app`, which knows the words.

Each returns an exit code; errors travel to `nightdesk.cli.app.run`, the one place that shows them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from nightdesk.cli.reach import At, Reach, find_job
from nightdesk.cli.saving import save_all
from nightdesk.cli.terminal import TerminalText, clean, clock, put, put_json, put_table, tell
from nightdesk.cli.usage import UsageError
from nightdesk.cli.watch import EXIT_OK, about, leaving_it_running, watch_job
from nightdesk.cli.words import Words
from nightdesk.client import Client
from nightdesk.client.blocking_workshop import Writer
from nightdesk.client.logs import Level
from nightdesk.client.models import Command, Job, LogLine

JobArgument = Annotated[
    str, Parameter(name="JOB", help="Id of the job, the beginning of it, or `last`.")
]
JobStatusOption = Annotated[
    str | None,
    Parameter(
        help="Only jobs of that status: pending, scheduled, queued, running, paused, "
        "completed, partially_completed, failed or cancelled."
    ),
]
KindOption = Annotated[
    str | None, Parameter(help="Only jobs of that kind: fetch, visit, tab or document.")
]
ItemStatusOption = Annotated[
    str | None,
    Parameter(help="Only items of that status: ok, failed, skipped, poisoned or pending."),
]
Format = Literal["jsonl", "json", "csv", "xlsx"]

_HERE = Reach()


class JobCommands:
    """One method a command; they share the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def watch(self, job: JobArgument, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            found = find_job(client, job, self._words)
            with leaving_it_running(found.id, self._words):
                at.tell_page(client, found.id, self._words)
                return watch_job(client, found.id, self._words, as_json=at.json)

    def jobs(
        self,
        *,
        status: JobStatusOption = None,
        kind: KindOption = None,
        at: At = _HERE,
    ) -> int:
        with at.client(self._words) as client:
            found = client.jobs(status=status, kind=kind)
            if at.json:
                for job in found:
                    put_json(job)
                return EXIT_OK
            rows = [
                (
                    job.id,
                    self._words.status(job.status),
                    f"{job.counts.done}/{job.counts.total}",
                    job.counts.failed,
                    clock(job.created_at),
                    job.name,
                )
                for job in found
            ]
        if not rows:
            tell(self._words("no_jobs"))
        put_table(("id", "status", "done", "failed", "created", "name"), rows)
        return EXIT_OK

    def export(
        self,
        job: JobArgument,
        /,
        *,
        format: Format = "jsonl",
        out: Path | None = None,
        at: At = _HERE,
    ) -> int:
        """Write a job's outcomes.

        Parameters
        ----------
        format
            How they are written.
        out
            The file to write (else stdout).
        """
        with at.client(self._words) as client:
            found = find_job(client, job, self._words)
            if out is None:
                client.export(found.id, self._stdout_for(format), format=format)
                return EXIT_OK
            try:
                size_bytes = client.export(found.id, out, format=format)
            except OSError as error:
                raise UsageError(
                    self._words("cannot_write", path=out, reason=error.strerror)
                ) from error
        tell(self._words("exported", size=size_bytes, path=out))
        return EXIT_OK

    def files(
        self,
        job: JobArgument,
        /,
        *,
        out: Path | None = None,
        delete: Annotated[list[str] | None, Parameter(consume_multiple=True)] = None,
        at: At = _HERE,
    ) -> int:
        """List the files that a job made, save or delete them.

        Parameters
        ----------
        out
            The folder to save all of them in, made where it is not there; or one FILE.zip.
        delete
            The names of files that are to be deleted, for good, after any were saved.
        """
        with at.client(self._words) as client:
            found = find_job(client, job, self._words)
            made = client.artifacts(found.id)
            if out is not None and made:
                save_all(client, found.id, made, out, self._words)
            if delete:
                return self._removed(client, found.id, delete, at)
        if at.json:
            for file in made:
                put_json(file)
            return EXIT_OK
        if not made:
            tell(self._words("no_files"))
        elif out is None:
            rows = [(file.name, file.size_bytes, clock(file.modified_at)) for file in made]
            put_table(("name", "bytes", "written"), rows)
        return EXIT_OK

    def _removed(self, client: Client, job_id: str, names: list[str], at: Reach) -> int:
        removed = client.remove_files(job_id, names)
        if at.json:
            put_json({"removed": removed})
        else:
            tell(self._words("files.removed", count=removed))
        return EXIT_OK

    def log(
        self,
        job: JobArgument,
        /,
        *,
        follow: Annotated[bool, Parameter(negative="")] = False,
        level: Level | None = None,
        at: At = _HERE,
    ) -> int:
        """Print a job's log.

        Parameters
        ----------
        follow
            Go on until the job has ended.
        level
            Only lines of that level, or graver.
        """
        with at.client(self._words) as client:
            found = find_job(client, job, self._words)
            if found.schedule is not None:
                # It does nothing itself.
                tell(self._words("log_of_pass", name=found.name))
            if follow:
                with leaving_it_running(found.id, self._words):
                    for line in client.follow_log(found.id, level=level):
                        self._put_lines([line], at)
                        sys.stdout.flush()
                return EXIT_OK
            page = client.log(found.id, level=level)
            while not page.is_over:
                self._put_lines(page.lines, at)
                page = client.log(found.id, after=page.next, level=level)
        return EXIT_OK

    def _put_lines(self, lines: Iterable[LogLine], at: At) -> None:
        for line in lines:
            if at.json:
                put_json(line)
            else:
                item = "" if line.index is None else f"#{line.index} "
                put(f"{clock(line.at)} {line.level:7} {item}{clean(line.message)}")

    def start(self, job: JobArgument, /, *, at: At = _HERE) -> int:
        return self._command(job, "start", at)

    def pause(self, job: JobArgument, /, *, at: At = _HERE) -> int:
        return self._command(job, "pause", at)

    def resume(self, job: JobArgument, /, *, at: At = _HERE) -> int:
        return self._command(job, "resume", at)

    def cancel(self, job: JobArgument, /, *, at: At = _HERE) -> int:
        return self._command(job, "cancel", at)

    def delete(self, job: JobArgument, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            found = find_job(client, job, self._words)
            client.delete(found.id)
        if at.json:
            put_json({"deleted": found.id})
        else:
            tell(self._words("deleted", id=found.id))
        return EXIT_OK

    def _command(self, wanted: str, command: Command, at: Reach) -> int:
        with at.client(self._words) as client:
            job = client.command(find_job(client, wanted, self._words).id, command)
        return self._commanded(job, at)

    def _commanded(self, job: Job, at: Reach) -> int:
        if at.json:
            put_json(job)
        else:
            tell(about("commanded", job, self._words))
        return EXIT_OK

    def _stdout_for(self, format: Format) -> Writer:
        """A terminal gets text that does nothing; a pipe or a file gets the bytes."""
        if not sys.stdout.isatty():
            return sys.stdout.buffer
        if format == "xlsx":
            raise UsageError(self._words("binary"))
        return TerminalText()
