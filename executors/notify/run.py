"""Tells one target of the operator, in a worker for the network: a helper says what the service
wants to send, and it is sent by the rules of the egress.

No kind of job: users cannot ask for it. `workers.errands` leases it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import trio

from actors.ports import (
    Helpers,
    HelperStopped,
    HttpClient,
    HttpError,
    ItemContext,
    ItemResult,
    LeasedItem,
    Tools,
)
from executors.notify.item import (
    MAX_REPLY_BYTES,
    MAX_REQUESTS,
    Progress,
    Replied,
    Settled,
    Step,
    TargetItem,
    Wanted,
)
from state.model import OutcomeStatus

_COMPOSE = "executors.notify.compose:compose"


class NotifyExecutor:
    """See Executor. The spec says nothing."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[NotifyRunner]:
        yield NotifyRunner(tools.http, tools.helpers)


class NotifyRunner:
    """Tells one target for each item."""

    def __init__(self, http: HttpClient, helpers: Helpers) -> None:
        self._http = http
        self._helpers = helpers

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        """See ItemRunner. What is said of a failure names no path, header or body of a request:
        services have their secrets in them."""
        telling = msgspec.json.decode(item.payload, type=TargetItem)
        fault = await self._fault(telling)
        if fault is not None:
            return ItemResult(status=OutcomeStatus.FAILED, result={}, error=fault)
        return ItemResult(status=OutcomeStatus.OK, result={})

    async def _fault(self, telling: TargetItem) -> str | None:
        """Why it was not taken. The time is the service's: helpers have limits of their own."""
        left_s = telling.timeout_s
        replies: tuple[Replied, ...] = ()
        try:
            while True:
                progress = await self._ask(Step(telling, replies))
                if isinstance(progress, Settled):
                    return _why(progress, replies)
                if len(replies) >= MAX_REQUESTS:
                    return f"the service wants more than {MAX_REQUESTS} requests"
                began_at = trio.current_time()
                with trio.fail_after(left_s):
                    replies = (*replies, await self._send(progress, left_s))
                left_s -= trio.current_time() - began_at
        except trio.TooSlowError:
            return f"took longer than {telling.timeout_s:g} s"
        except (HttpError, HelperStopped) as error:
            return str(error)
        except msgspec.DecodeError:
            return "its helper says what makes no sense"

    async def _ask(self, step: Step) -> Progress:
        answer = await self._helpers.run(_COMPOSE, msgspec.msgpack.encode(step))
        progress: Progress = msgspec.msgpack.decode(answer, type=Wanted | Settled)
        return progress

    async def _send(self, wanted: Wanted, timeout_s: float) -> Replied:
        """Raises HttpError."""
        body = bytearray()
        async with (
            self._http.slot() as slot,
            slot.request(
                wanted.method,
                wanted.url,
                headers=wanted.headers,
                body=wanted.body or None,
                connect_timeout_s=timeout_s,
                read_timeout_s=timeout_s,
            ) as reply,
        ):
            async for piece in reply.iter_bytes():
                body += piece[: MAX_REPLY_BYTES - len(body)]
                if len(body) >= MAX_REPLY_BYTES:
                    break
            return Replied(reply.status_code, tuple(reply.headers.items()), bytes(body))


def _why(settled: Settled, replies: tuple[Replied, ...]) -> str | None:
    if settled.taken:
        return None
    if settled.fault is not None:
        return settled.fault
    if not replies:
        return "the service has no request for it"
    return f"it answered {replies[-1].status}"
