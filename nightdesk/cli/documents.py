"""`nightdesk submit document`: templates and a table become a job, its files a folder or a ZIP.
Added by `nightdesk.cli.app`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from nightdesk.cli.fitting import fit_all, mappings_of, read_map, tell_fit
from nightdesk.cli.handed import handed_over, tell_passes
from nightdesk.cli.kept import table_of, template_of
from nightdesk.cli.reach import At, Reach
from nightdesk.cli.saving import save_all
from nightdesk.cli.schedule import ScheduleOptions
from nightdesk.cli.terminal import clean, tell
from nightdesk.cli.usage import UsageError
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client import Client


@dataclass(frozen=True, kw_only=True)
class DocumentOptions:
    """Flags that are not given are left to the server's defaults."""

    format: Literal["docx", "pdf", "html", "md", "txt"] | None = None
    """What the documents are to be (else: as their template)."""
    name: str | None = None
    """How files are named, such as "{{ name }}-{{ _index }}": columns of the table, and _index,
    _row, _template, _date."""
    mode: Literal["sequential", "parallel"] | None = None
    """One after the other, or as many at once as there are workers."""
    missing: Literal["error", "blank"] = "error"
    """What becomes of a field without a value: its document fails, or has it blank."""
    locale: str | None = None
    """Language of dates and numbers, such as de or zh."""
    filter: str | None = None
    """Only rows of which this is true, such as "age >= 18 and city == 'Bonn'"."""
    limit: int | None = None
    """At most so many rows."""
    concurrency: int | None = None
    """Documents at once."""
    retries: int | None = None
    """Further attempts after an error worth retrying."""
    timeout: float | None = None
    """Seconds that one document may take."""
    stop_on_failure: Annotated[bool, Parameter(negative="")] = False
    """Make no more once one has failed."""

    def spec(self) -> dict[str, Any]:
        given = {
            "format": self.format,
            "file_name": self.name,
            "mode": self.mode,
            "missing": self.missing,
            "locale": self.locale,
            "filter": self.filter,
            "limit": self.limit,
            "concurrency": self.concurrency,
            "retries": self.retries,
            "timeout_s": self.timeout,
            "stop_on_failure": self.stop_on_failure or None,
        }
        return {field: value for field, value in given.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class DocumentJob:
    """What is said of the job, and where its files are to go."""

    job_name: str | None = None
    """The job's name (else the table's)."""
    priority: int = 0
    """From -100 to 100; higher goes first."""
    lane: str | None = None
    """Jobs of one lane run one after the other (else: the kind's lane)."""
    start: Annotated[bool, Parameter(negative="")] = False
    """Start it at once."""
    wait: Annotated[bool, Parameter(negative="")] = False
    """Start it and follow it until it has ended."""
    out: Path | None = None
    """Wait, then save the files: in this folder, or as one FILE.zip."""
    preview: Path | None = None
    """Make no job: write the first document to this file, or with FILE.png a picture of its first
    page."""

    @property
    def waits(self) -> bool:
        return self.wait or self.out is not None


_HERE = Reach()
_JOB = DocumentJob()
_OPTIONS = DocumentOptions()
_ONCE = ScheduleOptions()


class DocumentCommand:
    """Holds the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def document(
        self,
        *,
        template: Annotated[tuple[str, ...], Parameter(negative="")],
        data: str,
        sheet: str | None = None,
        map: Annotated[tuple[str, ...], Parameter(negative="")] = (),
        suggested: Annotated[bool, Parameter(negative="")] = False,
        how: Annotated[DocumentOptions, Parameter(name="*")] = _OPTIONS,
        job: Annotated[DocumentJob, Parameter(name="*")] = _JOB,
        again: Annotated[ScheduleOptions, Parameter(name="*")] = _ONCE,
        at: At = _HERE,
    ) -> int:
        """Make a file of each row of a table by each template.

        Parameters
        ----------
        template
            A .docx, .html, .md or .txt file with placeholders ({{ name }}), or the id of a template
            that the library has; repeatable.
        data
            A .csv, .xlsx or .json file, or the id of a table that the library has.
        sheet
            The sheet of a workbook to read (else: the first that is not hidden).
        map
            FIELD=COLUMN: a field of the templates that a column of another name fills; repeatable.
        suggested
            Fill fields from columns of nearly their name.
        """
        words = self._words
        mapped = read_map(map, words)
        schedule = again.schedule(words)
        if schedule is not None and job.waits:
            raise UsageError(words("document.wait_for_files" if job.out else "endless"))
        with at.client(words) as client:
            templates = [template_of(client, each, words) for each in template]
            table = table_of(client, data, sheet, words)
            fits = fit_all(client, templates, table, mapped, words, suggested=suggested)
            tell_fit(fits, words, blank=how.missing == "blank")
            spec = {
                **how.spec(),
                "templates": [each.template.id for each in templates],
                "data_source": table.data_source.id,
                "mappings": mappings_of(fits),
            }
            if job.preview is not None:
                return self._preview(client, spec, job.preview)
            tell_passes(client, schedule, at, words)
            made = client.submit_documents(
                spec,
                name=job.job_name or table.data_source.name,
                priority=job.priority,
                lane=job.lane,
                start=job.start or job.waits,
                schedule=schedule,
            )
            code = handed_over(client, made, at, words, wait=job.waits)
            if job.out is not None:
                self._save(client, made.id, job.out)
        return code

    def _save(self, client: Client, job_id: str, out: Path) -> None:
        made = client.artifacts(job_id)
        if made:
            save_all(client, job_id, made, out, self._words)
        else:
            tell(self._words("no_files"))

    def _preview(self, client: Client, spec: dict[str, Any], to: Path) -> int:
        picture = to.suffix.lower() == ".png"
        try:
            size_bytes = client.preview_document(spec, to, as_picture=picture)
        except OSError as error:
            message = self._words("cannot_write", path=to, reason=error.strerror)
            raise UsageError(message) from error
        tell(self._words("exported", size=size_bytes, path=clean(to)))
        return EXIT_OK
