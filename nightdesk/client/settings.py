"""What a desk keeps beside its jobs, for the client: its lists of domains, its proxies, its
webhooks. Their values, and the requests for them, which both clients share.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from nightdesk.client.calls import Call
from nightdesk.client.forms import FormsAddress
from nightdesk.client.models import Egress

# What a webhook is told of where nothing else is asked for.
USUAL_EVENTS = ("completed", "partially_completed", "failed")


class Proxy(Struct, frozen=True, kw_only=True):
    """A proxy of the desk's pool, `***` in the place of its user name and password; how often an
    answer came through it and how often it failed since the server began."""

    address: str
    ok: int = 0
    failed: int = 0
    benched_until: datetime | None = None


class ServerProxies(Struct, frozen=True):
    """The server's own pool, which every desk draws on too."""

    count: int
    benched: int


class Proxies(Struct, frozen=True):
    """The desk's pool, and how the server's is."""

    proxies: tuple[Proxy, ...]
    server: ServerProxies


class ProxyCheck(Struct, frozen=True):
    """Whether the proxy is there, or what of a list was added to the pool: `count` are there now
    that were not, `wrong` entries are no proxies. `message` says why not."""

    valid: bool
    message: str
    count: int
    wrong: int


class NewWebhook(Struct, frozen=True):
    """An address that is to be told of these `events`; the server gives it an id and a secret."""

    url: str
    events: tuple[str, ...] = USUAL_EVENTS


class Webhook(Struct, frozen=True, kw_only=True):
    """One that the desk keeps. `secret` is what its requests are signed with: None but in the
    answer that made it. `last_error` is why the newest try failed, None where it did not."""

    id: str
    url: str
    events: tuple[str, ...]
    waiting: int = 0
    last_at: datetime | None = None
    last_error: str | None = None
    secret: str | None = None


class WebhooksAnswer(Struct, frozen=True):
    webhooks: tuple[Webhook, ...]


class DoneAnswer(Struct, frozen=True):
    revision: int


class DeskAddress(FormsAddress):
    """An Address that knows the requests for what a desk keeps beside its jobs."""

    def egress(self) -> Call[Egress]:
        return Call(method="GET", path=self._path("egress"), answer=Egress, again=True)

    def set_egress(self, egress: Egress) -> Call[Egress]:
        """Whole, so that it can be repeated when the answer is lost."""
        return Call(
            method="PUT",
            path=self._path("egress"),
            answer=Egress,
            body=msgspec.json.encode(egress),
            again=True,
        )

    def proxies(self) -> Call[Proxies]:
        return Call(method="GET", path=self._path("proxies"), answer=Proxies, again=True)

    def set_proxies(self, proxies: Iterable[str]) -> Call[Proxies]:
        """Whole, so that it can be repeated when the answer is lost."""
        return Call(
            method="PUT",
            path=self._path("proxies"),
            answer=Proxies,
            body=msgspec.json.encode({"proxies": list(proxies)}),
            again=True,
        )

    def check_proxy(self, address: str) -> Call[ProxyCheck]:
        return Call(
            method="POST",
            path=self._path("proxies", "check"),
            answer=ProxyCheck,
            body=msgspec.json.encode({"address": address}),
        )

    def webhooks(self) -> Call[WebhooksAnswer]:
        return Call(method="GET", path=self._path("webhooks"), answer=WebhooksAnswer, again=True)

    def set_webhooks(self, webhooks: Sequence[Webhook | NewWebhook]) -> Call[WebhooksAnswer]:
        """Whole, so that it can be repeated when the answer is lost: what the first try made is not
        among them, and goes."""
        wanted = [
            {"url": each.url, "events": each.events}
            | ({"id": each.id} if isinstance(each, Webhook) else {})
            for each in webhooks
        ]
        return Call(
            method="PUT",
            path=self._path("webhooks"),
            answer=WebhooksAnswer,
            body=msgspec.json.encode({"webhooks": wanted}),
            again=True,
        )

    def test_webhook(self, webhook_id: str) -> Call[DoneAnswer]:
        return Call(
            method="POST", path=self._path("webhooks", webhook_id, "test"), answer=DoneAnswer
        )
