"""The commands about a job's items, why some failed, and what to do about it. Added by
`nightdesk.cli.app`.

Each returns an exit code; errors travel to `nightdesk.cli.app.run`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from nightdesk.cli.jobs import ItemStatusOption, JobArgument
from nightdesk.cli.reach import At, Reach, find_job
from nightdesk.cli.terminal import put_json, put_table, tell
from nightdesk.cli.usage import UsageError
from nightdesk.cli.watch import EXIT_OK, about
from nightdesk.cli.words import Words
from nightdesk.client import Cause, Job

Sort = Literal["index", "status", "time", "duration", "attempts", "size", "result"]
Pairs = Annotated[tuple[str, ...], Parameter(negative="")]
Flag = Annotated[bool, Parameter(negative="")]

_HERE = Reach()
_STATUS = "status"


class FailureCommands:
    """One method a command; they share the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def items(
        self,
        job: JobArgument,
        /,
        *,
        status: ItemStatusOption = None,
        where: Pairs = (),
        sort: Sort = "index",
        descending: Flag = False,
        at: At = _HERE,
    ) -> int:
        """List how each item of a job ended.

        Parameters
        ----------
        where
            Only items that this filter finds, as NAME=VALUE: host, cause, http_status, text,
            attempts_from, duration_from_ms, extracted.NAME and the others; repeatable.
        sort
            By what they are listed.
        descending
            The greatest first.
        """
        wanted = self._pairs(where)
        with at.client(self._words) as client:
            found = client.items(
                find_job(client, job, self._words).id,
                status=status,
                where=wanted,
                sort="" if sort == "index" else sort,
                descending=descending,
            )
            if at.json:
                for item in found:
                    put_json(item)
                return EXIT_OK
            put_table(
                ("#", "status", "HTTP", "ms", "tries", "item", "result"),
                (
                    (
                        item.index,
                        self._words.wire(item.status),
                        item.http_status,
                        None if item.duration_ms is None else round(item.duration_ms),
                        item.attempts,
                        item.what,
                        item.result,
                    )
                    for item in found
                ),
            )
        return EXIT_OK

    def causes(self, job: JobArgument, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            found = client.causes(find_job(client, job, self._words).id)
        if at.json:
            for cause in found:
                put_json(cause)
            return EXIT_OK
        if not found:
            tell(self._words("causes.none"))
            return EXIT_OK
        put_table(
            ("n", "cause", "host", "advice", "first items"),
            ((each.n, self._cause(each), self._host(each), each.advice, _first(each))
             for each in found),
        )  # fmt: skip
        return EXIT_OK

    def _cause(self, cause: Cause) -> str:
        return self._words("causes.rest") if cause.cause is None else cause.cause

    def _host(self, cause: Cause) -> str | None:
        if cause.host is None and cause.hosts_n > 1:
            return self._words("causes.many", n=cause.hosts_n)
        return cause.host or (cause.hosts[0].host if cause.hosts else None)

    def hosts(self, job: JobArgument, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            found = client.hosts(find_job(client, job, self._words).id)
        if at.json:
            for host in found:
                put_json(host)
            return EXIT_OK
        if not found:
            tell(self._words("hosts.none"))
            return EXIT_OK
        put_table(
            ("host", "items", "failed", "429/503", "at once", "delay s", "server's s"),
            (
                (
                    host.host,
                    host.n,
                    host.failed_n,
                    host.busy_n,
                    None if host.pace is None else host.pace.max_in_flight or None,
                    None if host.pace is None else f"{host.pace.delay_s:g}",
                    f"{host.interval_s:g}" if host.interval_s else None,
                )
                for host in found
            ),
        )
        return EXIT_OK

    def slow(
        self,
        job: JobArgument,
        host: Annotated[str, Parameter(name="HOST", help="As it stands in addresses.")],
        /,
        *,
        at_once: int = 0,
        delay: float = 0.0,
        off: Flag = False,
        at: At = _HERE,
    ) -> int:
        """Slow a host for a job.

        Parameters
        ----------
        at_once
            At most so many of the job's items at that host at once.
        delay
            So many seconds from the start of one to the start of the next.
        off
            Ask it as before.
        """
        if off is bool(at_once or delay):
            raise UsageError(self._words("slow.how"))
        with at.client(self._words) as client:
            found = find_job(client, job, self._words).id
            if off:
                changed = client.unslow(found, host)
            else:
                changed = client.slow(found, host, max_in_flight=at_once, delay_s=delay)
        if at.json:
            put_json(changed)
        elif off:
            tell(self._words("slow.off", host=host))
        else:
            most = at_once or self._words("slow.any")
            tell(self._words("slow.done", host=host, at_once=most, delay=delay))
        return EXIT_OK

    def retry(
        self,
        job: JobArgument,
        /,
        *,
        http_status: str = "",
        text: str = "",
        extracted: Pairs = (),
        cause: str = "",
        host: str = "",
        where: Pairs = (),
        at: At = _HERE,
    ) -> int:
        """Try the failed items of an ended job again.

        Parameters
        ----------
        http_status
            Only items of these, such as 503, 5xx, 400-499 or none, with commas between.
        text
            Only items in whose URL or error this stands.
        extracted
            Only items with this value, as NAME=VALUE (NAME= for any); repeatable.
        cause
            Only items that failed of this, as the command causes says it.
        host
            Only items that asked this host.
        where
            Only items that this filter finds, as NAME=VALUE; repeatable.
        """
        values = dict(self._pair(each, "bad_value") for each in extracted)
        wanted = self._pairs(where)
        wanted |= {name: said for name, said in (("cause", cause), ("host", host)) if said}
        with at.client(self._words) as client:
            found = find_job(client, job, self._words).id
            tried = client.retry(
                found, http_status=http_status, text=text, extracted=values, where=wanted
            )
        return self._commanded(tried, at)

    def repeat(
        self,
        job: JobArgument,
        /,
        *,
        only: Pairs = (),
        set: Pairs = (),
        name: str = "",
        start: bool = True,
        at: At = _HERE,
    ) -> int:
        """Run a job once more, as another job.

        Parameters
        ----------
        only
            Only items of that status (failed, ok, skipped, pending), or that a filter finds, as
            NAME=VALUE; repeatable.
        set
            Change a field of the spec, as NAME=VALUE: JSON, or text as it is; repeatable.
        name
            What the new job is called.
        start
            Start it at once.
        """
        chosen = dict(self._only(each) for each in only)
        changes = {field: _value(text) for field, text in self._pairs(set).items()}
        with at.client(self._words) as client:
            made = client.repeat(
                find_job(client, job, self._words).id,
                only=chosen or None,
                changes=changes,
                name=name,
                start=start,
            )
        return self._commanded(made, at)

    def _only(self, written: str) -> tuple[str, str]:
        """A status may be said alone."""
        return self._pair(written, "bad_where") if "=" in written else (_STATUS, written)

    def _pairs(self, written: Iterable[str]) -> dict[str, str]:
        return dict(self._pair(each, "bad_where") for each in written)

    def _pair(self, written: str, wrong: str) -> tuple[str, str]:
        name, equals, value = written.partition("=")
        if not name or not equals:
            raise UsageError(self._words(wrong, written=written))
        return name, value

    def _commanded(self, job: Job, at: Reach) -> int:
        if at.json:
            put_json(job)
        else:
            tell(about("commanded", job, self._words))
        return EXIT_OK


def _value(text: str) -> Any:
    """`60`, `true` and `{"a": 1}` are JSON; what is none is text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _first(cause: Cause) -> str:
    return " ".join(f"#{index}" for index in cause.examples)
