"""`submit crawl`: the seeds of a crawl, or what a named source is asked for, and their options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from nightdesk.cli.handed import handed_over
from nightdesk.cli.reach import At, Reach, find_job
from nightdesk.cli.source import Batch, Columns, read_headers, read_items, read_text
from nightdesk.cli.submit import JobOptions
from nightdesk.cli.usage import OrStdin, UsageError
from nightdesk.cli.words import Words

SEED_COLUMNS = Columns(("url", "etag", "last_modified"), ("depth",))


@dataclass(frozen=True, kw_only=True)
class CrawlOptions:
    """Flags that are not given are left to the file's `spec`, then to the server's defaults."""

    max_items: int | None = None
    """Pages, images and sitemaps at most."""
    depth: int | None = None
    """Links from a seed at most; 0: only the seeds."""
    same_site: Literal["host", "site", "any"] | None = None
    """How far from its seed the crawl may go."""
    include: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """Pattern (RE2) of addresses that are wanted; repeatable."""
    exclude: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """Pattern of addresses that are not; repeatable."""
    content: Literal["pages", "images", "all"] | None = None
    """What is kept as files: nothing of the pages, their images, all bodies."""
    sitemap: bool | None = None
    """Whether sitemaps are read too."""
    robots: bool | None = None
    """Whether robots.txt is obeyed; only an operator can let it be passed over."""
    delay: float | None = None
    """Seconds between two requests to a host."""
    concurrency: int | None = None
    """Requests at once."""
    retries: int | None = None
    """Further attempts after an error worth retrying."""
    timeout: float | None = None
    """Seconds that one request may take."""
    header: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """`Name: value` sent with every request; repeatable."""
    user_agent: str | None = None
    """The User-Agent header; its first word is who we are to robots.txt."""
    proxy: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """Address of an HTTP or SOCKS5 proxy; repeatable."""
    proxy_pool: bool | None = None
    """Whether to draw on the desk's proxies and the server's; not together with --proxy."""
    since: str | None = None
    """An earlier crawl (its id, or `last`) to go through again; the unchanged is not sent."""

    def spec(self, words: Words) -> dict[str, Any]:
        """Raises UsageError."""
        given = {
            "max_items": self.max_items,
            "depth": self.depth,
            "same_site": self.same_site,
            "include": list(self.include) or None,
            "exclude": list(self.exclude) or None,
            "content": self.content,
            "sitemap": self.sitemap,
            "robots": self.robots,
            "delay_s": self.delay,
            "concurrency": self.concurrency,
            "retries": self.retries,
            "timeout_s": self.timeout,
            "headers": read_headers(self.header, words) or None,
            "user_agent": self.user_agent,
            "proxies": list(self.proxy) or None,
            "proxy_pool": self.proxy_pool,
        }
        return {field: value for field, value in given.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """What a named source is asked for, in the place of a file."""

    source: str | None = None
    """Name of a source, such as pixiv-tag, pixiv-user or pixiv-illust."""
    query: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """What to look for there: tags with commas between, or a number; repeatable."""
    limit: int | None = None
    """Works at most, for each query."""
    max_images: int | None = None
    """Images at most, for each query."""
    order: str | None = None
    """Order of what is found, by the source's words."""
    mode: str | None = None
    """Which works are meant, by the source's words."""
    cookie_file: str | None = None
    """File with the cookie that the source knows you by (others see a command line)."""

    def asked(self, words: Words) -> dict[str, Any] | None:
        """The `source` of the spec. Raises UsageError."""
        if self.source is None:
            return None
        cookie = None
        if self.cookie_file is not None:
            cookie = read_text(self.cookie_file, words).strip()
        given = {
            "name": self.source,
            "limit": self.limit,
            "max_images": self.max_images,
            "order": self.order,
            "mode": self.mode,
            "cookie": cookie,
        }
        return {field: value for field, value in given.items() if value is not None}


_HERE = Reach()
_JOB = JobOptions()
_PLAIN = CrawlOptions()
_NO_SOURCE = SourceOptions()


class CrawlCommand:
    """One command; see `nightdesk.cli.app`."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def crawl(
        self,
        file: Annotated[OrStdin, Parameter(name="FILE")] = "",
        /,
        *,
        job: Annotated[JobOptions, Parameter(name="*")] = _JOB,
        crawl: Annotated[CrawlOptions, Parameter(name="*")] = _PLAIN,
        source: Annotated[SourceOptions, Parameter(name="*")] = _NO_SOURCE,
        at: At = _HERE,
    ) -> int:
        """Crawl sites from the addresses of a file, or a named source.

        Parameters
        ----------
        file
            An address (http...), or a file of them: one a line (# begins a comment line), .csv with
            a column url, or a .json list; - reads from stdin. None with --source, none needed with
            --since.
        """
        spec = crawl.spec(self._words)
        asked = source.asked(self._words)
        if asked is not None:
            spec["source"] = asked
        batch = self._batch(file, crawl, source)
        with at.client(self._words) as client:
            if crawl.since is not None:
                spec["since"] = find_job(client, crawl.since, self._words).id
            made = batch.submit(
                client,
                kind="crawl",
                name=job.name or _name(file, crawl, source),
                spec={**batch.spec, **spec},
                priority=job.priority,
                lane=job.lane,
                start=job.start or job.wait,
            )
            return handed_over(client, made, at, self._words, wait=job.wait)

    def _batch(self, file: str, crawl: CrawlOptions, source: SourceOptions) -> Batch:
        """Raises UsageError."""
        if not file and source.source is None and crawl.since is not None:
            return Batch((), (), {})
        if bool(file) == (source.source is not None) or (source.source and not source.query):
            raise UsageError(self._words("crawl.what"))
        if not file:
            return Batch(tuple(source.query), (), {})
        if file.startswith(("http://", "https://")):
            return Batch((file,), (), {})
        return read_items(file, SEED_COLUMNS, self._words)


def _name(file: str, crawl: CrawlOptions, source: SourceOptions) -> str:
    if not file and source.source is None:
        return f"since {crawl.since}"[:200]
    if not file:
        return f"{source.source}: {', '.join(source.query)}"[:200]
    return "" if file == "-" else file[:200] if "://" in file else Path(file).name
