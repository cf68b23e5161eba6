"""The front door: a plain ASGI layer around Quart that every request and socket passes.

It does what is cheap and the same for all, once: whose name is used, which page asks, how large and
how slow a request may be, what every answer's headers are, the log line and the metrics. It also
answers the poll that finds nothing new, which is most of them, without waking Quart.
"""

from __future__ import annotations

import math

import trio

from actors.errors import ActorError
from web.auth import ME, Auth
from web.bodies import Body, Budget, Disconnected, Event, Receive
from web.clients import Proxies
from web.deps import WebDeps
from web.dialects.shapes import sends_cookies, takes_tokens
from web.errors import WebError, not_found
from web.exchange import ROUTE, App, Exchange, Scope, Send
from web.http import still_holds
from web.metrics import Metrics, known_method
from web.origins import is_allowed_origin, is_own_host
from web.proof import check_proof
from web.sending import adopt

_UNMATCHED = "(none)"

_POLL = "/api/desks/"
_POLL_ROUTE = "/api/desks/<desk>"

# What browsers say of a request of our own page, and of one that is nobody's page.
_OWN_SITES = ("same-origin", "none")

_PREFLIGHT: list[tuple[bytes, bytes]] = [
    (b"access-control-allow-methods", b"GET, POST, PUT, DELETE"),
    (
        b"access-control-allow-headers",
        b"authorization, content-type, idempotency-key, if-none-match, x-session-id",
    ),
    (b"access-control-max-age", b"600"),
]


class Door:
    """Wraps the application. One for a server; holds no state of a request."""

    def __init__(self, app: App, deps: WebDeps, auth: Auth, metrics: Metrics) -> None:
        self._app = app
        self._settings = deps.settings
        self._auth = auth
        self._metrics = metrics
        self._log = deps.log
        self._proxies = Proxies(deps.settings.trusted_proxy)
        self._budget = Budget(deps.settings.max_body_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        self._see_through_proxies(exchange)
        try:
            self._admit(exchange)
        except WebError as error:
            await exchange.refuse(error, self._unread_body(exchange))
            self._note(exchange)
            return
        if scope["type"] == "websocket":
            adopt(scope, send)
            await self._app(scope, receive, exchange.send_handshake)
        else:
            await self._serve(exchange)
            self._note(exchange)

    def _see_through_proxies(self, exchange: Exchange) -> None:
        """From here on the scope's client and scheme are the ones behind our own proxies."""
        scope = exchange.scope
        peer = scope["client"][0] if scope.get("client") else ""
        if not self._proxies.trusts(peer):
            return
        client = self._proxies.client(peer, exchange.values_of(b"x-forwarded-for"))
        if client != peer:
            scope["client"] = (client, 0)
        said = exchange.values_of(b"x-forwarded-proto")
        scope["scheme"] = self._proxies.scheme(peer, scope["scheme"], said)

    def _admit(self, exchange: Exchange) -> None:
        """Path, Host, what is shown as proof, and Origin. Raises WebError."""
        if exchange.scope["path"].startswith("//"):
            # One spelling of a path: Werkzeug would take "//healthz" for "/healthz".
            raise not_found()
        host = exchange.headers.get("host", "")
        if not is_own_host(host, exchange.scope.get("server"), self._settings.own_hosts):
            raise WebError("wrong_host", "this server does not answer to that name")
        check_proof(
            exchange.values_of,
            exchange.scope["query_string"],
            in_address=exchange.scope["type"] == "websocket"
            and takes_tokens(exchange.scope["path"]),
        )
        origin = exchange.headers.get("origin")
        if origin is not None and origin in self._settings.allow_origin:
            exchange.allow(origin, credentials=sends_cookies(exchange.scope["path"]))
        elif not exchange.is_safe and self._is_foreign(exchange, origin, host):
            raise WebError("forbidden_origin", "a page of another origin may not do this")

    def _is_foreign(self, exchange: Exchange, origin: str | None, host: str) -> bool:
        """Whether a page that is not ours asks, by either of the two headers that tell."""
        if exchange.headers.get("sec-fetch-site", "none") not in _OWN_SITES:
            return True
        scheme = exchange.scope["scheme"]
        return origin is not None and not is_allowed_origin(origin, host, (), scheme)

    async def _serve(self, exchange: Exchange) -> None:
        if exchange.is_preflight:
            await exchange.answer(204, _PREFLIGHT)
        elif exchange.may_have_body:
            await self._serve_with_body(exchange)
        elif not await self._nothing_new(exchange):
            await self._run(exchange, exchange.receive)

    async def _serve_with_body(self, exchange: Exchange) -> None:
        body = Body(exchange.receive, self._budget, exchange.network)
        try:
            if exchange.headers.get("content-encoding", "identity") != "identity":
                raise WebError("unsupported_media_type", "compressed bodies are not taken")
            with trio.move_on_after(self._settings.request_timeout_s):
                await body.read(exchange.headers)
            if not body.complete:
                raise WebError("request_timeout", "the body took too long to arrive")
            await self._run(exchange, body.replay)
        except WebError as error:
            await exchange.refuse(error, body)
        except Disconnected:
            exchange.status = 499  # nobody is left to answer; the log's usual number for it
        finally:
            body.close()

    def _unread_body(self, exchange: Exchange) -> Body | None:
        if exchange.scope["type"] == "http" and exchange.may_have_body:
            return Body(exchange.receive, self._budget, exchange.network)
        return None

    async def _run(self, exchange: Exchange, receive: Receive) -> None:
        """Let Quart answer. The time is for the answer to begin: a download may then take long."""
        timeout_s = self._settings.request_timeout_s
        if b"wait=" in exchange.scope["query_string"]:
            timeout_s += self._settings.long_poll_max_s
        with trio.move_on_after(timeout_s) as patience:

            async def begin(event: Event) -> None:
                if event["type"] == "http.response.start":
                    patience.deadline = math.inf
                    exchange.begin(event)
                await exchange.send(event)

            await self._app(exchange.scope, receive, begin)
        if patience.cancelled_caught:
            await exchange.refuse(WebError("overloaded", "the server did not answer in time"))

    async def _nothing_new(self, exchange: Exchange) -> bool:
        """Answer `GET /api/desks/{desk}` with 304 where the client's revision still holds.

        Everything else, errors included, is left to the handler.
        """
        scope, known = exchange.scope, exchange.headers.get("if-none-match")
        path: str = scope["path"]
        if known is None or scope["method"] != "GET" or not path.startswith(_POLL):
            return False
        desk = path[len(_POLL) :]
        if "/" in desk or scope["query_string"] or (desk == ME and "cookie" in exchange.headers):
            return False
        try:
            asker = self._auth.identify(desk, exchange.headers, None)
            found = await self._auth.find(asker)
        except (WebError, ActorError):
            return False
        etag = f'"{found.published.revision}"'
        if not still_holds(known, etag):
            return False
        scope[ROUTE] = _POLL_ROUTE
        await exchange.answer(304, [(b"etag", etag.encode("latin-1"))])
        return True

    def _note(self, exchange: Exchange) -> None:
        """One line and one observation a request. The rule stands for the path: no ids."""
        route = exchange.scope.get(ROUTE, _UNMATCHED)
        seconds = trio.current_time() - exchange.began_at
        method = known_method(exchange.scope.get("method", "WS"))
        self._metrics.observe(route, method, exchange.status, seconds)
        self._log.debug(
            "request",
            route=route,
            method=method,
            status=exchange.status,
            ms=round(seconds * 1000, 1),
        )
