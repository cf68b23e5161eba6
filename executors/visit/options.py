"""What a visit job may ask of its pages, beside its journeys: validated, with defaults. Pure.

Used by `executors.visit.spec`; the fields are those of `docs/journeys.md`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from actors.ports import PlanLimits
from executors.headers import headers_reason, user_agent_reason
from executors.problems import (
    Problem,
    Problems,
    Reason,
    Rule,
    boolean_reason,
    choice_reason,
    field_problems,
    integer_reason,
    number_reason,
    text_reason,
)
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


def _rules(limits: PlanLimits) -> dict[str, Rule]:
    return {
        "concurrency": lambda value: integer_reason(value, 1, limits.max_concurrency),
        "retries": lambda value: integer_reason(value, 0, MAX_RETRIES),
        "timeout_s": lambda value: number_reason(value, MIN_TIMEOUT_S, MAX_TIMEOUT_S, "seconds"),
        "item_timeout_s": lambda value: number_reason(
            value, MIN_JOURNEY_S, MAX_JOURNEY_S, "seconds"
        ),
        "without_path": lambda value: choice_reason(value, WITHOUT_PATH),
        "screenshot_each_step": boolean_reason,
        "viewport": _object_reason,
        "user_agent": user_agent_reason,
        "locale": _locale_reason,
        "timezone": _timezone_reason,
        "headers": headers_reason,
        "basic_auth": _object_reason,
        "cookies": _cookies_reason,
        "proxy": proxy_reason,
        "proxy_pool": boolean_reason,
        "proxy_rotation": boolean_reason,
        "dialogs": lambda value: choice_reason(value, DIALOGS),
        "keep_session": boolean_reason,
        "skip_completed": boolean_reason,
        "task_indices": _indices_reason,
    }


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
    rules = {**_COOKIE, "url": lambda value: url_reason(value, limits.max_url_bytes)}
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


_VIEWPORT: Mapping[str, Rule] = {
    "width": lambda value: integer_reason(value, MIN_SIDE, MAX_WIDTH),
    "height": lambda value: integer_reason(value, MIN_SIDE, MAX_HEIGHT),
}
_BASIC_AUTH: Mapping[str, Rule] = {
    "username": lambda value: _user_name_reason(value),
    "password": lambda value: text_reason(value, MAX_COOKIE_CHARS, empty=True),
}
_COOKIE: Mapping[str, Rule] = {
    "name": lambda value: _matching(value, _COOKIE_NAME, "must be the name of a cookie"),
    "value": lambda value: _cookie_value_reason(value),
    "domain": lambda value: _domain_reason(value),
    "path": lambda value: _path_reason(value),
    "secure": boolean_reason,
    "http_only": boolean_reason,
    "same_site": lambda value: choice_reason(value, SAME_SITE),
    "expires": lambda value: number_reason(value, 0.0, 253_402_300_799.0, "seconds since 1970"),
}


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
