"""Tells a desk's webhooks and the operator's targets what stands in its outbox: signed requests,
and the services that the operator named, done by a worker.

Owned by the session. Requests are sent by child tasks, so that they delay no command; how each
ended comes back as a fact. Until that is saved the notice stands where it stood.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

import msgspec
import trio
from msgspec import Struct
from standardwebhooks import Webhook as Signer

from actors.alarms import Alarms
from actors.errors import InvalidSpec
from actors.house import House, OperatorTarget
from actors.notices import NoticesDue, NoticeTried
from actors.ports import DeskKey
from actors.ports.errands import Errand, ErrandsBusy, Telling
from actors.rules.operators import message
from actors.rules.outbox import payload, waiting
from actors.session.mailbox import Mailbox
from state.desks import WEBHOOKS
from state.errors import JobFilesMissing, StorageError
from state.model import (
    DeskState,
    EgressLists,
)
from state.notices import Notice, Webhook

# Receivers of a desk that are told at once: fewer than the errands that it may have, so that
# receivers which hang leave one to its user.
AT_ONCE = 3
# How long a receiver may take to answer.
TIMEOUT_S = 15.0
# Less is no time to wait: the wall clock's numbers are too coarse to tell when it is over.
TICK_S = 0.001
_BUSY = "the desk has as many requests under way as it may"


class _UnderWay(Struct, frozen=True):
    """A try: which webhook or target it is of, and how to end it."""

    receiver: str
    scope: trio.CancelScope


class Post:
    """Every attribute is written by the session's task."""

    def __init__(self, desk: DeskKey, house: House, mailbox: Mailbox, alarms: Alarms) -> None:
        self._desk = desk
        self._house = house
        self._mailbox = mailbox
        self._alarms = alarms
        # Tries by the id of the notice, until how they ended is saved.
        self._under_way: dict[str, _UnderWay] = {}

    def send(self, state: DeskState, tasks: trio.Nursery) -> None:
        """Tell what is due as far as there is room, and be woken for what comes next."""
        if self._mailbox.closed:
            return
        now, next_at = self._house.now(), None
        webhooks = {webhook.id: webhook for webhook in state.webhooks}
        busy = {each.receiver for each in self._under_way.values()}
        for notice in waiting(state, self._house.targets, busy):
            if len(self._under_way) >= AT_ONCE:
                break
            if notice.next_at > now + TICK_S:
                next_at = notice.next_at
                break
            scope = trio.CancelScope()
            self._under_way[notice.id] = _UnderWay(notice.webhook, scope)
            receiver = None
            if not notice.of_job:
                receiver = webhooks.get(notice.webhook) or self._house.targets[notice.webhook]
            tasks.start_soon(self._tell, scope, notice, receiver, state.egress)
        self._set_alarm(next_at)

    def _set_alarm(self, at: float | None) -> None:
        key = ("notice", self._desk)
        if at is None:
            self._alarms.cancel(key)
        else:
            self._alarms.set_by_wall(key, at, partial(self._mailbox.report, NoticesDue()))

    def decided(self, tried: Iterable[str], given_up: Iterable[Notice]) -> None:
        """How these tries ended is saved, and of what the operator will not be told."""
        for notice_id in tried:
            self._under_way.pop(notice_id, None)
        for notice in given_up:
            self._log("the operator will not be told of a job's end", notice)

    def stop(self) -> None:
        """The desk ends: what was not told is when it is opened again."""
        self._set_alarm(None)
        for each in self._under_way.values():
            each.scope.cancel()

    # ----------------------------------------------------------------------------- one try

    async def _tell(
        self,
        scope: trio.CancelScope,
        notice: Notice,
        receiver: Webhook | OperatorTarget | None,
        egress: EgressLists,
    ) -> None:
        with scope:
            if isinstance(receiver, OperatorTarget):
                error = await self._try_target(notice, receiver)
            elif receiver is not None:
                error = await self._try(notice, receiver, egress)
            else:
                error = await self._send(self._errand(notice, notice.url, egress))
            self._mailbox.report(NoticeTried(notice.id, error))

    async def _try_target(self, notice: Notice, target: OperatorTarget) -> str | None:
        """Why it was not taken; None where it was."""
        said = message(notice, self._desk[:8])
        telling = Telling(
            desk=self._desk,
            target=target.address,
            title=said.title,
            body=said.body,
            worrying=said.worrying,
            timeout_s=TIMEOUT_S,
        )
        try:
            error = await self._house.errands.notify(telling)
        except ErrandsBusy:
            return _BUSY
        if error is not None:
            self._log("the operator was not told of a job's end", notice, error=error)
        return error

    def _log(self, event: str, notice: Notice, **more: str) -> None:
        """Names a target by its place: what it is told by is secret."""
        target = self._house.targets.get(notice.webhook)
        self._house.log.warning(
            event,
            desk=self._desk[:8],
            job=notice.data["job_id"],
            target="one that is named no more" if target is None else target.place,
            **more,
        )

    async def _try(self, notice: Notice, webhook: Webhook, egress: EgressLists) -> str | None:
        """Why it was not taken; None where it was."""
        try:
            kept = await self._house.store.load_secrets(self._desk, WEBHOOKS)
        except (JobFilesMissing, StorageError) as error:
            self._house.log.warning(
                "the secrets of webhooks cannot be read", desk=self._desk[:8], error=str(error)
            )
            return "its secret cannot be read"
        if webhook.secret not in kept:
            return "its secret is gone: remove the webhook and add it again"
        return await self._send(
            self._errand(notice, webhook.url, egress, secret=kept[webhook.secret])
        )

    async def _send(self, errand: Errand) -> str | None:
        """Why it was not taken; None where it was."""
        try:
            reply = await self._house.errands.send(errand)
        except ErrandsBusy:
            return _BUSY
        except InvalidSpec:
            return "its address cannot be asked"
        if reply.error is None and (reply.http_status is None or reply.http_status >= 300):
            return f"it answered {reply.http_status}, and redirects are not followed"
        return reply.error

    def _errand(
        self, notice: Notice, url: str, egress: EgressLists, *, secret: str | None = None
    ) -> Errand:
        """Signed where its receiver was given a secret: the address of one job was not."""
        body = msgspec.json.encode(payload(notice)).decode()
        at = datetime.fromtimestamp(int(self._house.now()), UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": notice.id,
            "webhook-timestamp": str(int(at.timestamp())),
        }
        if secret is not None:
            headers["webhook-signature"] = Signer(secret).sign(notice.id, at, body)
        return Errand(
            desk=self._desk,
            url=url,
            method="POST",
            headers=headers,
            body=body,
            egress=egress,
            timeout_s=TIMEOUT_S,
            follow_redirects=False,
        )
