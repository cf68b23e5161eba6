"""A loopback target over TLS that speaks HTTP/2 or HTTP/1; how it answers in HTTP/2 is a script."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import trio

from tests.support.target import Conversation, page, read_request

SUPPORT = Path(__file__).parent
CERTIFICATE = str(SUPPORT / "target.cert.pem")
KEY = str(SUPPORT / "target.key.pem")

H2 = h2.connection.H2Connection
Answer = Callable[[H2, int, trio.SSLStream], Awaitable[None]]


def status(code: str, body: bytes = b"two" * 3) -> Answer:
    """Answers with that status and body."""

    async def answer(state: H2, stream_id: int, stream: trio.SSLStream) -> None:
        state.send_headers(stream_id, [(":status", code), ("x-a", "b")])
        state.send_data(stream_id, body, end_stream=True)

    return answer


async def reset(state: H2, stream_id: int, stream: trio.SSLStream) -> None:
    state.reset_stream(stream_id)


def secure_context(*protocols: str) -> ssl.SSLContext:
    """A server's context with the test certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    context.set_alpn_protocols(list(protocols))
    return context


class SecureTarget:
    """Gives `answer` to those who choose HTTP/2, one page to the others."""

    def __init__(self, *protocols: str, answer: Answer | None = None) -> None:
        self.context = secure_context(*protocols)
        self.answer = answer or status("200")
        self.connections = 0
        self.asked: list[dict[str, str]] = []
        self.port = 0

    def url(self, host: str = "target.example") -> str:
        return f"https://{host}:{self.port}/x"

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listeners[0].socket.getsockname()[1]
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_listeners, self._serve, listeners)
            task_status.started()

    async def _serve(self, plain: trio.SocketStream) -> None:
        stream = trio.SSLStream(plain, self.context, server_side=True, https_compatible=True)
        try:
            await stream.do_handshake()
            self.connections += 1
            if stream.selected_alpn_protocol() == "h2":
                await self._serve_h2(stream)
            while (asked := await read_request(stream)) is not None:
                self.asked.append(asked.headers)
                await page(b"one")(Conversation(stream, asked))
        except (trio.BrokenResourceError, h2.exceptions.ProtocolError):
            pass  # the client left, or we did and it had not heard of it
        finally:
            await trio.aclose_forcefully(stream)

    async def _serve_h2(self, stream: trio.SSLStream) -> None:
        state = H2(h2.config.H2Configuration(client_side=False))
        state.initiate_connection()
        await stream.send_all(state.data_to_send())
        while data := await stream.receive_some(65_536):
            for event in state.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    self.asked.append({k.decode(): v.decode() for k, v in event.headers})
                if isinstance(event, h2.events.DataReceived):
                    state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                if isinstance(event, h2.events.StreamEnded):
                    await self.answer(state, event.stream_id, stream)
            await stream.send_all(state.data_to_send())
