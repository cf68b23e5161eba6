"""The settings of mode `silent`: kind `fetch`, or `visit` where a browser is asked for. Pure."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from executors import pools
from executors.headers import headers_reason, is_secret
from executors.pools import normalized
from executors.problems import Reason, boolean_reason, choice_reason
from executors.proxies import shown
from web.dialects.batchgo.wanted import Settings
from web.dialects.fields import Fields, both

# Those of the contract's own example.
DEFAULT_CONCURRENCY = 5
DEFAULT_TIMEOUT_S = 30
DEFAULT_RETRIES = 3

FEATURE = "silent"
MASK = "***"

# The fields of the two kinds' specs -> the contract's names.
_NAMES = {
    "concurrency": "concurrency",
    "timeout_s": "timeout",
    "retries": "retry_count",
    "user_agent": "user_agent",
    "headers": "headers",
    "proxies": "proxy_url",
    "proxy": "proxy_url",
    "proxy_rotation": "proxy_rotation",
    "extract": "extract",
}

_HTTP, _BROWSER = "http", "browser"
# The contract's word, the clients' word -> ours.
_ACCESS = {"http": _HTTP, "browser": _BROWSER, "puppeteer": _BROWSER}


def silent_settings(fields: Fields) -> Settings:
    """Take what a silent task knows; faults go to the errors of `fields`."""
    mode = fields.checked(
        *both("access_mode"), rule=lambda value: choice_reason(value, tuple(_ACCESS)), default=_HTTP
    )
    access = _ACCESS[mode]
    common = {
        "concurrency": fields.take("concurrency", default=DEFAULT_CONCURRENCY),
        "timeout_s": fields.take("timeout", default=DEFAULT_TIMEOUT_S),
        "retries": fields.take(*both("retry_count"), default=DEFAULT_RETRIES),
        "user_agent": fields.take(*both("user_agent"), default=None),
        "headers": _headers(fields),
    }
    proxy = _Proxy(fields)
    extract = fields.take("extract", default=None)
    if access == _BROWSER:
        if extract is not None:
            fields.wrong("extract", "is for the access mode http")
        spec = {**common, **proxy.of_visit()}
    else:
        spec = {**common, **proxy.of_fetch(), "extract": extract}
    return Settings(
        mode="silent",
        feature=FEATURE,
        price=FEATURE if access == _HTTP else "browser",
        kind="fetch" if access == _HTTP else "visit",
        spec={name: value for name, value in spec.items() if value is not None},
        shown=_shown(access, spec, proxy),
        written={ours: fields.called(name) for ours, name in _NAMES.items()}
        | {"proxy_pool": fields.called("proxy_url" if proxy.is_list else "use_proxy")},
    )


def _headers(fields: Fields) -> Any:
    """Those that were given, and the referer, which is a header like any other."""
    headers = fields.take("headers", default={})
    referer = fields.checked(*both("custom_referer"), rule=_referer_reason, default="")
    if not isinstance(headers, dict) or referer == "":
        return headers
    if any(name.lower() == "referer" for name in headers):
        fields.wrong("custom_referer", "the headers have a referer already")
        return headers
    return {**headers, "Referer": referer}


def _referer_reason(value: object) -> Reason:
    """Told here and not with the headers, which the client may not have written."""
    return headers_reason({"Referer": value})


class _Proxy:
    """Which way the requests of a task go. Read once; nobody writes it afterwards.

    `proxy_url` is a proxy, or the address of a list of them: what such a list held when it was
    checked is in the desk's pool, which is then drawn from.
    """

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self.wanted = fields.checked(*both("use_proxy"), rule=boolean_reason, default=False)
        self.rotates = fields.checked(*both("proxy_rotation"), rule=boolean_reason, default=False)
        given = fields.take(*both("proxy_url"), default="")
        self.address: str | None = None
        self.is_list = False
        if given != "":
            self._read(given)
        self.from_pool = self.is_list or (self.wanted and self.address is None)

    def _read(self, given: Any) -> None:
        if is_proxy(given):
            self.address = normalized(given)
        elif is_list_address(given):
            self.is_list = True
        else:
            self._fields.wrong("proxy_url", "is neither a proxy nor the address of a list of them")

    def of_fetch(self) -> dict[str, Any]:
        return {"proxies": [self.address]} if self.address is not None else self._of_pool()

    def of_visit(self) -> dict[str, Any]:
        return {"proxy": self.address} if self.address is not None else self._of_pool()

    def _of_pool(self) -> dict[str, Any]:
        return {"proxy_pool": True, "proxy_rotation": self.rotates} if self.from_pool else {}


def is_proxy(text: object) -> bool:
    """Whether this is a proxy, as `proxy-url-validate` takes it too, and no list of them: lists are
    named without a port."""
    return isinstance(text, str) and pools.is_proxy(text)


def is_list_address(text: object) -> bool:
    """Whether proxies could be read from that address."""
    if not isinstance(text, str):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _shown(access: str, spec: dict[str, Any], proxy: _Proxy) -> dict[str, Any]:
    told: dict[str, Any] = {
        "concurrency": spec["concurrency"],
        "timeout": spec["timeout_s"],
        "retry_count": spec["retries"],
        "use_proxy": proxy.wanted or proxy.address is not None or proxy.from_pool,
        "proxy_rotation": proxy.rotates,
        "access_mode": access,
    }
    if spec["user_agent"] is not None:
        told["user_agent"] = spec["user_agent"]
    if isinstance(spec["headers"], dict) and spec["headers"]:
        told["headers"] = {
            name: MASK if is_secret(name) else value for name, value in spec["headers"].items()
        }
    if proxy.address is not None:
        told["proxy_url"] = shown(proxy.address)
    if spec.get("extract") is not None:
        told["extract"] = spec["extract"]
    return told
