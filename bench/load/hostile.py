"""Peers that are in the way: `hostile.py HOST PORT deaf COUNT PATH`, or `... slow COUNT`.

`deaf` opens sockets, takes the answer to the handshake and reads no more. `slow` sends the head of
a request, a byte a second, and comes again when it is closed. Prints `ready`, ends at SIGTERM.
"""

from __future__ import annotations

import signal
import socket
import sys
import time

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
# Small, or the system reads for them.
_BUFFER_BYTES = 4_096


def connected(host: str, port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
    made.settimeout(60)
    made.connect((host, port))
    return made


def deaf(host: str, port: int, path: str) -> socket.socket:
    made = connected(host, port)
    made.sendall(HANDSHAKE.format(host=host, port=port, path=path).encode())
    if not made.recv(12).endswith(b"101"):
        raise ConnectionError("no handshake")
    return made


def slow(host: str, port: int) -> socket.socket:
    made = connected(host, port)
    made.sendall(f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nX-Slow: ".encode())
    return made


def dribble(host: str, port: int, held: list[socket.socket]) -> None:
    while True:
        time.sleep(1)
        for n, one in enumerate(held):
            try:
                one.send(b"x")
            except OSError:
                one.close()
                held[n] = slow(host, port)


def main() -> None:
    host, port, kind, count, *rest = sys.argv[1:]
    if kind == "deaf":
        held = [deaf(host, int(port), rest[0]) for _ in range(int(count))]
    else:
        held = [slow(host, int(port)) for _ in range(int(count))]
    print("ready", flush=True)
    if kind == "deaf":
        signal.pause()
    dribble(host, int(port), held)


if __name__ == "__main__":
    main()
