"""A visit job and its items as their plan stored them, secrets filled in. Read by `visit.run`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Raw, Struct

from actors.ports import PageOptions
from actors.ports.proxies import PoolBrief
from executors.urls import parse_url
from executors.visit.headers import split

# A shorter one is a choice (`consent=yes`) and no secret: its word must not vanish from results.
MIN_COOKIE_CHARS = 8
# The fields of a cookie, and what Playwright calls them.
_BROWSER_NAMES = {
    "name": "name",
    "value": "value",
    "domain": "domain",
    "path": "path",
    "url": "url",
    "expires": "expires",
    "secure": "secure",
    "http_only": "httpOnly",
    "same_site": "sameSite",
}


class Viewport(Struct, frozen=True):
    width: int
    height: int


class BasicAuth(Struct, frozen=True):
    username: str
    password: str


class VisitOptions(Struct, frozen=True, kw_only=True):
    """The fields of `executors.visit.options`, but those that the host sees to."""

    timeout_s: float
    item_timeout_s: float
    without_path: str
    screenshot_each_step: bool
    viewport: Viewport
    user_agent: str | None
    locale: str | None
    timezone: str | None
    headers: dict[str, str]
    basic_auth: BasicAuth | None
    cookies: list[dict[str, Any]]
    proxy: str | None
    proxy_pool: bool = False
    proxy_rotation: bool = True
    dialogs: str
    keep_session: bool
    skip_completed: bool
    max_url_bytes: int
    pool: PoolBrief | None = None
    item_secrets: dict[str, str] = {}

    def page(self, url: str, storage: Mapping[str, Any] | None) -> PageOptions:
        """How the page of a journey that begins at `url` is made. Secret headers are not among its
        headers, which go everywhere: see `visit.headers`."""
        auth = self.basic_auth
        return PageOptions(
            width=self.viewport.width,
            height=self.viewport.height,
            user_agent=self.user_agent,
            locale=self.locale,
            timezone=self.timezone,
            headers=split(self.headers)[0],
            basic_auth=None if auth is None else (auth.username, auth.password),
            origin=None if auth is None else parse_url(url).origin,
            storage=storage,
            proxy=self.proxy,
        )

    def own_headers(self) -> dict[str, str]:
        """What only the journey's own origins are sent."""
        return split(self.headers)[1]

    def browser_cookies(self) -> list[Any]:
        """As Playwright takes them."""
        return [_cookie(cookie) for cookie in self.cookies]

    def secrets(self) -> list[str]:
        """Values that must not be told. Those of the items are theirs."""
        cookies = (each["value"] for each in self.cookies)
        found = [text for text in cookies if len(text) >= MIN_COOKIE_CHARS]
        found += split(self.headers)[1].values()
        if self.basic_auth is not None:
            found.append(self.basic_auth.password)
        if self.proxy is not None and (password := urlsplit(self.proxy).password):
            found += [password, unquote(password)]
        return found


class Item(Struct, frozen=True, kw_only=True):
    """One journey. Its secret values are filled in."""

    url: str
    name: str | None = None
    id: str | None = None
    path: tuple[dict[str, Any], ...] | None = None
    not_before: float | None = None
    expires_at: float | None = None
    completed: bool = False

    @property
    def facts(self) -> dict[str, Any]:
        """Who it is, for its result."""
        named = {"name": self.name, "id": self.id}
        return {"url": self.url, **{key: text for key, text in named.items() if text is not None}}

    @property
    def secrets(self) -> list[str]:
        return [step["value"] for step in self.path or () if step.get("secret")]

    @property
    def urls(self) -> list[str]:
        """The addresses that the user wrote in it."""
        return [self.url, *(step["url"] for step in self.path or () if step["do"] == "goto")]

    def steps(self) -> list[dict[str, Any]]:
        """Its path, with the address opened first where the path does not open one itself."""
        opening = {"do": "goto", "url": self.url}
        if self.path is None:
            return [opening, {"do": "screenshot"}]
        return [*([] if self.path[0]["do"] == "goto" else [opening]), *self.path]


def read_item(payload: Raw, secrets: dict[str, str]) -> Item:
    """The item behind its stored form."""
    stored = msgspec.json.decode(payload)
    if isinstance(stored, str):
        return Item(url=stored)
    item = msgspec.convert(stored, Item)
    if item.path is None:
        return item
    return msgspec.structs.replace(item, path=tuple(_filled(step, secrets) for step in item.path))


def _filled(step: dict[str, Any], secrets: dict[str, str]) -> dict[str, Any]:
    match step.get("value"):
        case {"secret": str(name)}:
            return {**step, "value": secrets[name]}
        case _:
            return step


def _cookie(stored: dict[str, Any]) -> dict[str, Any]:
    theirs = {_BROWSER_NAMES[name]: value for name, value in stored.items() if value is not None}
    if "domain" in theirs:
        theirs.setdefault("path", "/")
    return theirs
