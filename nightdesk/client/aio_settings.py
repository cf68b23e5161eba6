"""What a desk keeps beside its jobs, as methods of `AsyncClient`: a part of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nightdesk.client.aio_forms import AsyncForms
from nightdesk.client.errors import NotFound
from nightdesk.client.models import Egress
from nightdesk.client.settings import (
    USUAL_EVENTS,
    DeskAddress,
    NewWebhook,
    Proxies,
    ProxyCheck,
    Webhook,
)


class AsyncSettings(AsyncForms):
    """Asks by `_ask`, which the client has."""

    _address: DeskAddress

    async def egress(self) -> Egress:
        """Which domains the desk's jobs may reach, and may not."""
        return await self._ask(self._address.egress())

    async def set_egress(self, *, allow: Iterable[str] = (), deny: Iterable[str] = ()) -> Egress:
        """Replace both lists; returns them as they are kept. Running jobs keep to them at once."""
        return await self._ask(self._address.set_egress(Egress(tuple(allow), tuple(deny))))

    async def proxies(self) -> Proxies:
        """The desk's pool of proxies, and how each fares."""
        return await self._ask(self._address.proxies())

    async def set_proxies(self, proxies: Iterable[str]) -> Proxies:
        """Replace the pool; returns it as it is kept. An address as it was shown, with `***`, keeps
        its user name and password."""
        return await self._ask(self._address.set_proxies(proxies))

    async def check_proxy(self, address: str) -> ProxyCheck:
        """See whether a proxy is there; or fetch the list at an address into the pool."""
        return await self._ask(self._address.check_proxy(address))

    async def webhooks(self) -> tuple[Webhook, ...]:
        """Who is told of the desk's jobs."""
        return (await self._ask(self._address.webhooks())).webhooks

    async def set_webhooks(self, webhooks: Sequence[Webhook | NewWebhook]) -> tuple[Webhook, ...]:
        """Replace them all; returns them as they are kept, new ones with their secrets, which are
        told nowhere else. What is left out is forgotten."""
        return (await self._ask(self._address.set_webhooks(webhooks))).webhooks

    async def add_webhook(self, url: str, events: Iterable[str] = USUAL_EVENTS) -> Webhook:
        """One more, with the secret that its requests are signed with."""
        new = NewWebhook(url, tuple(events))
        kept = await self.set_webhooks([*(await self.webhooks()), new])
        return next(each for each in kept if each.secret is not None)

    async def remove_webhook(self, webhook_id: str) -> None:
        """It is told nothing more. Raises NotFound."""
        kept = await self.webhooks()
        left = [each for each in kept if each.id != webhook_id]
        if len(left) == len(kept):
            raise NotFound("there is no such webhook", code="not_found")
        await self.set_webhooks(left)

    async def test_webhook(self, webhook_id: str) -> None:
        """Have it told something that says nothing; what comes of it is in `webhooks`. Raises
        NotFound."""
        await self._ask(self._address.test_webhook(webhook_id))
