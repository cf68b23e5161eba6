"""A page's AutoClick body as a scheduled task: for AutoClick's own paths, and for the new API, at
which some of its pages hand it in. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from web.dialects.batchgo.bodies import Read
from web.dialects.batchgo.legacy_bodies import read_start
from web.dialects.batchgo.modes import Modes
from web.dialects.batchgo.windows import read_offer
from web.dialects.fields import both

_OFFER = both("offer_url")


def is_offered(value: Mapping[str, Any]) -> bool:
    """Whether this is such a body: it names neither a mode nor a list of URLs."""
    return any(name in value for name in _OFFER) and "mode" not in value and "urls" not in value


def read_offered(value: Mapping[str, Any], modes: Modes) -> Read:
    """Raises Refused for what is made-up traffic, or WebError."""
    offer = read_offer(value)
    read = read_start(offer.start, "autoclick", modes)
    settings = read.wanted.settings
    told = {**settings.shown, **_shown(offer.spec)}
    asked = replace(settings, spec={**settings.spec, **offer.spec}, shown=told)
    return Read(replace(read.wanted, settings=asked), start=False, errors=read.errors)


def _shown(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What may be told of it later: a proxy may have a password."""
    headers = spec.get("headers", {})
    told = {"referer": headers["Referer"]} if headers else {}
    return told | ({"use_proxy": True} if spec.keys() & {"proxy", "proxy_pool"} else {})
