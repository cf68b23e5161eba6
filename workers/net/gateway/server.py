"""The gateway: a proxy on loopback that opens what Chromium asks for, by the rules of the egress.

Started by whoever runs a browser (`await nursery.start(serve_gateway, settings)`). Every request
stands alone: it comes by its pass's door or shows its pass, its name is resolved here, the pass's
policy decides, and the connection goes to an address that was decided on (`workers.net.dial`). A
connection carries one tunnel or one plain http exchange, and ends with its pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import h11
import msgspec
import trio

from actors.ports import EgressRefused, HttpError, HttpProxyError, HttpTimeout, ProxyRefused
from state.model import EgressLists
from workers.net.client import NetSettings, policy_of
from workers.net.dial import Dialer, TlsContexts, client_tls, named
from workers.net.gateway.doors import Door, open_door
from workers.net.gateway.doors import is_there as doors_are_there
from workers.net.gateway.exchange import Exchange
from workers.net.gateway.heads import Fetch, Refused, Tunnel, credentials, read_ask, refusal
from workers.net.gateway.passes import Pass, Passes, Trouble
from workers.net.gateway.tunnel import PIECE_BYTES, TunnelLimits, join
from workers.net.lines import LineKey, Lines, Reached
from workers.net.narrowing import THIS_DESK, Narrowing
from workers.net.policy import Policy
from workers.net.proxies import parse_proxy
from workers.net.requests import MAX_HEAD_BYTES
from workers.net.resolver import Lookup, Resolver, system_lookup

HOST = "127.0.0.1"
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"

# A refused client may be in the middle of a body: read a little of it, so that our answer is not
# lost to a reset.
_LINGER_S = 1.0
_LINGER_BYTES = 256 * 1024


class GatewaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`net` are the rules and the resolver's limits, as for `open_http`.

    A request's head must be whole within `head_timeout_s`. A connection on which nothing moves ends
    after `idle_s`; after `half_closed_s`, where one side has ended. Beyond `max_connections` new
    ones wait to be accepted; beyond `max_connections_per_pass` they are refused. A pass remembers
    its last `troubles_kept`.
    """

    net: NetSettings = NetSettings()
    head_timeout_s: float = 10.0
    connect_timeout_s: float = 30.0
    idle_s: float = 300.0
    half_closed_s: float = 30.0
    max_connections: int = 1_000
    max_connections_per_pass: int = 256
    troubles_kept: int = 50


