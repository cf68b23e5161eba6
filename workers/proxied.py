"""How the pools' proxies fare, as all workers have told: the `ProxyView` of `actors.ports.proxies`.

Made by `workers.pool`, outlives the workers; their lines note what they tell. In memory only: after
a restart of the server every proxy starts anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

from actors.ports.proxies import ProxyUse
from workers.protocol import ProxyNews

# Desks whose proxies are remembered; the least recently told of are forgotten.
MAX_SCOPES = 10_000
# Proxies of one that are: a desk's pool and those that it had before.
MAX_KEYS = 20_000


class ProxyBoard:
    """`server_proxies` is how many the server's own pool has; `now` the wall clock."""

    def __init__(self, server_proxies: int, now: Callable[[], float]) -> None:
        self._server_proxies = server_proxies
        self._now = now
        # By scope and key, least recently told first. Written by `note`.
        self._uses: OrderedDict[str, OrderedDict[str, ProxyUse]] = OrderedDict()

    @property
    def server_proxies(self) -> int:
        return self._server_proxies

    def note(self, news: ProxyNews) -> None:
        """What a worker tells. Each knows only what it has tried itself: the newest word on a
        bench counts."""
        for scope, key, ok, failed, benched_s in news.told:
            uses = self._uses.setdefault(scope, OrderedDict())
            before = uses.get(key, ProxyUse())
            until = self._now() + benched_s if benched_s > 0 else None
            uses[key] = ProxyUse(before.ok + ok, before.failed + failed, until)
            uses.move_to_end(key)
            self._uses.move_to_end(scope)
            if len(uses) > MAX_KEYS:
                uses.popitem(last=False)
        while len(self._uses) > MAX_SCOPES:
            self._uses.popitem(last=False)

    def proxies_of(self, scope: str) -> Mapping[str, ProxyUse]:
        now = self._now()
        return {
            key: use
            if use.benched_until is None or use.benched_until > now
            else ProxyUse(use.ok, use.failed)
            for key, use in self._uses.get(scope, {}).items()
        }
