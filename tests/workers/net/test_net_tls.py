"""TLS: certificates are checked against the name that was asked for; HTTP/2 where it is offered."""

import ssl
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest
import trio

from actors.ports import HttpConnectError, HttpProtocolError
from tests.support.proxy import SocksProxy
from tests.support.target import Conversation, page, read_request
from workers.net.client import open_http
from workers.net.dial import client_tls

SUPPORT = Path(__file__).parents[2] / "support"
CERTIFICATE = str(SUPPORT / "target.cert.pem")


class SecureTarget:
    """Serves one page over TLS: HTTP/2 to those who choose it, else HTTP/1. Without `status` it
    resets HTTP/2 streams."""

    def __init__(self, *protocols, status="200"):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(CERTIFICATE, str(SUPPORT / "target.key.pem"))
        self.context.set_alpn_protocols(list(protocols))
        self.status = status
        self.connections = 0
        self.asked = []
        self.port = 0

    def url(self, host="target.example"):
        return f"https://{host}:{self.port}/x"

    async def run(self, *, task_status):
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listeners[0].socket.getsockname()[1]
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_listeners, self._serve, listeners)
            task_status.started()

    async def _serve(self, plain):
        stream = trio.SSLStream(plain, self.context, server_side=True, https_compatible=True)
        try:
            await stream.do_handshake()
            self.connections += 1
            if stream.selected_alpn_protocol() == "h2":
                await self._serve_h2(stream)
            while (asked := await read_request(stream)) is not None:
                self.asked.append(asked.headers)
                await page(b"one")(Conversation(stream, asked))
        except trio.BrokenResourceError:
            pass  # the client left
        finally:
            await trio.aclose_forcefully(stream)

    async def _serve_h2(self, stream):
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        state.initiate_connection()
        await stream.send_all(state.data_to_send())
        while data := await stream.receive_some(65_536):
            for event in state.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    self.asked.append({k.decode(): v.decode() for k, v in event.headers})
                if isinstance(event, h2.events.DataReceived):
                    state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                if isinstance(event, h2.events.StreamEnded):
                    self._answer(state, event.stream_id)
            await stream.send_all(state.data_to_send())

    def _answer(self, state, stream_id):
        if self.status is None:
            state.reset_stream(stream_id)
            return
        state.send_headers(stream_id, [(":status", self.status), ("x-a", "b")])
        state.send_data(stream_id, b"two" * 3, end_stream=True)


@pytest.fixture
def open_named():
    """A client for which every name is 127.0.0.1 and the test certificate is a root."""
    return open_http(
        {"allow_target": ["127.0.0.1"]},
        lookup=lambda _: ["127.0.0.1"],
        tls=client_tls(CERTIFICATE),
    )


async def served(nursery, *protocols, **options):
    target = SecureTarget(*protocols, **options)
    await nursery.start(target.run)
    return target


async def test_http1_over_tls(nursery, open_named, ask):
    target = await served(nursery, "http/1.1")
    async with open_named as http:
        for _ in range(2):
            assert (await ask(http, target.url()))[2] == b"one"
    assert target.connections == 1
    assert target.asked[0]["host"] == f"target.example:{target.port}"


async def test_http2_where_it_is_offered(nursery, open_named, ask):
    target = await served(nursery, "h2", "http/1.1")
    async with open_named as http:
        for body in (None, b"a" * 200_000):
            method = "GET" if body is None else "POST"
            status, headers, got = await ask(http, target.url(), method, body=body)
            assert (status, headers["x-a"], got) == (200, "b", b"twotwotwo")
    assert target.connections == 1
    assert target.asked[0][":authority"] == f"target.example:{target.port}"
    assert target.asked[1]["content-length"] == "200000"


async def test_http2_stream_that_is_reset(nursery, open_named, ask):
    target = await served(nursery, "h2", status=None)
    async with open_named as http:
        with pytest.raises(HttpConnectError, match="broke the connection"):
            await ask(http, target.url())


async def test_http2_status_that_is_none(nursery, open_named, ask):
    target = await served(nursery, "h2", status="9999")
    async with open_named as http:
        with pytest.raises(HttpProtocolError, match="valid HTTP/2"):
            await ask(http, target.url())


async def test_tls_through_a_proxy(nursery, open_named, ask):
    target = await served(nursery, "h2")
    proxy = SocksProxy()
    await nursery.start(proxy.run)
    async with open_named as http:
        through = f"socks5://127.0.0.1:{proxy.port}"
        assert (await ask(http, target.url(), proxy=through))[2] == b"twotwotwo"


async def test_a_certificate_for_another_name(nursery, open_named, ask):
    target = await served(nursery, "h2")
    async with open_named as http:
        with pytest.raises(HttpConnectError, match=r"certificate of other\.example:"):
            await ask(http, target.url(host="other.example"))
    assert target.asked == []


async def test_a_certificate_nobody_signed(nursery, ask):
    target = await served(nursery, "h2")
    async with open_http({"allow_target": ["127.0.0.1"]}) as http:
        with pytest.raises(HttpConnectError, match=r"certificate of 127\.0\.0\.1:"):
            await ask(http, target.url(host="127.0.0.1"))
    assert target.asked == []


async def test_a_server_that_does_not_speak_tls(nursery, open_named, ask):
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]

    async def greet(stream):
        async with stream:
            await stream.send_all(b"220 mail.example ready\r\n")

    await nursery.start(trio.serve_listeners, greet, listeners)
    async with open_named as http:
        with pytest.raises(HttpConnectError, match="TLS with"):
            await ask(http, f"https://target.example:{port}/")
