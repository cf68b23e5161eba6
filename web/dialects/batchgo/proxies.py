"""The proxies of the dialect: `proxy-url-validate` and `proxies`, under each of the old families.

A page asks before a start whether its proxy, or its address of a list of proxies, is of use. What
is found joins the desk's pool, which tasks with a list's address draw on.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec import Struct
from quart import Response

from web.deps import WebDeps
from web.dialects.batchgo.paths import FAMILIES
from web.dialects.batchgo.refusals import invalid_request
from web.dialects.batchgo.routing import Row, language
from web.dialects.languages import Text
from web.dialects.objects import read_object
from web.http import json_answer
from web.proxies import Proxies
from web.schemas import Count
from web.strict_json import loads
from web.threads import Threads
from web.validate import field_error
from web.views import wire_time_or_none
from web.visit import Visit

_FOUND = Text("代理可用", "The proxy is there")
_FOUND_LIST = Text("代理列表可用，共 {count} 个代理", "The list is of use: {count} proxies")
# The reason is the network's own, in English: pages show nothing but the message.
_USELESS = Text("代理不可用：{reason}", "The proxy is of no use: {reason}")
_USELESS_LIST = Text("代理列表不可用：{reason}", "The list is of no use: {reason}")
_LISTED = Text("共 {count} 个代理", "{count} proxies")


class ProxyUrlBody(Struct, frozen=True):
    """A proxy, or the address of a list of them (text, a JSON array, or `{"proxies": [...]}`)."""

    proxyUrl: str


class ProxyUrlChecked(Struct, frozen=True, kw_only=True):
    """Whether it is of use; if so, its proxies are in the desk's pool. `count` is how many."""

    success: bool
    valid: bool
    message: str
    count: Count
    proxyCount: Count
    data: dict[str, Any]


class ListedProxy(Struct, frozen=True, kw_only=True):
    """A proxy of the desk's pool, `***` in the place of its user name and password."""

    proxy: str
    status: str
    success_count: Count
    failed_count: Count
    benched_until: str | None


class ListedProxies(Struct, frozen=True, kw_only=True):
    """The desk's pool, the same list under both names."""

    success: bool
    message: str
    proxies: list[ListedProxy]
    data: list[ListedProxy]
    total: Count
    count: Count


class ProxiesRows:
    """Handlers of the proxies. They hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads, proxies: Proxies) -> None:
        self._depth = deps.settings.max_json_depth
        self._threads = threads
        self._proxies = proxies

    def rows(self) -> list[Row]:
        return [
            Row(
                method="POST",
                paths=tuple(f"{family}/proxy-url-validate" for family in FAMILIES),
                name="batchgo_validate_proxy",
                handler=self.validate,
                summary="Whether a proxy, or a list of them, is of use",
                answer=ProxyUrlChecked,
                body=ProxyUrlBody,
                errors=("invalid_json", "invalid_request", "too_many_requests", "storage_full"),
                command="set_proxies",
            ),
            Row(
                method="GET",
                paths=tuple(f"{family}/proxies" for family in FAMILIES),
                name="batchgo_proxies",
                handler=self.listed,
                summary="The desk's pool of proxies",
                answer=ListedProxies,
            ),
        ]

    async def validate(self, visit: Visit) -> Response:
        value, _ = await read_object(self._threads, partial(loads, max_depth=self._depth))
        checked = await self._proxies.check(visit, _address_of(value))
        good, count = checked.error is None, checked.count
        if good:
            said = _FOUND_LIST if checked.is_list else _FOUND
        else:
            said = _USELESS_LIST if checked.is_list else _USELESS
        message = said.told(language(), count=count, reason=checked.error)
        data = {"valid": good, "count": count, "proxyCount": count, "message": message}
        return json_answer(
            ProxyUrlChecked(
                success=good,
                valid=good,
                message=message,
                count=count,
                proxyCount=count,
                data=data,
            )
        )

    async def listed(self, visit: Visit) -> Response:
        rows = [
            ListedProxy(
                proxy=entry.address,
                status="benched" if entry.use.benched_until is not None else "active",
                success_count=entry.use.ok,
                failed_count=entry.use.failed,
                benched_until=wire_time_or_none(entry.use.benched_until),
            )
            for entry in self._proxies.shown(visit)
        ]
        count = len(rows)
        message = _LISTED.told(language(), count=count)
        return json_answer(
            ListedProxies(
                success=True, message=message, proxies=rows, data=rows, total=count, count=count
            )
        )


def _address_of(value: dict[str, Any]) -> str:
    """What is to be checked, under either spelling. Raises WebError."""
    text = value.get("proxyUrl", value.get("proxy_url"))
    if not isinstance(text, str) or not text.strip():
        raise invalid_request([field_error("proxyUrl", "must be an address, as text")])
    return text
