"""A desk's pool of proxies over REST. The wire is docs/native-api.md."""

from __future__ import annotations

from quart import Response

from web.access import Access
from web.checked import checked_body
from web.deps import WebDeps
from web.desk_api import DESK
from web.http import json_answer
from web.proxies import Proxies
from web.proxy_schemas import (
    ProxiesAnswer,
    ProxiesBody,
    ProxyCheckAnswer,
    ProxyCheckBody,
    ProxyEntry,
    ServerProxies,
)
from web.routes import Route
from web.threads import Threads
from web.views import wire_time_or_none
from web.visit import Visit

PROXIES = f"{DESK}/proxies"


class ProxiesApi:
    """Handlers of the pool. They hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads, proxies: Proxies) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._proxies = proxies

    def routes(self) -> list[Route]:
        wrong = (
            "invalid_json",
            "invalid_request",
            "invalid_spec",
            "body_too_large",
            "unsupported_media_type",
            "limit_reached",
            "mailbox_full",
            "storage_full",
        )
        return [
            Route(
                method="GET",
                rule=PROXIES,
                name="get_proxies",
                access=Access.DESK,
                handler=self.read,
                summary="The proxies that the desk's jobs may draw on, and how they fare",
                answer=ProxiesAnswer,
            ),
            Route(
                method="PUT",
                rule=PROXIES,
                name="set_proxies",
                access=Access.DESK,
                handler=self.replace,
                summary="Replace the whole pool; jobs that start from now on draw on it",
                body=ProxiesBody,
                answer=ProxiesAnswer,
                errors=wrong,
            ),
            Route(
                method="POST",
                rule=f"{PROXIES}/check",
                name="check_proxy",
                access=Access.DESK,
                handler=self.check,
                summary="See whether a proxy, or a list of them, is of use, and add it to the pool",
                body=ProxyCheckBody,
                answer=ProxyCheckAnswer,
                command="set_proxies",
                errors=(*wrong, "too_many_requests"),
            ),
        ]

    async def read(self, visit: Visit) -> Response:
        return self._answer(visit, visit.desk.published.revision)

    async def replace(self, visit: Visit) -> Response:
        wanted = await checked_body(ProxiesBody, self._settings, self._threads)
        reply = await self._proxies.replace(visit, wanted.proxies)
        return self._answer(visit, reply.revision)

    async def check(self, visit: Visit) -> Response:
        wanted = await checked_body(ProxyCheckBody, self._settings, self._threads)
        checked = await self._proxies.check(visit, wanted.address)
        return json_answer(
            ProxyCheckAnswer(
                valid=checked.error is None,
                message=checked.error or "",
                count=checked.count,
                wrong=checked.wrong,
                revision=visit.desk.published.revision,
                durable=True,
            )
        )

    def _answer(self, visit: Visit, revision: int) -> Response:
        entries = [
            ProxyEntry(
                address=entry.address,
                ok=entry.use.ok,
                failed=entry.use.failed,
                benched_until=wire_time_or_none(entry.use.benched_until),
            )
            for entry in self._proxies.shown(visit)
        ]
        count, uses = self._proxies.of_server()
        benched = sum(use.benched_until is not None for use in uses)
        server = ServerProxies(count, benched)
        return json_answer(ProxiesAnswer(entries, server, revision, durable=True))