async def serve_gateway(
    settings: GatewaySettings,
    *,
    lookup: Lookup = system_lookup,
    tls: TlsContexts | None = None,
    doors: bool = True,
    task_status: trio.TaskStatus[Gateway] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve on a loopback port of the system's choice, for ever; `started` gives the Gateway.

    Raises ValueError for targets and domains that name nothing. `lookup` and `tls` replace the
    system's resolver and roots; without `doors` every pass is shown, as where there can be none.
    """
    net = settings.net
    policy = policy_of(net)
    resolver = Resolver(threads=net.dns_threads, timeout_s=net.dns_timeout_s, lookup=lookup)
    listeners = await trio.open_tcp_listeners(0, host=HOST)
    port = listeners[0].socket.getsockname()[1]
    gateway = Gateway(
        settings, port, policy, resolver, tls or client_tls(), doors=doors and doors_are_there()
    )
    task_status.started(gateway)
    await trio.serve_listeners(gateway.welcome, [gateway.gated(each) for each in listeners])


class Gateway:
    """Where the proxy is, and who may use it."""

    def __init__(
        self,
        settings: GatewaySettings,
        port: int,
        policy: Policy,
        resolver: Resolver,
        tls: TlsContexts,
        *,
        doors: bool,
    ) -> None:
        self.address = f"http://{HOST}:{port}"
        self.port = port
        self._settings = settings
        self._policy = policy
        self._resolver = resolver
        self._tls = tls
        self._passes = Passes()
        self._doors = doors
        # For all connections, whichever way they come.
        self._room = trio.Semaphore(settings.max_connections)
        self._limits = TunnelLimits(settings.idle_s, settings.half_closed_s)

    def policy_for(self, egress: EgressLists) -> Policy:
        """The server's policy within the lists of a desk. Raises ValueError for bad lists."""
        return self._policy.narrowed(Narrowing(THIS_DESK, egress))

    def void_pass(self) -> Pass:
        """A pass that was never valid: whoever shows it is refused everything."""
        return self._pass(self._policy, None)

    def open_pass(
        self, policy: Policy | None = None, *, upstream: str | None = None
    ) -> AbstractContextManager[Pass]:
        """Leave for one page, until the block is left; that cuts its connections off. Where it has
        a door, somebody is to `attend` it.

        `policy` is the job's (see `policy_for`), else the server's; `upstream` the proxy that the
        job named. Raises EgressRefused for a proxy that is none.
        """
        if upstream is not None:
            parse_proxy(upstream)
        return self._valid(self._pass(policy or self._policy, upstream))

    def _pass(self, policy: Policy, upstream: str | None) -> Pass:
        return Pass(
            self._lines(policy),
            upstream,
            max_connections=self._settings.max_connections_per_pass,
            troubles_kept=self._settings.troubles_kept,
        )

    @contextmanager
    def _valid(self, leave: Pass) -> Iterator[Pass]:
        with self._passes.valid(leave):
            if not self._doors:
                yield leave
                return
            leave.door = door = open_door()
            try:
                yield leave
            finally:
                leave.door = None
                door.listener.socket.close()

    async def attend(self, leave: Pass) -> None:
        """Serve those who come by the pass's door, where it has one, until cancelled."""
        if (door := leave.door) is not None:
            welcome = partial(self.welcome, leave=leave)
            await trio.serve_listeners(welcome, [self.gated(door.listener)])

    def gated(self, listener: trio.SocketListener) -> trio.abc.Listener[trio.SocketStream]:
        """The listener, for as long as there is room. What it accepts is to be welcomed."""
        return _Gated(listener, self._room)

    async def welcome(self, stream: trio.SocketStream, leave: Pass | None = None) -> None:
        """One connection that took up room, by the door of that pass or by none."""
        try:
            await self.serve(stream, leave)
        finally:
            stream.socket.close()
            self._room.release()

    def change_policy(self, leave: Pass, policy: Policy) -> None:
        """From now on the job with that pass keeps to this one. Its open connections, which came
        about under the other, are cut off."""
        leave.lines = self._lines(policy)
        leave.end()

    def _lines(self, rules: Policy) -> Lines:
        # A request for the proxy itself would come round for ever.
        rules = msgspec.structs.replace(rules, own_ports=rules.own_ports | {self.port})
        return Lines(Dialer(self._resolver, rules, self._tls))

    async def serve(self, stream: trio.SocketStream, leave: Pass | None = None) -> None:
        """One connection of a client, to its end. The caller closes it."""
        talk = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
        method = b""
        try:
            request = await self._read_head(stream, talk)
            if request is None:
                return
            method = request.method
            admitted = self._admitted(stream, leave, request)
            await self._carry(stream, talk, admitted, read_ask(request))
        except Refused as refused:
            await _refuse(stream, refused, to_head=method == b"HEAD")
        except trio.BrokenResourceError:
            return  # the client is gone, and whatever it wanted with it

    def _admitted(
        self, stream: trio.SocketStream, leave: Pass | None, request: h11.Request
    ) -> Pass:
        """The pass by which this client has come, or which it shows. Raises Refused."""
        if leave is None:
            return self._passes.admit(credentials(request))
        if not Door.lets_in(stream):
            raise Refused(403, "this way is for the browser of this server only")
        return leave

    async def _read_head(
        self, stream: trio.SocketStream, talk: h11.Connection
    ) -> h11.Request | None:
        """The request, or None where the client left before it said anything."""
        try:
            with trio.fail_after(self._settings.head_timeout_s):
                while (event := talk.next_event()) is h11.NEED_DATA:
                    talk.receive_data(bytes(await stream.receive_some(PIECE_BYTES)))
        except trio.TooSlowError:
            raise Refused(408, "the request did not come in time") from None
        except h11.RemoteProtocolError as error:
            raise Refused(error.error_status_hint, f"not valid HTTP: {error}") from error
        return event if type(event) is h11.Request else None

    async def _carry(
        self, stream: trio.SocketStream, talk: h11.Connection, leave: Pass, ask: Tunnel | Fetch
    ) -> None:
        with leave.connection():
            reached = await self._reach(leave, ask)
            try:
                if isinstance(ask, Fetch):
                    await self._exchange(stream, talk, ask, reached, leave)
                else:
                    await self._join(stream, talk, reached, leave)
            finally:
                reached.wire.socket.close()

    async def _reach(self, leave: Pass, ask: Tunnel | Fetch) -> Reached:
        if isinstance(ask, Fetch):
            key = LineKey("http", ask.url.host, ask.url.port, leave.upstream)
        else:
            # What is spoken within is none of our business, TLS or not.
            key = LineKey("https", ask.host, ask.port, leave.upstream)
        with _told(leave, named(key.host, key.port)):
            try:
                return await leave.lines.reach(key, self._settings.connect_timeout_s)
            except EgressRefused as error:
                leave.refused += 1
                by_proxy = isinstance(error, ProxyRefused)
                raise Refused(403, str(error), by_proxy=by_proxy) from error
            except HttpTimeout as error:
                raise Refused(504, str(error)) from error
            except HttpError as error:
                by_proxy = isinstance(error, HttpProxyError)
                raise Refused(502, str(error), by_proxy=by_proxy) from error

    async def _exchange(
        self,
        stream: trio.SocketStream,
        talk: h11.Connection,
        fetch: Fetch,
        reached: Reached,
        leave: Pass,
    ) -> None:
        exchange = Exchange(stream, talk, fetch, reached, leave, self._settings.idle_s)
        with _told(leave, named(fetch.url.host, fetch.url.port)):
            await exchange.run()

    async def _join(
        self, stream: trio.SocketStream, talk: h11.Connection, reached: Reached, leave: Pass
    ) -> None:
        await stream.send_all(_ESTABLISHED)
        early, _ = talk.trailing_data
        await join(
            stream,
            reached.wire.stream,
            sent=leave.sent,
            received=leave.received,
            limits=self._limits,
            early=early,
        )


class _Gated(trio.abc.Listener[trio.SocketStream]):
    """Accepts only where there is room; whoever serves the connection gives the room back."""

    def __init__(self, listener: trio.SocketListener, room: trio.Semaphore) -> None:
        self._listener = listener
        self._room = room

    async def accept(self) -> trio.SocketStream:
        await self._room.acquire()
        try:
            return await self._listener.accept()
        except BaseException:
            self._room.release()
            raise

    async def aclose(self) -> None:
        await self._listener.aclose()


@contextmanager
def _told(leave: Pass, place: str) -> Iterator[None]:
    """What comes of it badly is kept with the pass."""
    try:
        yield
    except Refused as refused:
        told = Trouble(place, refused.status, refused.reason, refused.by_proxy)
        leave.troubles.append(told)
        raise


async def _refuse(stream: trio.SocketStream, refused: Refused, *, to_head: bool) -> None:
    """Answer, and let the answer arrive."""
    try:
        with trio.move_on_after(_LINGER_S):
            await stream.send_all(refusal(refused, to_head=to_head))
            await stream.send_eof()
            left = _LINGER_BYTES
            while left > 0 and (data := await stream.receive_some(PIECE_BYTES)):
                left -= len(data)
    except trio.BrokenResourceError:
        return  # it did not wait for our answer
