"""The working half of the fetch executor: one item is one URL, fetched once. Runs in a worker.

Retries, concurrency and pace are the host's; here an attempt ends in an ItemResult. Three clocks
bound it: connecting, silence, and the job's `timeout_s` over all of it, redirects included.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
import trio

from actors.ports import (
    HttpClient,
    HttpError,
    HttpReply,
    HttpSlot,
    ItemContext,
    ItemResult,
    LeasedItem,
    Tools,
)
from actors.ports.proxies import PoolBrief
from executors.bodies import BodyReader, HeldBodies, artifact_name
from executors.fetch.values.rules import Rule
from executors.fetch.values.taking import HeldBody, Taker
from executors.headers import is_secret
from executors.own_ways import OwnWays, Ways
from executors.proxy_ring import ProxyRing
from executors.redirects import MAX_REDIRECTS, BadRedirect, Target, follow, is_redirect
from executors.secrets import fill_headers
from executors.verdicts import Verdict, judge_error, judge_response
from executors.ways import PooledWays, ProxyAwaited, Trip
from state.model import OutcomeStatus

# What of a redirect's body is read for the sake of keeping the connection.
DRAIN_BYTES = 64 * 1024

# Asking once more may do once more what they ask for (RFC 9110, 9.2.2).
_NOT_REPEATABLE = frozenset({"POST", "PATCH"})


class FetchOptions(msgspec.Struct, frozen=True):
    """A job's spec as its plan stored it, secrets filled in."""

    timeout_s: float
    headers: dict[str, str]
    user_agent: str
    proxies: tuple[str, ...]
    proxy_rotation: bool
    proxy_pool: bool
    follow_redirects: bool
    keep_body: bool
    max_body_bytes: int
    max_url_bytes: int
    extract: tuple[Rule, ...] = ()
    pool: PoolBrief | None = None
    item_secrets: dict[str, str] = {}


class _Attempt:
    """What is known of one attempt so far, so that a deadline does not lose it. Written by the one
    task that makes the attempt."""

    def __init__(self, url: str, held: AsyncExitStack) -> None:
        self.verdict = Verdict()
        # Where there was no proxy to be had, so that this was none.
        self.wait_s: float | None = None
        # What is held until the attempt is over, and the body from which values are to be taken.
        self.held = held
        self.body: HeldBody | None = None
        self.result: dict[str, Any] = {
            "url": url,
            "http_status": None,
            "final_url": None,
            "bytes": None,
            "sha256": None,
        }

    def fail(self, error: str, *, retry: bool = False) -> None:
        self.verdict = Verdict(error=error, retry=retry)

    def ended(self) -> ItemResult:
        verdict = self.verdict
        return ItemResult(
            status=OutcomeStatus.OK if verdict.error is None else OutcomeStatus.FAILED,
            result=self.result,
            error=verdict.error,
            retry=verdict.retry,
            retry_after_s=verdict.retry_after_s,
            pressure=verdict.pressure,
            wait_s=self.wait_s,
        )


