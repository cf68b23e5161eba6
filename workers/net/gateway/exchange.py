"""One plain http request over the gateway: its body to the server, the response to the client.

Called by `workers.net.gateway.server`, once a connection. Both sides are parsed and written anew
by h11, so neither can make the other read a message where there is none; each connection carries
one exchange and is closed after it.
"""

from __future__ import annotations

from typing import Any

import h11
import trio

from workers.net.gateway.heads import Fetch, Refused, end_to_end
from workers.net.gateway.passes import Pass
from workers.net.gateway.tunnel import PIECE_BYTES, Idle
from workers.net.lines import Reached
from workers.net.requests import MAX_HEAD_BYTES, MAX_INTERIM_RESPONSES


class Exchange:
    """`talk` has read the head of `fetch` from `client`. Run once; its fields are written there."""

    def __init__(
        self,
        client: trio.abc.Stream,
        talk: h11.Connection,
        fetch: Fetch,
        reached: Reached,
        leave: Pass,
        idle_s: float,
    ) -> None:
        self._client = client
        self._talk = talk
        self._fetch = fetch
        self._remote = reached.wire.stream
        self._forward = reached.forward
        self._leave = leave
        self._idle = Idle(idle_s)
        self._silence = Refused(504, f"{fetch.url.authority} sent nothing for {idle_s:g} s")
        self._upstream = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        # Why there is no response; None where there is one, or the client is gone.
        self._trouble: Refused | None = None
        self._has_begun = False
        self._is_over = False

    async def run(self) -> None:
        """To the end of the response. Raises Refused where none has begun; one that breaks off
        later is left unfinished, which the client sees."""
        with self._idle.scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._send_request)
                nursery.start_soon(self._relay_response)
        if self._has_begun:
            return
        if not self._is_over:
            raise self._silence
        if self._trouble is not None:
            raise self._trouble

    def _end(self, trouble: Refused | None = None) -> None:
        """The first of the two tasks that knows says why."""
        if not self._is_over:
            self._is_over, self._trouble = True, trouble
        self._idle.scope.cancel()

    async def _send_request(self) -> None:
        """Head and body, as the client sends it; then see whether the client stays."""
        request = self._fetch.request(
            self._forward.authorization if self._forward is not None else None,
            whole=self._forward is not None,
        )
        try:
            await self._send(self._upstream.send(request))
            while (event := await self._client_event()) is not h11.PAUSED:
                if type(event) is h11.Data:
                    await self._send(self._upstream.send(h11.Data(bytes(event.data))))
                elif type(event) is h11.EndOfMessage:
                    await self._send(self._upstream.send(h11.EndOfMessage()))
                    break
        except h11.RemoteProtocolError as error:
            self._end(Refused(400, f"the request is not valid HTTP: {error}"))
            return
        except trio.BrokenResourceError:
            # It may have answered before it closed (413 to a large body): reading will tell.
            return
        await self._watch_client()

    async def _client_event(self) -> Any:
        while (event := self._talk.next_event()) is h11.NEED_DATA:
            try:
                data = await self._client.receive_some(PIECE_BYTES)
            except trio.BrokenResourceError:
                data = b""
            if not data:
                self._end()
            self._idle.moved()
            self._talk.receive_data(bytes(data))
        return event

    async def _watch_client(self) -> None:
        """A client that leaves before the response has ended takes the server's side with it."""
        try:
            data = await self._client.receive_some(1)
        except trio.BrokenResourceError:
            data = b""
        if not data:
            self._end()

    async def _send(self, data: bytes | None) -> None:
        if data:
            await self._remote.send_all(data)
            self._leave.sent(len(data))
            self._idle.moved()

    async def _relay_response(self) -> None:
        try:
            response = await self._response()
            await self._answer(h11.Response(**self._passed_on(response)))
            self._has_begun = True
            while type(event := await self._remote_event()) is h11.Data:
                await self._answer(h11.Data(bytes(event.data)))
            await self._answer(h11.EndOfMessage())
        except Refused as trouble:
            self._end(trouble)
        except trio.BrokenResourceError:
            self._end()
        else:
            self._end()

    async def _response(self) -> h11.Response:
        for _ in range(MAX_INTERIM_RESPONSES + 1):
            event = await self._remote_event()
            if type(event) is not h11.Response:
                continue
            if event.status_code == 407:
                # A challenge of somebody else's must not be taken for one of ours.
                raise self._challenged()
            return event
        raise self._broken("sent too many interim responses")

    async def _remote_event(self) -> Any:
        try:
            while (event := self._upstream.next_event()) is h11.NEED_DATA:
                data = await self._remote.receive_some(PIECE_BYTES)
                self._leave.received(len(data))
                self._idle.moved()
                self._upstream.receive_data(bytes(data))
        except trio.BrokenResourceError as error:
            raise self._broken("broke the connection") from error
        except h11.RemoteProtocolError as error:
            raise self._broken(f"did not answer in valid HTTP: {error}") from error
        return event

    def _passed_on(self, response: h11.Response) -> dict[str, Any]:
        fields = end_to_end(response.headers)
        named = dict(response.headers)
        if b"content-length" in named and b"transfer-encoding" not in named:
            fields.append((b"content-length", named[b"content-length"]))
        fields.append((b"connection", b"close"))
        return {
            "status_code": response.status_code,
            "reason": response.reason,
            "headers": fields,
        }

    async def _answer(self, event: h11.Event) -> None:
        data = self._talk.send(event)
        if data:
            await self._client.send_all(data)
            self._idle.moved()

    def _challenged(self) -> Refused:
        if self._forward is None:
            return self._broken("wants a proxy's user name and password (status 407)")
        said = f"{self._forward.name} wants another user name or password (status 407)"
        return Refused(502, said, by_proxy=True)

    def _broken(self, reason: str) -> Refused:
        return Refused(502, f"{self._fetch.url.authority} {reason}")
