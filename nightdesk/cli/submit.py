"""The commands that hand over a batch, and what may be said of one, as flags.

Built by `nightdesk.cli.app`. What `submit visit` may say of journeys is in `nightdesk.cli.visit`;
`submit document` is `nightdesk.cli.documents`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from nightdesk.cli.estimated import estimated
from nightdesk.cli.extract import read_extract
from nightdesk.cli.handed import handed_over, tell_passes
from nightdesk.cli.reach import At, Reach
from nightdesk.cli.schedule import ScheduleOptions
from nightdesk.cli.source import (
    FETCH_COLUMNS,
    TAB_COLUMNS,
    VISIT_COLUMNS,
    Batch,
    Packed,
    read_batch,
    read_headers,
)
from nightdesk.cli.tabs import TabOptions
from nightdesk.cli.usage import OrStdin, UsageError
from nightdesk.cli.visit import VisitOptions
from nightdesk.cli.words import Words
from nightdesk.client.models import Schedule


@dataclass(frozen=True, kw_only=True)
class FetchOptions:
    """Flags that are not given are left to the server's defaults."""

    concurrency: int | None = None
    """URLs at once."""
    timeout: float | None = None
    """Seconds that one attempt may take in all."""
    retries: int | None = None
    """Further attempts after an error worth retrying."""
    header: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """`Name: value` sent with every request; repeatable."""
    user_agent: str | None = None
    """The User-Agent header."""
    proxy: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """Address of an HTTP or SOCKS5 proxy; repeatable."""
    proxy_pool: bool | None = None
    """Whether to draw on the desk's proxies and the server's; not together with --proxy."""
    proxy_rotation: bool | None = None
    """Whether to take the proxies in turn."""
    follow_redirects: bool | None = None
    """Whether to follow redirects."""
    keep_body: bool | None = None
    """Whether to keep each response's body as a file."""
    extract: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """`NAME=css:SELECTOR`, `NAME=css@href:SELECTOR`, `NAME=regex:PATTERN` or `NAME=json:PATH`: a
    value to take from each page, with `NAME[]` all that are there; repeatable."""

    def spec(self, words: Words) -> dict[str, Any]:
        """Raises UsageError."""
        given = {
            "concurrency": self.concurrency,
            "timeout_s": self.timeout,
            "retries": self.retries,
            "headers": read_headers(self.header, words) or None,
            "user_agent": self.user_agent,
            "proxies": list(self.proxy) or None,
            "proxy_pool": self.proxy_pool,
            "proxy_rotation": self.proxy_rotation,
            "follow_redirects": self.follow_redirects,
            "keep_body": self.keep_body,
            "extract": read_extract(self.extract, words) or None,
        }
        return {field: value for field, value in given.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class JobOptions:
    """What any kind of job may say of itself."""

    name: str | None = None
    """The job's name (else the file's)."""
    priority: int = 0
    """From -100 to 100; higher goes first."""
    sheet: str | None = None
    """The sheet of a workbook to read (else: the first that is not hidden)."""
    lane: str | None = None
    """Jobs of one lane run one after the other (else: the kind's lane)."""
    start: Annotated[bool, Parameter(negative="")] = False
    """Start it at once."""
    wait: Annotated[bool, Parameter(negative="")] = False
    """Start it and follow it until it has ended."""


@dataclass(frozen=True, kw_only=True)
class DryOptions:
    """For commands that make nothing but the job."""

    dry_run: Annotated[bool, Parameter(negative="")] = False
    """Say how many items it would have, what it would cost and how long it may take, and make
    nothing."""


_HERE = Reach()
_JOB = JobOptions()
_DRY = DryOptions()
_FETCH = FetchOptions()
_VISIT = VisitOptions()
_TAB = TabOptions()
_ONCE = ScheduleOptions()


class SubmitCommands:
    """One method a kind of job; they share the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def fetch(
        self,
        file: Annotated[OrStdin, Parameter(name="FILE")],
        /,
        *,
        job: Annotated[JobOptions, Parameter(name="*")] = _JOB,
        dry: Annotated[DryOptions, Parameter(name="*")] = _DRY,
        fetch: Annotated[FetchOptions, Parameter(name="*")] = _FETCH,
        again: Annotated[ScheduleOptions, Parameter(name="*")] = _ONCE,
        at: At = _HERE,
    ) -> int:
        """Hand over a batch of URLs.

        Parameters
        ----------
        file
            A URL a line (# begins a comment line), .csv or .xlsx with the columns url and
            optionally method, headers (JSON), body, a .json list of URLs or of objects with these
            fields, or a .zip of such tables; - reads lines or JSON from stdin.
        """
        spec = fetch.spec(self._words)
        batch = read_batch(file, job.sheet, FETCH_COLUMNS, self._words)
        schedule = again.schedule(self._words)
        return self._submit("fetch", file, batch, spec, job, at, schedule, dry)

    def visit(
        self,
        file: Annotated[OrStdin, Parameter(name="FILE")],
        /,
        *,
        job: Annotated[JobOptions, Parameter(name="*")] = _JOB,
        dry: Annotated[DryOptions, Parameter(name="*")] = _DRY,
        visit: Annotated[VisitOptions, Parameter(name="*")] = _VISIT,
        again: Annotated[ScheduleOptions, Parameter(name="*")] = _ONCE,
        at: At = _HERE,
    ) -> int:
        """Hand over journeys of the server's browser.

        Parameters
        ----------
        file
            A .json list of journeys ({"name", "url", "path": [step...]}) or of URLs, or an object
            that holds it as journeys, tasks or items and may have the job's spec beside it; .csv
            with the columns url and optionally name, not_before, expires_at, path (JSON); a URL a
            line; .xlsx or .zip of URLs; - reads lines or JSON from stdin.
        """
        spec = visit.spec(self._words)
        batch = read_batch(file, job.sheet, VISIT_COLUMNS, self._words)
        schedule = again.schedule(self._words)
        return self._submit("visit", file, batch, spec, job, at, schedule, dry)

    def tab(
        self,
        file: Annotated[OrStdin, Parameter(name="FILE")],
        /,
        *,
        job: Annotated[JobOptions, Parameter(name="*")] = _JOB,
        dry: Annotated[DryOptions, Parameter(name="*")] = _DRY,
        tab: Annotated[TabOptions, Parameter(name="*")] = _TAB,
        at: At = _HERE,
    ) -> int:
        """Hand over URLs that the desk's own open tabs open.

        Parameters
        ----------
        file
            A URL a line (# begins a comment line), .csv or .xlsx with a column url, a .json list of
            URLs, or a .zip of such tables; - reads lines or JSON from stdin.
        """
        batch = read_batch(file, job.sheet, TAB_COLUMNS, self._words)
        return self._submit("tab", file, batch, tab.spec(), job, at, None, dry)

    def _submit(
        self,
        kind: str,
        file: str,
        batch: Batch | Packed,
        spec: dict[str, Any],
        job: JobOptions,
        at: Reach,
        schedule: Schedule | None,
        dry: DryOptions,
    ) -> int:
        """What the flags say goes before what the file says."""
        if schedule is not None and job.wait:
            raise UsageError(self._words("endless"))
        if dry.dry_run:
            return estimated(batch, kind, spec, at, self._words)
        with at.client(self._words) as client:
            tell_passes(client, schedule, at, self._words)
            made = batch.submit(
                client,
                kind=kind,
                name=job.name or ("" if file == "-" else Path(file).name),
                spec={**batch.spec, **spec},
                priority=job.priority,
                lane=job.lane,
                start=job.start or job.wait,
                schedule=schedule,
            )
            return handed_over(client, made, at, self._words, wait=job.wait)
