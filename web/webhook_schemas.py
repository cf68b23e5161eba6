"""A desk's webhooks on the wire of the native API. OpenAPI is generated from these."""

from __future__ import annotations

from msgspec import Struct

from web.schemas import Count


class WebhookWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """One that is there, by its `id`, or a new one without: it is given a secret."""

    url: str
    events: list[str]
    id: str | None = None


class WebhooksBody(Struct, frozen=True):
    """All webhooks of the desk: those that are not among them are forgotten."""

    webhooks: list[WebhookWanted]


class WebhookEntry(Struct, frozen=True):
    """A webhook. `secret` is what its requests are signed with: told in the answer that made it and
    never again. `waiting` notices have not been taken yet; `last_error` is why the newest try
    failed, null where it did not."""

    id: str
    url: str
    events: list[str]
    waiting: Count
    last_at: str | None
    last_error: str | None
    secret: str | None


class WebhooksAnswer(Struct, frozen=True):
    """The desk's webhooks as they are on disk."""

    webhooks: list[WebhookEntry]
    revision: Count
    durable: bool


class WebhookTestAnswer(Struct, frozen=True):
    """The notice is put down: how its try ends is told by the list."""

    revision: Count
    durable: bool
