"""What `submit visit` may say of its journeys, as flags, and the spec that the server gets from it.

Passwords and cookies are read from files, or from the environment: others on the machine see a
command line.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from nightdesk.cli.source import read_headers, read_text
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words

# How exports of browsers spell the fields of a cookie, where it is not our way.
_COOKIE_FIELDS = {"httpOnly": "http_only", "sameSite": "same_site"}


@dataclass(frozen=True, kw_only=True)
class VisitOptions:
    """Flags that are not given are left to the file's `spec`, then to the server's defaults."""

    concurrency: int | None = None
    """Journeys at once."""
    timeout: float | None = None
    """Seconds that one step may take."""
    item_timeout: float | None = None
    """Seconds that a whole journey may take."""
    retries: int | None = None
    """Further attempts where the first page could not be reached."""
    generate: Annotated[bool, Parameter(negative="")] = False
    """Find a path for journeys without one (else: their page is opened, with a screenshot)."""
    screenshot_each_step: bool | None = None
    """Whether to take a screenshot after each step."""
    viewport: str | None = None
    """Size of the window, as WIDTHxHEIGHT."""
    user_agent: str | None = None
    """The whole User-Agent header."""
    locale: str | None = None
    """Language of the browser, such as zh-CN."""
    timezone: str | None = None
    """Time zone of the browser, such as Asia/Shanghai."""
    header: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    """`Name: value` sent with every request; repeatable."""
    basic_auth: Annotated[
        str | None, Parameter(env_var="NIGHTDESK_BASIC_AUTH", show_default=False)
    ] = None
    """USER:PASSWORD for sites that ask for it, or @FILE that holds it (others on the machine see a
    command line; the variable and the file they do not)."""
    cookies: str | None = None
    """File of cookies: a JSON list, or the storage state that Playwright saves."""
    proxy: str | None = None
    """Address of an HTTP or SOCKS5 proxy."""
    proxy_pool: bool | None = None
    """Whether to draw on the desk's proxies and the server's; not together with --proxy."""
    proxy_rotation: bool | None = None
    """Whether to take those in turn, journey by journey."""
    dialogs: Literal["dismiss", "accept"] | None = None
    """What is answered to a page's dialogs."""
    keep_session: bool | None = None
    """Whether cookies and storage are handed on from journey to journey."""
    skip_completed: bool | None = None
    """Whether to skip journeys that the file calls completed."""

    def spec(self, words: Words) -> dict[str, Any]:
        """Raises UsageError."""
        given = {
            "concurrency": self.concurrency,
            "timeout_s": self.timeout,
            "item_timeout_s": self.item_timeout,
            "retries": self.retries,
            "without_path": "generate" if self.generate else None,
            "screenshot_each_step": self.screenshot_each_step,
            "viewport": None if self.viewport is None else _viewport(self.viewport, words),
            "user_agent": self.user_agent,
            "locale": self.locale,
            "timezone": self.timezone,
            "headers": read_headers(self.header, words) or None,
            "basic_auth": None if self.basic_auth is None else _account(self.basic_auth, words),
            "cookies": None if self.cookies is None else _cookies(self.cookies, words),
            "proxy": self.proxy,
            "proxy_pool": self.proxy_pool,
            "proxy_rotation": self.proxy_rotation,
            "dialogs": self.dialogs,
            "keep_session": self.keep_session,
            "skip_completed": self.skip_completed,
        }
        return {field: value for field, value in given.items() if value is not None}


def _viewport(text: str, words: Words) -> dict[str, int]:
    match = re.fullmatch(r"([0-9]{1,6})[xX×]([0-9]{1,6})", text)
    if match is None:
        raise UsageError(words("bad_viewport"))
    return {"width": int(match[1]), "height": int(match[2])}


def _account(given: str, words: Words) -> dict[str, str]:
    text = read_text(given[1:], words).rstrip("\r\n") if given.startswith("@") else given
    username, colon, password = text.partition(":")
    if not colon or not username:
        # Not quoted: it may be a password that lost its user.
        raise UsageError(words("bad_basic_auth"))
    return {"username": username, "password": password}


def _cookies(source: str, words: Words) -> list[dict[str, Any]]:
    """Nothing of the file is quoted: a cookie is a key."""
    try:
        found = json.loads(read_text(source, words))
    except ValueError:
        raise UsageError(words("bad_cookies", path=source)) from None
    listed = found.get("cookies") if isinstance(found, dict) else found
    if not isinstance(listed, list) or not all(isinstance(cookie, dict) for cookie in listed):
        raise UsageError(words("bad_cookies", path=source))
    return [_cookie(cookie) for cookie in listed]


def _cookie(cookie: dict[str, Any]) -> dict[str, Any]:
    """In our spelling. Browsers write -1 for a cookie that ends with the session."""
    spelled = {_COOKIE_FIELDS.get(field, field): value for field, value in cookie.items()}
    return {
        field: value
        for field, value in spelled.items()
        if not (field == "expires" and value in (-1, None))
    }
