"""What a visit job may ask of its pages, beside its journeys: validated, with defaults. Pure.

Used by `executors.visit.spec`; the fields are those of `docs/journeys.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from actors.ports import PlanLimits
from actors.ports.forms import Schema
from executors.described import (
    Choice,
    Flag,
    Number,
    Shaped,
    Text,
    Whole,
    headers,
    list_of,
    object_of,
    secret,
    spec_schema,
)
from executors.headers import MAX_HEADER_BYTES, headers_reason, user_agent_reason
from executors.problems import Problem, Problems, Reason, Rule, field_problems, text_reason
from executors.proxies import proxy_reason
from executors.urls import normalize_host
from executors.visit.steps import MAX_TIMEOUT_S, MIN_TIMEOUT_S, url_reason

MAX_RETRIES = 10
MIN_JOURNEY_S = 1.0
MAX_JOURNEY_S = 3_600.0
MAX_COOKIES = 200
MAX_COOKIE_CHARS = 4_096
MIN_SIDE, MAX_WIDTH, MAX_HEIGHT = 200, 3_840, 2_160
WITHOUT_PATH = ("open", "generate", "fail")
DIALOGS = ("dismiss", "accept")
SAME_SITE = ("Strict", "Lax", "None")
# What is of use to many who are asked for these.
LOCALES = ("en-GB", "en-US", "zh-CN", "de-DE", "ja-JP")
TIMEZONES = ("UTC", "Asia/Shanghai", "Europe/London", "America/New_York")
PROXIES = ("http://user:password@host:8080", "socks5://host:1080")

DEFAULTS: Mapping[str, Any] = {
    "concurrency": 1,
    "retries": 2,
    "timeout_s": 30.0,
    "item_timeout_s": 300.0,
    "without_path": "open",
    "screenshot_each_step": False,
    "viewport": {"width": 1280, "height": 720},
    "user_agent": None,
    "locale": None,
    "timezone": None,
    "headers": {},
    "basic_auth": None,
    "cookies": [],
    "proxy": None,
    "proxy_pool": False,
    "proxy_rotation": True,
    "dialogs": "dismiss",
    "keep_session": False,
    "skip_completed": False,
    "task_indices": [],
}

_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")
# RFC 6265: what a cookie's name and value are made of, more or less as browsers take them.
_COOKIE_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}")
_COOKIE_VALUE = re.compile(r"[ -:<-~]*")


def read_options(
    spec: Mapping[str, Any], items: int, limits: PlanLimits, problems: Problems
) -> dict[str, Any]:
    """Every field, defaults filled in; what is wrong goes to `problems`."""
    for field, reason in field_problems(spec, _rules(limits), "a visit job"):
        problems.add(None, field, reason)
    for field, reason in _inner_problems(spec, limits):
        problems.add(None, field, reason)
    given = {field: value for field, value in spec.items() if value is not None}
    stored = {**DEFAULTS, **given}
    if stored["keep_session"] is True and stored["concurrency"] != 1:
        problems.add(None, "keep_session", "needs a concurrency of 1")
    if stored["proxy_pool"] is True and stored["proxy"] is not None:
        problems.add(None, "proxy_pool", "cannot be combined with a proxy of the job's own")
    if given.get("task_indices") and len(given["task_indices"]) != items:
        problems.add(None, "task_indices", "must have one number for each item")
    return stored


def form_of(limits: PlanLimits) -> Schema:
    """What may be asked of a job, as JSON Schema."""
    first = ("without_path", "concurrency", "item_timeout_s", "retries")
    return spec_schema(_rules(limits), DEFAULTS, first=first)


def _rules(limits: PlanLimits) -> dict[str, Rule]:
    cookie = {**_COOKIE, "url": _url_of_cookie(limits)}
    return {
        "concurrency": Whole(1, limits.max_concurrency),
        "retries": Whole(0, MAX_RETRIES),
        "timeout_s": Number(MIN_TIMEOUT_S, MAX_TIMEOUT_S),
        "item_timeout_s": Number(MIN_JOURNEY_S, MAX_JOURNEY_S),
        "without_path": Choice(WITHOUT_PATH),
        "screenshot_each_step": Flag(),
        "viewport": object_of(_object_reason, _VIEWPORT, tuple(_VIEWPORT)),
        "user_agent": Shaped(user_agent_reason, Text(MAX_HEADER_BYTES).schema()),
        "locale": Shaped(_locale_reason, Text(50, hints=LOCALES).schema()),
        "timezone": Shaped(_timezone_reason, Text(100, hints=TIMEZONES).schema()),
        "headers": headers(headers_reason),
        "basic_auth": object_of(_object_reason, _BASIC_AUTH, tuple(_BASIC_AUTH)),
        "cookies": list_of(_cookies_reason, cookie, MAX_COOKIES, ("name", "value")),
        "proxy": Shaped(proxy_reason, Text(MAX_COOKIE_CHARS, hints=PROXIES).schema()),
        "proxy_pool": Flag(),
        "proxy_rotation": Flag(),
        "dialogs": Choice(DIALOGS),
        "keep_session": Flag(),
        "skip_completed": Flag(),
        # The server's own: which of a desk's journeys these are.
        "task_indices": _indices_reason,
    }


def _url_of_cookie(limits: PlanLimits) -> Rule:
    most = limits.max_url_bytes
    return Shaped(lambda value: url_reason(value, most), Text(most).schema())


def _inner_problems(spec: Mapping[str, Any], limits: PlanLimits) -> list[Problem]:
    """Of the fields that are objects themselves."""
    found: list[Problem] = []
    if isinstance(viewport := spec.get("viewport"), dict):
        found += _whole(viewport, _VIEWPORT, "a viewport", "viewport.")
    if isinstance(basic_auth := spec.get("basic_auth"), dict):
        found += _whole(basic_auth, _BASIC_AUTH, "basic_auth", "basic_auth.")
    cookies = spec.get("cookies")
    for place, cookie in enumerate(cookies if isinstance(cookies, list) else ()):
        if isinstance(cookie, dict) and place < MAX_COOKIES:
            found += _cookie_problems(cookie, f"cookies[{place}].", limits)
    return found


def _whole(raw: dict[str, Any], rules: Mapping[str, Rule], what: str, where: str) -> list[Problem]:
    """Of an object that needs each of its fields."""
    missing = [(f"{where}{field}", "is missing") for field in rules if raw.get(field) is None]
    return missing + field_problems(raw, rules, what, where)


def _cookie_problems(cookie: dict[str, Any], where: str, limits: PlanLimits) -> list[Problem]:
    rules = {**_COOKIE, "url": _url_of_cookie(limits)}
    found = field_problems(cookie, rules, "a cookie", where)
    found += [
        (f"{where}{field}", "is missing")
        for field in ("name", "value")
        if cookie.get(field) is None
    ]
    if (cookie.get("url") is None) == (cookie.get("domain") is None):
        found.append((f"{where}domain", "or url is needed, and not both"))
    if cookie.get("url") is not None and cookie.get("path") is not None:
        found.append((f"{where}path", "goes with a domain; a url has its own"))
    return found


def _object_reason(value: Any) -> Reason:
    return None if isinstance(value, dict) else "must be an object"


def _matching(value: Any, pattern: re.Pattern[str], reason: str) -> Reason:
    return None if isinstance(value, str) and pattern.fullmatch(value) else reason


def _locale_reason(value: Any) -> Reason:
    return _matching(value, _LOCALE, "must be a language tag, such as en-GB or zh-CN")


def _timezone_reason(value: Any) -> Reason:
    try:
        ZoneInfo(value)
    except (LookupError, OSError, TypeError, ValueError):
        return "must be a time zone of the IANA list, such as Asia/Shanghai"
    return None


def _user_name_reason(value: Any) -> Reason:
    if (reason := text_reason(value, MAX_COOKIE_CHARS)) is not None:
        return reason
    return "must have no colon" if ":" in value else None


def _cookies_reason(value: Any) -> Reason:
    if not isinstance(value, list) or not all(isinstance(cookie, dict) for cookie in value):
        return "must be a list of cookies, which are objects"
    return f"must not hold more than {MAX_COOKIES}" if len(value) > MAX_COOKIES else None


def _cookie_value_reason(value: Any) -> Reason:
    if isinstance(value, str) and len(value) <= MAX_COOKIE_CHARS and _COOKIE_VALUE.fullmatch(value):
        return None
    return f"must be up to {MAX_COOKIE_CHARS} visible ASCII characters without semicolons"


def _domain_reason(value: Any) -> Reason:
    try:
        normalize_host(value.removeprefix("."))
    except (AttributeError, ValueError):
        return "must be the name of a host"
    return None


def _path_reason(value: Any) -> Reason:
    if (reason := text_reason(value, MAX_COOKIE_CHARS)) is not None:
        return reason
    return None if value.startswith("/") else "must begin with /"


def _indices_reason(value: Any) -> Reason:
    sound = isinstance(value, list) and all(type(each) is int and each >= 0 for each in value)
    return None if sound else "must be a list of whole numbers"


_VIEWPORT: Mapping[str, Rule] = {
    "width": Whole(MIN_SIDE, MAX_WIDTH, "pixels"),
    "height": Whole(MIN_SIDE, MAX_HEIGHT, "pixels"),
}
_BASIC_AUTH: Mapping[str, Rule] = {
    "username": Shaped(_user_name_reason, Text(MAX_COOKIE_CHARS).schema()),
    "password": secret(Text(MAX_COOKIE_CHARS, empty=True)),
}
_COOKIE: Mapping[str, Rule] = {
    "name": Shaped(
        lambda value: _matching(value, _COOKIE_NAME, "must be the name of a cookie"),
        Text(256).schema(),
    ),
    "value": Shaped(
        _cookie_value_reason, {**Text(MAX_COOKIE_CHARS, empty=True).schema(), "writeOnly": True}
    ),
    "domain": Shaped(_domain_reason, Text(253).schema()),
    "path": Shaped(_path_reason, Text(MAX_COOKIE_CHARS).schema()),
    "secure": Flag(),
    "http_only": Flag(),
    "same_site": Choice(SAME_SITE),
    "expires": Number(0.0, 253_402_300_799.0, "seconds since 1970"),
}
