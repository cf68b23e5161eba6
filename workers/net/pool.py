"""The proxies that jobs share, and how they fare: the `ProxyPool` of `actors.ports.proxies`.

One `ProxyBook` in each worker that draws on pools, whose HTTP client or browser hands out views of
it. A proxy that
fails is benched for 30 s, then twice as long each time, at most half an hour. When its time is over
one request tries it; the others pass it over until that is answered. Health is kept by desk (its
`scope`): nobody's failures bench another's proxies, the server's own apart.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import trio
from msgspec import Struct

from actors.ports.proxies import SERVER, PoolBrief, PooledProxy, PoolEmpty
from workers.protocol import ProxyNews
from workers.wake import Wake

BENCH_S = 30.0
BENCH_MAX_S = 1_800.0
# How long a proxy that comes back is passed over by all but the request that tries it.
TRIAL_S = 20.0
MAX_KNOWN = 20_000
NEWS_INTERVAL_S = 1.0


class Place(NamedTuple):
    """Whose proxy, and which."""

    scope: str
    key: str


class Health(Struct):
    """How a proxy fares. Written by `ProxyBook` only. `ok` and `failed` are those not told yet."""

    ok: int = 0
    failed: int = 0
    streak: int = 0
    benched_until: float = 0.0
    on_trial: bool = False


class ProxyBook:
    """Every proxy that was used here; the least recently used are forgotten."""

    def __init__(self, server: Sequence[str] = ()) -> None:
        # Its own addresses hold credentials: they are called by their places in the list.
        self._server = tuple(PooledProxy(str(at), url) for at, url in enumerate(server))
        # Least recently used first. Written by the tasks of items, without an await between.
        self._known: OrderedDict[Place, Health] = OrderedDict()
        # Whose health has changed since it was told; emptied by `take_news`.
        self._changed: set[Place] = set()
        self.news = Wake()

    def of_job(self, brief: PoolBrief | None, *, rotate: bool) -> JobPool:
        """The pool of one job: its desk's proxies, then the server's."""
        desks = () if brief is None else brief.proxies
        scope = "" if brief is None else brief.scope
        entries = [(Place(scope, each.key), each) for each in desks]
        entries += [(Place(SERVER, each.key), each) for each in self._server]
        return JobPool(self, entries, rotate=rotate)

    def take_news(self) -> ProxyNews | None:
        """What has changed since the last call; None where nothing has."""
        changed, self._changed = self._changed, set()
        now, told = trio.current_time(), []
        for place in changed:
            if (health := self._known.get(place)) is None:
                continue
            benched_s = max(0.0, health.benched_until - now) if not health.on_trial else 0.0
            told.append((place.scope, place.key, health.ok, health.failed, benched_s))
            health.ok = health.failed = 0
        return ProxyNews(tuple(told)) if told else None

    async def tell_news(self, tell: Callable[[ProxyNews], None]) -> None:
        """What has changed, once a second where there is something new, for ever."""
        while True:
            await self.news.wait()
            if (news := self.take_news()) is not None:
                tell(news)
            await trio.sleep(NEWS_INTERVAL_S)

    def benched_until(self, place: Place) -> float:
        health = self._known.get(place)
        return 0.0 if health is None else health.benched_until

    def take_up(self, place: Place, now: float) -> None:
        """A request goes through it: the only one for a while, where it comes from the bench."""
        health = self._health(place)
        if health.streak:
            health.on_trial, health.benched_until = True, now + TRIAL_S

    def worked(self, place: Place) -> None:
        health = self._health(place)
        health.ok += 1
        health.streak, health.benched_until, health.on_trial = 0, 0.0, False
        self._tell(place)

    def failed(self, place: Place, now: float) -> float | None:
        """Bench it; for how long. None where it is on its bench already: what fails meanwhile was
        on its way before, and is of one and the same."""
        health = self._health(place)
        health.failed += 1
        self._tell(place)
        if health.benched_until > now and not health.on_trial:
            return None
        bench_s = min(BENCH_S * 2.0 ** min(health.streak, 16), BENCH_MAX_S)
        health.streak += 1
        health.on_trial, health.benched_until = False, now + bench_s
        return bench_s

    def _health(self, place: Place) -> Health:
        health = self._known.get(place)
        if health is None:
            health = self._known[place] = Health()
            if len(self._known) > MAX_KNOWN:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(place)
        return health

    def _tell(self, place: Place) -> None:
        self._changed.add(place)
        self.news.set()


class JobPool:
    """See ProxyPool."""

    def __init__(
        self, book: ProxyBook, entries: Sequence[tuple[Place, PooledProxy]], *, rotate: bool
    ) -> None:
        self._book = book
        self._entries = entries
        self._places = {each.key: place for place, each in entries}
        self._rotate = rotate
        # Written by the tasks of items: whose turn it is, and since when nothing is to be had.
        self._next = 0
        self._barren_since: float | None = None

    def choose(self, passed_over: Collection[str] = ()) -> PooledProxy:
        now = trio.current_time()
        count = len(self._entries)
        start = self._next if self._rotate else 0
        for at in ((start + step) % count for step in range(count)):
            place, proxy = self._entries[at]
            if proxy.key not in passed_over and self._book.benched_until(place) <= now:
                self._next = (at + 1) % count
                self._book.take_up(place, now)
                return proxy
        raise self._empty(now)

    def worked(self, proxy: PooledProxy) -> None:
        self._barren_since = None
        self._book.worked(self._places[proxy.key])

    def failed(self, proxy: PooledProxy) -> float | None:
        return self._book.failed(self._places[proxy.key], trio.current_time())

    def _empty(self, now: float) -> PoolEmpty:
        if not self._entries:
            said = "the job is to draw on a pool of proxies, and neither its desk nor the server "
            return PoolEmpty(said + "has any: add some, or make it without", None, 0.0)
        if self._barren_since is None:
            self._barren_since = now
        barren_s = now - self._barren_since
        until = min(self._book.benched_until(place) for place, _ in self._entries)
        wait_s = max(1.0, until - now)
        said = f"{_all(len(self._entries))} benched after failures"
        return PoolEmpty(f"{said}; the first comes back in {wait_s:.0f} s", wait_s, barren_s)


def _all(count: int) -> str:
    return "the one proxy of the pool is" if count == 1 else f"all {count} proxies of the pool are"
