"""What `submit fetch` may say of a batch, as flags, and the spec that the server gets from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Parameter

from nightdesk.cli.source import read_headers
from nightdesk.cli.words import Words


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
    proxy_rotation: bool | None = None
    """Whether to take the proxies in turn."""
    follow_redirects: bool | None = None
    """Whether to follow redirects."""
    keep_body: bool | None = None
    """Whether to keep each response's body as a file."""

    def spec(self, words: Words) -> dict[str, Any]:
        """Raises UsageError."""
        given = {
            "concurrency": self.concurrency,
            "timeout_s": self.timeout,
            "retries": self.retries,
            "headers": read_headers(self.header, words) or None,
            "user_agent": self.user_agent,
            "proxies": list(self.proxy) or None,
            "proxy_rotation": self.proxy_rotation,
            "follow_redirects": self.follow_redirects,
            "keep_body": self.keep_body,
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
