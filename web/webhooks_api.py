"""A desk's webhooks over REST: who is told when a job has ended. The wire is docs/native-api.md."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence

from quart import Response

from actors.notices import SetWebhooks, TestWebhook
from actors.rules.outbox import MAX_WEBHOOKS
from executors.urls import parse_url
from state.notices import WEBHOOK_EVENTS, Webhook
from web.access import Access
from web.checked import checked_body
from web.deps import WebDeps
from web.desk_api import DESK
from web.http import empty_body, invalid, json_answer
from web.routes import Route
from web.threads import Threads
from web.validate import Errors, field_error
from web.views import wire_time_or_none
from web.visit import Visit
from web.webhook_schemas import (
    WebhookEntry,
    WebhooksAnswer,
    WebhooksBody,
    WebhookTestAnswer,
    WebhookWanted,
)

WEBHOOKS = f"{DESK}/webhooks"

# So long that nobody comes upon one; the signature's specification asks for 24 to 64.
_SECRET_BYTES = 32
_ID_BYTES = 16


class WebhooksApi:
    """Handlers of the webhooks. They hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._settings = deps.settings
        self._threads = threads

    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET",
                rule=WEBHOOKS,
                name="get_webhooks",
                access=Access.DESK,
                handler=self.read,
                summary="Who is told of the desk's jobs, and what came of it",
                answer=WebhooksAnswer,
            ),
            Route(
                method="PUT",
                rule=WEBHOOKS,
                name="set_webhooks",
                access=Access.DESK,
                handler=self.replace,
                summary="Replace all webhooks; the answer alone tells the secrets of new ones",
                body=WebhooksBody,
                answer=WebhooksAnswer,
                errors=(
                    "invalid_json",
                    "invalid_request",
                    "invalid_spec",
                    "body_too_large",
                    "unsupported_media_type",
                    "limit_reached",
                    "mailbox_full",
                    "storage_full",
                ),
            ),
            Route(
                method="POST",
                rule=f"{WEBHOOKS}/<webhook>/test",
                name="test_webhook",
                access=Access.DESK,
                handler=self.test,
                summary="Tell a webhook something that says nothing",
                answer=WebhookTestAnswer,
                errors=("not_found", "limit_reached", "mailbox_full", "storage_full"),
            ),
        ]

    async def read(self, visit: Visit) -> Response:
        return _answer(visit, visit.desk.published.revision, {})

    async def replace(self, visit: Visit) -> Response:
        wanted = await checked_body(WebhooksBody, self._settings, self._threads)
        present = {each.id: each for each in visit.desk.published.webhooks}
        webhooks = _read(wanted.webhooks, present, self._settings.max_url_bytes)
        new = {each.secret: _new_secret() for each in webhooks if each.id not in present}
        reply = await visit.ask(SetWebhooks(webhooks=webhooks, secrets=new))
        return _answer(visit, reply.revision, new)

    async def test(self, visit: Visit, webhook: str) -> Response:
        await empty_body(self._settings.max_json_depth)
        reply = await visit.ask(TestWebhook(webhook))
        return json_answer(WebhookTestAnswer(reply.revision, durable=True))


def _answer(visit: Visit, revision: int, new: Mapping[str, str]) -> Response:
    published = visit.desk.published
    entries = [
        WebhookEntry(
            id=each.id,
            url=each.url,
            events=list(each.events),
            waiting=sum(notice.webhook == each.id for notice in published.outbox),
            last_at=wire_time_or_none(each.last_at),
            last_error=each.last_error,
            secret=new.get(each.secret),
        )
        for each in published.webhooks
    ]
    return json_answer(WebhooksAnswer(entries, revision, durable=True))


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _read(
    wanted: Sequence[WebhookWanted], present: Mapping[str, Webhook], max_url_bytes: int
) -> tuple[Webhook, ...]:
    """Raises WebError that names every wrong one, and quotes none."""
    if len(wanted) > MAX_WEBHOOKS:
        raise invalid([field_error("webhooks", f"must not hold more than {MAX_WEBHOOKS}")])
    errors: Errors = []
    named: set[str] = set()
    for index, each in enumerate(wanted):
        if each.id is not None and (each.id not in present or each.id in named):
            errors.append(field_error("webhooks", "has an id that none has, or another", index))
        named.add(each.id or "")
        reasons = (_url_reason(each.url, max_url_bytes), _events_reason(each.events))
        errors += [field_error("webhooks", why, index) for why in reasons if why is not None]
    if errors:
        raise invalid(errors)
    return tuple(_webhook(each, present) for each in wanted)


def _webhook(wanted: WebhookWanted, present: Mapping[str, Webhook]) -> Webhook:
    events = tuple(event for event in WEBHOOK_EVENTS if event in wanted.events)
    url = wanted.url.strip()
    if wanted.id is not None:
        return Webhook(wanted.id, url, events, present[wanted.id].secret)
    name = secrets.token_hex(_ID_BYTES)
    return Webhook(name, url, events, f"webhook.{name}")


def _url_reason(url: str, max_url_bytes: int) -> str | None:
    if len(url.encode()) > max_url_bytes:
        return f"has a url of more than {max_url_bytes} bytes"
    try:
        parse_url(url.strip())
    except ValueError as error:
        return f"has a wrong url: {error}"
    return None


def _events_reason(events: Sequence[str]) -> str | None:
    if not events or not set(events) <= set(WEBHOOK_EVENTS):
        return f"must name events among {', '.join(WEBHOOK_EVENTS)}"
    return None
