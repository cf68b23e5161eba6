"""What older pages ask about the service: which modes there are, and what proxies must be. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from actors.rules.change import PlanTier
from web.dialects.languages import Language, Text
from web.prices import Prices


class _Version(Struct, frozen=True):
    """One mode, as pages present it."""

    name: Text
    description: Text
    features: tuple[Text, ...]


_VERSIONS: Mapping[str, tuple[str, _Version]] = {
    "basic": (
        "basic",
        _Version(
            Text("初级版", "Basic"),
            Text("由您自己的浏览器标签页逐个打开网址", "Your own open tab opens the addresses"),
            (
                Text("多个标签页可同时工作", "Several tabs at once"),
                Text("标签页关闭后从原处继续", "Goes on where a closed tab has left it"),
            ),
        ),
    ),
    "silent": (
        "silent",
        _Version(
            Text("高级版", "Silent"),
            Text("由服务器并发访问网址", "The server asks for the addresses, several at once"),
            (
                Text("代理轮换与自动重试", "Proxies in turn, retries"),
                Text("失败部分可单独重试", "Only what failed is done again"),
            ),
        ),
    ),
    "automated": (
        "autoclick",
        _Version(
            Text("自动化版", "Automated"),
            Text("按时间窗口和间隔定时访问", "Visits at set times, by window and interval"),
            (
                Text("工作日、节假日与时区", "Work days, holidays, time zones"),
                Text("服务器端浏览器", "Server-side browser"),
            ),
        ),
    ),
}


def versions(
    tier: PlanTier, prices: Prices, *, max_items: int, max_concurrency: int, language: Language
) -> dict[str, Any]:
    """The modes by the names that pages have for them, with what the desk's plan allows."""
    urls = _least(tier.max_items, max_items)
    concurrency = _least(tier.max_concurrency, max_concurrency)
    return {
        name: {
            "available": True,
            "name": version.name.told(language),
            "description": version.description.told(language),
            "maxUrls": urls,
            "maxConcurrent": concurrency,
            "tokensPerUrl": prices.price_of(feature, 1),
            "features": [text.told(language) for text in version.features],
        }
        for name, (feature, version) in _VERSIONS.items()
    }


def _least(limit: int | None, server: int) -> int:
    return server if limit is None else min(limit, server)


def validation_config(timeout_s: float) -> dict[str, Any]:
    """How a proxy is checked before a start. `enabled` has pages ask for the check, by which the
    proxies of a list get into the desk's pool."""
    return {
        "enabled": True,
        "timeout": int(timeout_s * 1_000),
        "schemes": ["http", "https", "socks5", "socks5h"],
    }
