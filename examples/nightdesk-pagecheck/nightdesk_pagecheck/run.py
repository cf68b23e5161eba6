"""The working half, in a worker: one item is one page, asked for once.

Retries, concurrency and pace are the host's; an attempt ends in an ItemResult, whatever happened.
Everything goes out through `tools.http`, which reaches nothing that the operator does not allow.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import trio

from actors.ports import HttpClient, HttpError, ItemContext, ItemResult, LeasedItem, Tools
from executors.verdicts import Verdict, judge_error, judge_response
from state.model import OutcomeStatus

# What of a page is looked at.
MAX_BYTES = 2 * 1024 * 1024


class PageCheckExecutor:
    """Built without arguments; `open` holds what the items of one job share."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[PageCheckRunner]:
        """`spec` is what the plan has stored."""
        yield PageCheckRunner(tools.http, float(spec["timeout_s"]))


class PageCheckRunner:
    """The pages of one job. Its items run side by side: it keeps nothing of any of them."""

    def __init__(self, http: HttpClient, timeout_s: float) -> None:
        self._http = http
        self._timeout_s = timeout_s

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        """An error that may go away says `retry`; what the site asks for says `pressure`."""
        asked = msgspec.json.decode(item.payload)
        result: dict[str, Any] = {"url": asked["url"], "http_status": None, "found": None}
        began = trio.current_time()
        verdict = Verdict(error=f"no answer within {self._timeout_s:g} s", retry=True)
        with trio.move_on_after(self._timeout_s):
            verdict = await self._check(asked, result)
        result["duration_ms"] = round(1_000 * (trio.current_time() - began))
        if result["found"] is False:
            context.log("warning", f"{asked['url']} does not say {asked['contains']!r}")
        return ItemResult(
            status=OutcomeStatus.OK if verdict.error is None else OutcomeStatus.FAILED,
            result=result,
            error=verdict.error,
            retry=verdict.retry,
            retry_after_s=verdict.retry_after_s,
            pressure=verdict.pressure,
        )

    async def _check(self, asked: dict[str, str], result: dict[str, Any]) -> Verdict:
        try:
            async with (
                self._http.slot() as slot,
                slot.request(
                    "GET",
                    asked["url"],
                    connect_timeout_s=self._timeout_s,
                    read_timeout_s=self._timeout_s,
                ) as reply,
            ):
                result["http_status"] = reply.status_code
                verdict = judge_response(
                    reply.status_code, reply.headers.get("retry-after"), time.time()
                )
                if verdict.error is not None or not asked["contains"]:
                    return verdict
                page = await _beginning(reply.iter_bytes())
        except HttpError as error:
            return judge_error(error)
        result["found"] = asked["contains"].encode() in page
        return Verdict() if result["found"] else Verdict(error="the page says something else")


async def _beginning(pieces: AsyncIterator[bytes]) -> bytes:
    page = bytearray()
    async for piece in pieces:
        page += piece
        if len(page) >= MAX_BYTES:
            break
    return bytes(page[:MAX_BYTES])
