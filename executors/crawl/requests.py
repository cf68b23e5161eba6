"""One request of a crawl, and what is read of its answer. Redirects are not followed here: where
one leads is an item of its own, with the pace and the rules of the host that it is on.

Used by the runs of `executors.crawl`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import trio
from msgspec import Struct
from msgspec.structs import replace

from actors.ports import HttpClient, HttpError, HttpReply, ItemContext
from executors.bodies import BodyReader, HeldBodies
from executors.crawl.job import CrawlOptions
from executors.own_ways import OwnWays, Ways
from executors.proxy_ring import ProxyRing
from executors.redirects import BadRedirect, Target, follow, is_redirect
from executors.urls import parse_url
from executors.verdicts import Verdict, judge_error, judge_response
from executors.ways import PooledWays, ProxyAwaited, Trip

# What of a body that nobody wants is read for the sake of keeping the connection.
DRAIN_BYTES = 64 * 1024
MAX_MEDIA_CHARS = 100

# How much of a body is wanted, by status and content type. None: nothing, not even its size.
Wanted = Callable[[int, str], int | None]
Headers = Sequence[tuple[str, str]]


class NoAnswer(Exception):
    """There was none; the verdict says why. With `wait_s` it was not even asked for; `answered`:
    there was one, which leads nowhere."""

    def __init__(
        self, verdict: Verdict, wait_s: float | None = None, *, answered: bool = False
    ) -> None:
        super().__init__(verdict.error)
        self.verdict = verdict
        self.wait_s = wait_s
        self.answered = answered


class Got(Struct, frozen=True, kw_only=True):
    """An answer. `body` is its beginning, as much as was wanted; `truncated`: there is more of it,
    or might be. `facts` are its size and hash, where it was read. `leads_to` is the address of a
    redirect."""

    url: str
    status: int
    headers: Mapping[str, str]
    verdict: Verdict
    body: bytes = b""
    facts: dict[str, Any] = {}
    truncated: bool = False
    leads_to: str | None = None

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    @property
    def media(self) -> str:
        """`text/html`, without its parameters; what is far too long for one is cut."""
        return self.content_type.partition(";")[0].strip().lower()[:MAX_MEDIA_CHARS]


class Asker:
    """Sends the requests of one job. What its tasks share are proxies, and room for bodies."""

    def __init__(self, options: CrawlOptions, http: HttpClient) -> None:
        self._options = options
        self._http = http
        self._bodies = HeldBodies()
        self._ways = _ways_of(options, http)

    async def get(
        self,
        url: str,
        context: ItemContext,
        held: AsyncExitStack,
        *,
        wanted: Wanted,
        headers: Headers = (),
    ) -> Got:
        """One GET. A large body counts as held until `held` is closed. Raises NoAnswer."""
        got: list[Got] = []
        own = {name.lower() for name, _ in headers}
        of_job = self._options.headers_for(parse_url(url).origin)
        sent = (*(pair for pair in of_job if pair[0].lower() not in own), *headers)

        async def go(trip: Trip) -> None:
            got.append(await self._asked(url, sent, trip, wanted, held))

        timeout_s = self._options.timeout_s
        try:
            with trio.fail_after(timeout_s):
                await self._ways.lead(go, context, repeatable=True)
        except trio.TooSlowError:
            why = f"timed out after {timeout_s:g} s (total)"
            raise NoAnswer(Verdict(error=why, retry=True)) from None
        except ProxyAwaited as awaited:
            raise NoAnswer(Verdict(), awaited.wait_s) from None
        except HttpError as error:
            raise NoAnswer(judge_error(error)) from error
        except BadRedirect as error:
            raise NoAnswer(Verdict(error=str(error)), answered=True) from error
        return got[-1]

    async def _asked(
        self, url: str, headers: Headers, trip: Trip, wanted: Wanted, held: AsyncExitStack
    ) -> Got:
        async with (
            self._http.slot() as slot,
            slot.request(
                "GET",
                url,
                headers=headers,
                proxy=trip.proxy,
                connect_timeout_s=trip.connect_timeout_s,
                read_timeout_s=trip.read_timeout_s,
            ) as reply,
        ):
            trip.answered = True
            return await self._read(url, reply, wanted, held)

    async def _read(self, url: str, reply: HttpReply, wanted: Wanted, held: AsyncExitStack) -> Got:
        status, headers = reply.status_code, reply.headers
        got = Got(
            url=url,
            status=status,
            headers=headers,
            verdict=judge_response(status, headers.get("retry-after"), time.time()),
        )
        location = headers.get("location")
        if location is not None and is_redirect(status):
            target = follow(
                Target("GET", url, (), None), status, location, self._options.max_url_bytes
            )
            await _drain(reply)
            return replace(got, leads_to=target.url)
        most_bytes = wanted(status, got.media)
        if most_bytes is None:
            await _drain(reply)
            return got
        reader = BodyReader(reply, self._options.max_body_bytes)
        body = await self._bodies.gather(reader, most_bytes, held)
        cut = reader.truncated or reader.size_bytes > len(body)
        return replace(got, body=body, facts=reader.facts(), truncated=cut)


def _ways_of(options: CrawlOptions, http: HttpClient) -> Ways:
    if options.proxy_pool:
        pool = http.proxy_pool(options.pool, rotate=options.proxy_rotation)
        return PooledWays(pool, options.timeout_s)
    ring = ProxyRing(options.proxies, rotate=options.proxy_rotation)
    return OwnWays(ring, options.timeout_s)


async def _drain(reply: HttpReply) -> None:
    """Read what is short, so that its connection can be used again."""
    size = 0
    async for piece in reply.iter_bytes():
        size += len(piece)
        if size > DRAIN_BYTES:
            return
