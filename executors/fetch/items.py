"""Validates the items of a fetch job: 100,000 of them in under a second.

Called by `executors.fetch.spec.FetchSpec.plan`. A plain address is stored as the JSON string it
came as; an object is stored with its known fields only, secrets replaced by names.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Raw

from actors.ports.forms import Schema
from executors.described import Choice, Shaped, address, headers, text_or
from executors.headers import headers_reason, is_secret
from executors.problems import BadItem, Rule
from executors.secrets import SecretNames
from executors.urls import Url, parse_url
from state.model import InputItem

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_FIELDS = frozenset({"url", "method", "headers", "body"})

# No character of these needs escaping in JSON.
_PLAIN_JSON = re.compile(r"[!#-\[\]-~]*")


def item_schema(max_url_bytes: int) -> Schema:
    """An item, as a form has it."""
    url = address(max_url_bytes)
    fields: dict[str, Rule] = {
        "url": Shaped(lambda _: None, url),
        "method": Choice(METHODS),
        "headers": headers(headers_reason),
        "body": Shaped(_body_reason, {"type": "string", "format": "area"}),
    }
    return text_or(url, fields, ("url",))


class ItemReader:
    """Turns what the user sent into stored items. `secrets` collects what they may not hold."""

    def __init__(self, max_url_bytes: int, secrets: SecretNames) -> None:
        self._max_url_bytes = max_url_bytes
        self._secrets = secrets

    def read(self, raw: Any) -> InputItem:
        """One item as it is stored, keyed by its origin. Raises BadItem."""
        if type(raw) is str:
            text, url = self._url(raw)
            if _PLAIN_JSON.fullmatch(text) is not None:
                return InputItem(Raw(b'"%b"' % text.encode("ascii")), url.origin)
            return InputItem(Raw(msgspec.json.encode(text)), url.origin)
        if not isinstance(raw, dict):
            raise BadItem((None, "must be a URL or an object with a url"))
        return self._read_object(raw)

    def _read_object(self, raw: dict[str, Any]) -> InputItem:
        problems = [(key, "is not a field of an item") for key in raw if key not in _FIELDS]
        problems += _field_problems(raw)
        try:
            text, url = self._url(raw.get("url"))
        except BadItem as error:
            raise BadItem(*error.problems, *problems) from None
        if problems:
            raise BadItem(*problems)
        stored: dict[str, Any] = {"url": text, "method": raw.get("method", "GET")}
        if raw.get("headers"):
            stored["headers"] = self._hidden(raw["headers"])
        if raw.get("body") is not None:
            stored["body"] = raw["body"]
        return InputItem(Raw(msgspec.json.encode(stored)), url.origin)

    def _url(self, value: Any) -> tuple[str, Url]:
        if not isinstance(value, str):
            raise BadItem(("url", "must be text"))
        text = value.strip()
        try:
            url = parse_url(text)
        except ValueError as error:
            raise BadItem(("url", str(error))) from None
        if len(text if text.isascii() else text.encode()) > self._max_url_bytes:
            raise BadItem(("url", f"is longer than {self._max_url_bytes} bytes"))
        return text, url

    def _hidden(self, headers: dict[str, str]) -> dict[str, Any]:
        try:
            return {
                name: self._secrets.hide_for_items(value) if is_secret(name) else value
                for name, value in headers.items()
            }
        except ValueError as error:
            raise BadItem(("headers", str(error))) from None


def _field_problems(raw: dict[str, Any]) -> list[tuple[str, str]]:
    reasons = {
        "method": _method_reason(raw.get("method", "GET")),
        "headers": headers_reason(raw["headers"]) if raw.get("headers") is not None else None,
        "body": _body_reason(raw.get("body")),
    }
    return [(field, reason) for field, reason in reasons.items() if reason is not None]


def _method_reason(value: Any) -> str | None:
    if isinstance(value, str) and value in METHODS:
        return None
    return f"must be one of {', '.join(METHODS)}"


def _body_reason(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        return "must be text"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "contains half a surrogate pair, which has no UTF-8 form"
    return None


def describe_item(item: Raw) -> dict[str, Any]:
    """The url of a stored item, as the user gave it."""
    decoded = msgspec.json.decode(item)
    return {"url": decoded if isinstance(decoded, str) else decoded["url"]}
