"""A crawl as its page asks for one, and as a site's: from the body to what is wanted. Pure.

`type` (or `crawl_type`) is one of the page's short names, the full name of any source that the
server has, or `site`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from executors.crawl.sources.cookies import goes_safely
from executors.headers import headers_reason
from executors.problems import Reason, boolean_reason, integer_reason, text_reason
from executors.proxies import shown as shown_proxy
from web.dialects.fields import Fields
from web.dialects.taskmanager.configs_shown import MASK
from web.dialects.taskmanager.titles import title_of
from web.dialects.taskmanager.wanted import Wanted
from web.validate import Errors, field_error

SITE = "site"
# What the page calls the sources that come along.
_SHORT = {"tag": "pixiv-tag", "user": "pixiv-user", "illust": "pixiv-illust"}
# The number that each looks for, where the page has a field for it.
_IDS = {"pixiv-user": "user_id", "pixiv-illust": "illust_id"}
# Only a search by words is in an order and of a mode; the page always sends both.
_NUMBERED = frozenset(_IDS)
DEFAULT_COOKIE = "default"
# Of a search, as it was asked for.
_SHOWN: tuple[str, ...] = ("query", "limit", "max_images", "order", "mode")
_MAX_COUNT = 1_000_000
_MAX_DELAY_S = 3_600
_MAX_COOKIE_CHARS = 4_096
_MAX_URLS = 1_000
# Fields of a site's crawl that are the executor's own.
_OF_SITES = (
    *("depth", "same_site", "include", "exclude", "content", "sitemap", "robots"),
    *("concurrency", "retries", "timeout_s", "user_agent"),
)


def source_of(value: dict[str, Any]) -> str:
    """The source that a body names; empty where it names none, or a site's crawl."""
    named = value.get("type") or value.get("crawl_type")
    if not isinstance(named, str) or named == SITE:
        return ""
    return _SHORT.get(named, named)


def asks_default_cookie(value: dict[str, Any]) -> bool:
    """Whether the operator's cookie is meant."""
    return value.get("cookie") == DEFAULT_COOKIE


def read_crawl(value: dict[str, Any], errors: Errors, cookie: str, max_items: int) -> Wanted:
    """`cookie` is the operator's for the source (empty: there is none). What is wrong goes to
    `errors`; whether there is such a source is for the plan to say."""
    fields = Fields(value, errors)
    kind = fields.take("type", "crawl_type", default="")
    if kind == SITE:
        return _site(fields, cookie)
    source = source_of(value)
    if not source:
        fields.wrong("type", f"must be one of {', '.join([*_SHORT, SITE])}, or a source's name")
    return _search(fields, kind, source, cookie, max_items)


def _search(fields: Fields, kind: str, source: str, cookie: str, max_items: int) -> Wanted:
    query, named = _query(fields, source)
    asked: dict[str, Any] = {"name": source, "query": query}
    limit = fields.take("limit")
    most = fields.take("max_images")
    asked |= _said(limit=limit, max_images=most)
    for name in ("order", "mode"):
        chosen = fields.take(name)
        if chosen != "" and source not in _NUMBERED:
            asked |= _said(**{name: chosen})
    spec, shown = _manners(fields)
    secret, told = _cookie(fields, cookie)
    asked |= {"cookie": secret} if secret else {}
    # Searches and works are items too: what bounds a source is how much it may find.
    spec |= {"source": asked, "max_items": max_items}
    name = fields.take("name", default="")
    fields.done(lambda _: f"is not a field of a crawl of {kind}")
    written = {**fields.written, "delay_s": "delay", "proxies": "proxy_url"}
    own = {field: asked[field] for field in _SHOWN if field in asked}
    return Wanted(
        type="crawl",
        spec=spec,
        items=[],
        name=name,
        title=title_of(f"{source}: {query}"),
        written={**written, "query": named, "source.name": fields.called("type")},
        item=named,
        shown={"type": kind, "crawl_type": kind, **own, **shown, **told},
        refused=_refused if secret and told.get("cookie") == DEFAULT_COOKIE else None,
    )


