"""A real server under everything at once: stuck readers, resets, slow heads, floods. Others are
answered throughout, and it stops when it is told to."""

from __future__ import annotations

import resource
import socket
import struct
from contextlib import ExitStack

import pytest

from nightdesk import Client
from tests.support import processes
from tests.support.raw import Line, tell

HARD = "left hard"
STREAM = "/api/desks/local/stream"
MANY = 200
AT_ONCE = struct.pack("ii", 1, 0)


@pytest.fixture(scope="module", autouse=True)
def descriptors():
    """Ours, for all those connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4_096)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def besieged(start_server):
    """A server with few connections for a client, and many sockets for a desk."""
    return start_server("--max-sockets-per-desk", "1000", "--max-connections-per-client", "900")


def address_of(server):
    host, _, port = server.url.removeprefix("http://").rstrip("/").rpartition(":")
    return host, int(port)


def get(address, path="/healthz"):
    return f"GET {path} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n".encode() + b"\r\n"


def handshake(address):
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    return get(address, STREAM)[:-2] + upgrade + key


def subscribed(held, address):
    """A socket whose first frame has come, and which reads nothing more."""
    line = held.enter_context(Line(address))
    line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    line.say(handshake(address))
    assert line.hear().status == 101
    return line


def reset(line):
    line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    line.socket.close()


def is_answered(server, source="127.0.0.2"):
    """Somebody else, from another address, and by a new connection."""
    with Line(address_of(server), source) as line:
        line.say(get(address_of(server)))
        assert line.hear().status == 200
    with Client(server.url) as desk:
        desk.jobs()


def test_all_of_it_at_once(besieged):
    server, address = besieged, address_of(besieged)
    with Client(server.url) as desk, ExitStack() as held:
        job = desk.submit(["http://192.0.2.1/"] * 50, start=False)
        stuck = [subscribed(held, address) for _ in range(MANY)]
        leaving = [subscribed(held, address) for _ in range(MANY)]
        for _ in range(MANY):
            held.enter_context(Line(address)).say(get(address)[:-2] + b"X-Slow: ")
        for _ in range(20):
            held.enter_context(Line(address)).say(post(address) + b"Content-Length: 9\r\n\r\n{")
        is_answered(server)
        for line in stuck:
            line.say(b"\x89\x80\0\0\0\0" * 300)  # pings, and no reading
        desk.start(job.id)
        for line in leaving:
            reset(line)  # in mid-push
        is_answered(server)
        desk.pause(job.id)
        desk.resume(job.id)
        assert server.stop() == 0
    assert HARD not in server.log
    assert "a connection failed" not in server.log
    assert "Traceback" not in server.log


def post(address):
    return get(address, "/api/desks").replace(b"GET", b"POST")[:-2]


def test_one_network_s_connections_are_not_all(start_server):
    server = start_server("--max-connections-per-client", "20", "--max-connections", "30")
    address = address_of(server)
    with ExitStack() as held:
        for _ in range(20):
            held.enter_context(Line(address)).say(b"GET / HTTP/1.1\r\nX-Slow: ")
        refused = tell(address, get(address))
        assert (refused.status, refused.code) == (429, "too_many_connections")
        for number in range(2, 7):  # from elsewhere: the first ten, and then in others' place
            for _ in range(4):
                line = held.enter_context(Line(address, f"127.0.0.{number}"))
                line.say(get(address))
                assert line.hear().status == 200
        assert server.stop() == 0
    assert HARD not in server.log


def test_of_80_descriptors_clients_leave_enough(start_server, monkeypatch):
    """Half of so few was more than there were: whoever held heads without end took all of them,
    and the next client was not even accepted."""
    low = ["sh", "-c", 'ulimit -n 80; exec "$0" "$@"', *processes.COMMAND]
    monkeypatch.setattr(processes, "COMMAND", low)
    server = start_server()
    address = address_of(server)
    with ExitStack() as held:
        for _ in range(100):
            held.enter_context(Line(address, "127.0.0.2")).say(b"GET / HTTP/1.1\r\nHost: ")
        with Client(server.url) as client:
            made = client.submit(["http://127.0.0.1:9/"])
            assert client.job(made.id).id == made.id
        assert tell(address, get(address)).status == 200
    assert "Too many open files" not in server.log
    assert server.stop() == 0