class FetchExecutor:
    """See Executor."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[FetchRunner]:
        options = msgspec.convert(spec, FetchOptions)
        taker = None
        if options.extract:
            taker = Taker(options.extract, tools.helpers, _secrets(options))
        yield FetchRunner(options, tools.http, taker)


class FetchRunner:
    """Fetches the items of one job. What its tasks share is the ring of proxies."""

    def __init__(self, options: FetchOptions, http: HttpClient, taker: Taker | None) -> None:
        self._options = options
        self._http = http
        self._taker = taker
        self._ways = _ways_of(options, http)
        self._bodies = HeldBodies()
        names = {name.lower() for name in options.headers}
        agent = () if "user-agent" in names else (("user-agent", options.user_agent),)
        self._headers = (*agent, *options.headers.items())

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        """See ItemRunner."""
        target = self._target(msgspec.json.decode(item.payload))
        async with AsyncExitStack() as held:
            attempt = _Attempt(target.url, held)
            with trio.move_on_after(self._options.timeout_s) as scope:
                await self._fetch(target, item.index, attempt, context)
            if scope.cancelled_caught:
                attempt.fail(f"timed out after {self._options.timeout_s:g} s (total)", retry=True)
            elif self._taker is not None and attempt.body is not None:
                # Not of the site's time: the connection is another's by now.
                attempt.result |= await self._taker.take(attempt.body)
            return attempt.ended()

    def _target(self, payload: str | dict[str, Any]) -> Target:
        if isinstance(payload, str):
            return Target("GET", payload, self._headers, None)
        headers = self._headers
        if "headers" in payload:
            own = fill_headers(payload["headers"], self._options.item_secrets)
            names = {name.lower() for name in own}
            kept = [pair for pair in headers if pair[0].lower() not in names]
            headers = (*kept, *own.items())
        body = payload.get("body")
        return Target(
            payload["method"], payload["url"], headers, None if body is None else body.encode()
        )

    async def _fetch(
        self, target: Target, index: int, attempt: _Attempt, context: ItemContext
    ) -> None:
        async def go(trip: Trip) -> None:
            async with self._http.slot() as slot:
                following: Target | None = target
                hops = 0
                while following is not None:
                    if hops > MAX_REDIRECTS:
                        raise BadRedirect(f"more than {MAX_REDIRECTS} redirects")
                    here, hops = following, hops + 1
                    following = await self._hop(slot, here, trip, index, attempt, context)

        try:
            # Without an answer nobody knows what the target has done.
            repeatable = target.method not in _NOT_REPEATABLE
            await self._ways.lead(go, context, repeatable=repeatable)
        except HttpError as error:
            attempt.verdict = judge_error(error)
        except BadRedirect as error:
            attempt.fail(str(error))
        except ProxyAwaited as awaited:
            attempt.wait_s = awaited.wait_s

    async def _hop(
        self,
        slot: HttpSlot,
        target: Target,
        trip: Trip,
        index: int,
        attempt: _Attempt,
        context: ItemContext,
    ) -> Target | None:
        """One request. The next one where a redirect is followed, else None: the item is done."""
        async with slot.request(
            target.method,
            target.url,
            headers=target.headers,
            body=target.body,
            proxy=trip.proxy,
            connect_timeout_s=trip.connect_timeout_s,
            read_timeout_s=trip.read_timeout_s,
        ) as reply:
            trip.answered = True
            status, headers = reply.status_code, reply.headers
            attempt.result["http_status"] = status
            attempt.result["final_url"] = target.url
            location = headers.get("location")
            if location is not None and self._options.follow_redirects and is_redirect(status):
                following = follow(target, status, location, self._options.max_url_bytes)
                _note_downgrade(target.url, following.url, context)
                await _drain(reply)
                return following
            attempt.verdict = judge_response(status, headers.get("retry-after"), time.time())
            await self._read(reply, target.url, index, attempt, context)
            return None

    async def _read(
        self, reply: HttpReply, url: str, index: int, attempt: _Attempt, context: ItemContext
    ) -> None:
        """Count and hash the body; hold what of it is kept, or looked at for values."""
        body = BodyReader(reply, self._options.max_body_bytes)
        data = await self._bodies.gather(body, self._held_bytes(attempt), attempt.held)
        attempt.result |= body.facts()
        if self._options.keep_body:
            if body.truncated:
                attempt.fail(f"the body is larger than {body.size_bytes} bytes and was not kept")
                return
            name = artifact_name(index, url, reply.headers.get("content-type"))
            await context.artifact(name, data)
            attempt.result["file"] = name
        elif body.truncated:
            attempt.result["truncated"] = True
            context.log("warning", f"only the first {body.size_bytes} bytes were read and hashed")
        if self._taker is not None and attempt.verdict.error is None:
            looked_at = data[: self._taker.max_bytes]
            cut = body.truncated or body.size_bytes > len(looked_at)
            attempt.body = HeldBody(looked_at, reply.headers.get("content-type"), cut)

    def _held_bytes(self, attempt: _Attempt) -> int:
        if self._options.keep_body:
            return self._options.max_body_bytes
        if self._taker is not None and attempt.verdict.error is None:
            return self._taker.max_bytes
        return 0


def _secrets(options: FetchOptions) -> list[str]:
    """What a site may have been sent, and must not say in an outcome."""
    of_job = [value for name, value in options.headers.items() if is_secret(name)]
    return [*of_job, *options.item_secrets.values()]


def _ways_of(options: FetchOptions, http: HttpClient) -> Ways:
    if options.proxy_pool:
        pool = http.proxy_pool(options.pool, rotate=options.proxy_rotation)
        return PooledWays(pool, options.timeout_s)
    ring = ProxyRing(options.proxies, rotate=options.proxy_rotation)
    return OwnWays(ring, options.timeout_s)


def _note_downgrade(old: str, new: str, context: ItemContext) -> None:
    if old.startswith("https:") and new.startswith("http:"):
        context.log("warning", f"redirected from https to plain http: {new}")


async def _drain(reply: HttpReply) -> None:
    """Read a redirect's short body, so that its connection can be used again."""
    size = 0
    async for piece in reply.iter_bytes():
        size += len(piece)
        if size > DRAIN_BYTES:
            return