def _refused(stored: Mapping[str, Any]) -> Errors:
    """The operator's cookie is shown to no proxy of a user's."""
    if not stored["proxies"] or goes_safely(stored["source"]):
        return []
    reason = "of the server's own does not go through a proxy to a source without https"
    return [field_error("cookie", reason)]


def _query(fields: Fields, source: str) -> tuple[Any, str]:
    """What is looked for, and the field that says so. The page sends numbers that mean nothing as
    0, and one as text."""
    numbers = {name: fields.take(name) for name in _IDS.values()}
    query, named = fields.take("query", default=""), _IDS.get(source, "")
    number = numbers.get(named, UNSET)
    if number in (UNSET, 0, ""):
        return query, "query"
    return (str(number) if type(number) is int else number), named


def _site(fields: Fields, cookie: str) -> Wanted:
    several = fields.take("urls")
    one, query = fields.take("url", default=""), fields.take("query", default="")
    urls = _urls(fields, one or query, several)
    given = {name: fields.take(name) for name in _OF_SITES}
    spec, shown = _manners(fields)
    spec |= {"content": "images", **_said(**given)}
    spec |= _said(max_items=fields.take("limit"))
    fields.checked("max_images", rule=_no_images_reason)
    secret, told = _cookie(fields, cookie)
    spec |= {"headers": {"Cookie": secret}} if secret else {}
    fields.drop("user_id", "illust_id", "order", "mode")
    name = fields.take("name", default="")
    fields.done(lambda _: "is not a field of a crawl of a site")
    return Wanted(
        type="crawl",
        spec=spec,
        items=urls,
        name=name,
        title=title_of(f"site: {urls[0]}" if urls else "site"),
        written={
            **fields.written,
            "delay_s": "delay",
            "proxies": "proxy_url",
            "max_items": "limit",
            "headers": "cookie",
        },
        item="urls[{}]" if several is not UNSET else "url" if one else "query",
        shown={"type": SITE, "crawl_type": SITE, "urls": urls[:100], **shown, **told},
    )


def _urls(fields: Fields, one: Any, several: Any) -> list[Any]:
    if several is UNSET:
        if one == "":
            fields.wrong("url", "is missing")
            return []
        return [one]
    if not isinstance(several, list) or len(several) > _MAX_URLS:
        fields.wrong("urls", f"must be a list of at most {_MAX_URLS:,} addresses")
        return []
    return several if one == "" else [one, *several]


def _manners(fields: Fields) -> tuple[dict[str, Any], dict[str, Any]]:
    """Pace and proxy: (for the spec, to be shown)."""
    delay = fields.checked("delay", rule=_delay_reason)
    enabled = fields.checked("proxy_enabled", rule=boolean_reason, default=False)
    proxy = fields.take("proxy_url", default="")
    spec: dict[str, Any] = {} if delay is UNSET else {"delay_s": float(delay)}
    shown = _said(delay=delay) | {"proxy_enabled": enabled}
    if not enabled:
        return spec, shown
    if proxy == "":
        fields.wrong("proxy_url", "is missing, where proxy_enabled is true")
    text = shown_proxy(proxy) if isinstance(proxy, str) else ""
    return {**spec, "proxies": [proxy]}, {**shown, "proxy_url": text}


def _cookie(fields: Fields, default: str) -> tuple[str, dict[str, Any]]:
    """(what is sent, what is shown of it)."""
    said = fields.checked("cookie", rule=_cookie_reason, default="")
    if said == DEFAULT_COOKIE:
        return default, {"cookie": DEFAULT_COOKIE}
    return said, ({"cookie": MASK} if said else {})


def _said(**given: Any) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not UNSET}


def _cookie_reason(value: Any) -> Reason:
    if (reason := text_reason(value, _MAX_COOKIE_CHARS, empty=True)) is not None:
        return reason
    return headers_reason({"cookie": value}) if value else None


def _delay_reason(value: Any) -> Reason:
    if type(value) in (int, float) and 0 <= value <= _MAX_DELAY_S:
        return None
    return f"must be a number of seconds from 0 to {_MAX_DELAY_S}"


def _no_images_reason(value: Any) -> Reason:
    if integer_reason(value, 0, _MAX_COUNT) is not None:
        return f"must be a whole number from 0 to {_MAX_COUNT}"
    return "counts in crawls of sources alone: say limit" if value else None
