"""Ways to a target through a pool of proxies, for the items of one job. Used by `executors.fetch`
and `executors.visit`.

A pool is the desk's to look after, so what its proxies do wrong costs an item nothing: it is tried
through another one at once. Where all are benched the item waits, and the job's log says so. Only
when no proxy has worked for ten minutes do items fail of it, after their retries.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from actors.ports import (
    HttpConnectError,
    HttpError,
    HttpProtocolError,
    HttpProxyError,
    HttpTimeout,
    ItemContext,
    ProxyRefused,
)
from actors.ports.proxies import PooledProxy, PoolEmpty, ProxyPool

CONNECT_TIMEOUT_S = 10.0
SILENCE_TIMEOUT_S = 60.0

# How long items wait for a pool of which nothing works, before they fail of it.
POOL_PATIENCE_S = 600.0
# So many proxies that fail are tried in one attempt at an item; then others have their turn.
MAX_PROXIES_TRIED = 5
NEXT_TURN_S = 1.0
# What may be the proxy's fault as well as the target's, where it comes before an answer.
_DOUBTFUL = (HttpConnectError, HttpTimeout, HttpProtocolError)


class Trip:
    """One way to the target, and the time for it. Written by the task that takes it."""

    def __init__(self, proxy: str | None, timeout_s: float) -> None:
        self.proxy = proxy
        self.connect_timeout_s = min(CONNECT_TIMEOUT_S, timeout_s)
        self.read_timeout_s = min(SILENCE_TIMEOUT_S, timeout_s)
        # Set when the first answer came.
        self.answered = False


Go = Callable[[Trip], Awaitable[None]]


class ProxyAwaited(Exception):
    """No proxy is to be had now: the item is to come back in `wait_s`, as if it had never begun."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"no proxy for {wait_s:.1f} s")
        self.wait_s = wait_s


class NoProxy(HttpConnectError):
    """No proxy is to be had, and has not been for long; the message is fit for the user."""


class PooledWays:
    """Through the proxies of the desk and of the server. Shared by the items of one job."""

    def __init__(self, pool: ProxyPool, timeout_s: float) -> None:
        self._pool = pool
        self._timeout_s = timeout_s
        # Whether the log knows that items wait. Written by the tasks of items.
        self._told = False

    async def lead(self, go: Go, context: ItemContext, *, repeatable: bool) -> None:
        """Call `go` with a trip, or with another where that is at fault; without `repeatable` only
        where the proxy itself is. `go` raises an HttpError where it got no answer. Raises what `go`
        raised last, or ProxyAwaited, NoProxy."""
        doubt: _Doubt | None = None
        tried: list[str] = []
        while len(tried) < MAX_PROXIES_TRIED:
            try:
                proxy = self._pool.choose(tried)
            except PoolEmpty as empty:
                if doubt is not None:
                    raise doubt.error from None
                self._wait(empty, context)
            # A first way gets half of the time, so that there is some for a second opinion.
            last = doubt is not None or not repeatable
            trip = Trip(proxy.url, self._timeout_s if last else self._timeout_s / 2)
            try:
                await go(trip)
            except (HttpProxyError, ProxyRefused) as error:
                self._fail(proxy, error, context)
            except _DOUBTFUL as error:
                if trip.answered or doubt is not None or not repeatable:
                    self._judge(proxy, trip, doubt, context)
                    raise
                doubt = _Doubt(proxy, error)
            else:
                self._judge(proxy, trip, doubt, context)
                return
            tried.append(proxy.key)
        if doubt is not None:
            raise doubt.error
        raise ProxyAwaited(NEXT_TURN_S)

    def _judge(
        self, proxy: PooledProxy, trip: Trip, doubt: _Doubt | None, context: ItemContext
    ) -> None:
        """What an answer through this proxy says of it, and of the one before that got none."""
        if not trip.answered:
            return
        self._told = False
        self._pool.worked(proxy)
        if doubt is not None:
            self._fail(doubt.proxy, doubt.error, context)

    def _fail(self, proxy: PooledProxy, error: HttpError, context: ItemContext) -> None:
        bench_s = self._pool.failed(proxy)
        if bench_s is not None:
            context.log("warning", f"a proxy is benched for {bench_s:.0f} s: {error}")

    def _wait(self, empty: PoolEmpty, context: ItemContext) -> None:
        """Raises ProxyAwaited or NoProxy."""
        if empty.wait_s is None or empty.barren_s >= POOL_PATIENCE_S:
            raise NoProxy(str(empty))
        if not self._told:
            self._told = True
            context.log("warning", f"items wait for a proxy: {empty}")
        raise ProxyAwaited(empty.wait_s)


class _Doubt:
    """A way on which no answer came, and perhaps the proxy's fault."""

    def __init__(self, proxy: PooledProxy, error: HttpError) -> None:
        self.proxy = proxy
        self.error = error
