"""Small requests for the front end: the `Errands` of `actors.ports.errands`, as they are served.

To the pool for the network an errand is a job of one item, without files, log or outcome: it takes
its desk's turn like any other and keeps to its desk's lists. A request is the executor of `fetch`
at work, so what it may ask for and how it is read is settled there.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any

import msgspec
import trio
from msgspec import Raw, Struct

from actors.ports import (
    ArtifactChunk,
    DeskKey,
    ItemDeferred,
    ItemEnded,
    ItemsLost,
    JobBrief,
    JobBroken,
    LeasedItem,
    PlanLimits,
    WorkerEvent,
)
from actors.ports.errands import Errand, ErrandReply, ErrandsBusy, Telling
from actors.ports.webui import Glance
from executors.fetch.spec import FetchSpec
from executors.greeting.item import Greeting
from executors.notify.item import TargetItem
from state.model import NO_LISTS, EgressLists, OutcomeStatus
from workers.attachment import JobAttachment

GREETING = "executors.greeting.run:GreetingExecutor"
NOTIFY = "executors.notify.run:NotifyExecutor"
GLANCE = "executors.generate.glance:GlanceExecutor"

# On whose behalf the server asks for itself: no desk has that key, and none waits behind it.
_HOUSE = DeskKey("")

# Errands of one desk that may be under way at once.
ERRANDS_PER_DESK = 4
# How long one may wait for a worker, and for its words, beyond its own time.
GRACE_S = 10.0
MAX_URL_BYTES = 8 * 1024
# A WebUI is seen or not by then.
GLANCE_S = 5.0
# How long the helper may take that knows the services: its start, mostly.
HELPER_S = 30.0

Attach = Callable[[JobBrief, str], AbstractAsyncContextManager[JobAttachment]]


class _Told(Struct, frozen=True):
    """What of a fetch's result matters here."""

    http_status: int | None = None


class NetErrands:
    """`attach` is that of the net pool."""

    def __init__(self, attach: Attach) -> None:
        self._attach = attach
        self._fetch = FetchSpec()
        # Written by `_counted`, around each.
        self._under_way: Counter[DeskKey] = Counter()

    async def send(self, errand: Errand) -> ErrandReply:
        """See Errands."""
        plan = self._fetch.plan(_spec_of(errand), [_item_of(errand)], _limits(errand))
        spec = self._fetch.fill_secrets(plan.spec, plan.secrets)
        brief = _brief(errand.desk, errand.egress, spec)
        with self._counted(errand.desk):
            payload = plan.items[0].item
            body, ending = await self._run(brief, self._fetch.runner, payload, errand.timeout_s)
        return _reply(body, ending)

    async def greet(
        self, desk: DeskKey, proxy: str, egress: EgressLists, timeout_s: float
    ) -> str | None:
        """See Errands."""
        payload = Raw(msgspec.json.encode(Greeting(proxy, timeout_s)))
        with self._counted(desk):
            _, ending = await self._run(_brief(desk, egress, {}), GREETING, payload, timeout_s)
        return _reply(b"", ending).error

    async def notify(self, telling: Telling) -> str | None:
        """See Errands."""
        timeout_s = telling.timeout_s
        item = TargetItem(
            telling.target, telling.title, telling.body, timeout_s, worrying=telling.worrying
        )
        payload = Raw(msgspec.json.encode(item))
        with self._counted(telling.desk):
            brief = _brief(telling.desk, NO_LISTS, {})
            _, ending = await self._run(brief, NOTIFY, payload, timeout_s + HELPER_S)
        return _reply(b"", ending).error

    async def glance(self) -> Glance:
        """How the operator's WebUI is, for all desks: one look at a time is for the caller to see
        to. What is wrong is told in words, not raised."""
        payload = Raw(b"{}")
        _, ending = await self._run(_brief(_HOUSE, NO_LISTS, {}), GLANCE, payload, GLANCE_S)
        if isinstance(ending, ItemEnded) and ending.status is OutcomeStatus.OK:
            return msgspec.json.decode(ending.result, type=Glance)
        return Glance(reason=_reply(b"", ending).error or "")

    @contextmanager
    def _counted(self, desk: DeskKey) -> Iterator[None]:
        if self._under_way[desk] >= ERRANDS_PER_DESK:
            raise ErrandsBusy
        self._under_way[desk] += 1
        try:
            yield
        finally:
            self._under_way[desk] -= 1
            self._under_way += Counter()

    async def _run(
        self, brief: JobBrief, runner: str, payload: Raw, timeout_s: float
    ) -> tuple[bytes, WorkerEvent | None]:
        """The body that was handed over, and how the item ended; None: not in its time."""
        with trio.move_on_after(timeout_s + GRACE_S):
            async with self._attach(brief, runner) as job:
                job.want(1)
                await job.wait_granted()
                await job.lease([LeasedItem(0, 0, "", payload)])
                return await _listen(job)
        return b"", None


async def _listen(job: JobAttachment) -> tuple[bytes, WorkerEvent]:
    body = bytearray()
    while True:
        for event in await job.wait_events():
            if isinstance(event, ArtifactChunk):
                body += event.data
            elif isinstance(event, ItemEnded | ItemDeferred | ItemsLost | JobBroken):
                return bytes(body), event


def _reply(body: bytes, ending: WorkerEvent | None) -> ErrandReply:
    match ending:
        case ItemEnded():
            status = msgspec.json.decode(ending.result, type=_Told).http_status
            if ending.status is OutcomeStatus.OK:
                return ErrandReply(None, status, body)
            return ErrandReply(ending.error or "it failed", status, body)
        case ItemDeferred() | JobBroken():
            return ErrandReply(ending.error or "the host asks to be left alone for a while")
        case ItemsLost():
            return ErrandReply(f"the worker died of it: {ending.reason}")
        case _:
            return ErrandReply("it was not done in time")


def _spec_of(errand: Errand) -> dict[str, Any]:
    return {
        "concurrency": 1,
        "retries": 0,
        "timeout_s": errand.timeout_s,
        "keep_body": True,
        "follow_redirects": errand.follow_redirects,
    }


def _item_of(errand: Errand) -> dict[str, Any]:
    return {
        "url": errand.url,
        "method": errand.method,
        "headers": dict(errand.headers),
        "body": errand.body,
    }


def _limits(errand: Errand) -> PlanLimits:
    return PlanLimits(
        max_items=1,
        max_url_bytes=MAX_URL_BYTES,
        max_concurrency=1,
        max_body_read_bytes=errand.max_bytes,
    )


def _brief(desk: DeskKey, egress: EgressLists, spec: dict[str, Any]) -> JobBrief:
    return JobBrief(
        desk=desk,
        job_id=f"errand-{uuid.uuid4()}",
        kind="errand",
        pool="net",
        priority=0,
        concurrency=1,
        retries=0,
        spec=spec,
        egress=egress,
    )
