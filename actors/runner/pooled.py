"""The proxies of its desk, for a job that asks for them. Called by `actors.runner.runner`.

A spec with `proxy_pool` is given them as `pool` on its way to a worker, and so is the one that a
job of tabs goes on with where no tab comes. What is kept of the job holds neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from actors.ports import DeskKey
from actors.ports.proxies import PoolBrief, PooledProxy, scope_of
from state.proxies import PoolProxy

FIELD = "proxy_pool"
FAILOVER = "failover"


def draws_on_pool(spec: Mapping[str, Any]) -> bool:
    within = spec.get(FAILOVER)
    return spec.get(FIELD) is True or (isinstance(within, dict) and draws_on_pool(within))


def with_pool(
    spec: dict[str, Any], desk: DeskKey, proxies: Sequence[PoolProxy], kept: Mapping[str, str]
) -> dict[str, Any]:
    """The spec with the desk's proxies; `kept` are the whole addresses of those that have secrets.
    One whose secret is lost is left out."""
    whole = [PooledProxy(each.key, kept.get(each.secret, "")) for each in proxies if each.secret]
    plain = [PooledProxy(each.key, each.address) for each in proxies if not each.secret]
    by_key = {each.key: each for each in (*whole, *plain) if each.url}
    told = tuple(by_key[each.key] for each in proxies if each.key in by_key)
    return _filled(spec, msgspec.to_builtins(PoolBrief(scope_of(desk), told)))


def _filled(spec: dict[str, Any], pool: dict[str, Any]) -> dict[str, Any]:
    within = spec.get(FAILOVER)
    if isinstance(within, dict):
        spec = {**spec, FAILOVER: _filled(within, pool)}
    return {**spec, "pool": pool} if spec.get(FIELD) is True else spec


def to_be_hushed(addresses: Iterable[str]) -> list[str]:
    """What of whole addresses must not be told: they themselves, and each password in both its
    spellings."""
    found: list[str] = []
    for address in addresses:
        found.append(address)
        password = urlsplit(address).password
        if password:
            found += [password, unquote(password)]
    return found
