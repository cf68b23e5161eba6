"""A pass's own way into the gateway: a port that one browser context is told, and nobody else.

Who comes that way shows no user name and no password. Asking Chromium for those costs a visit a
tenth of its processor time, since Playwright then has every request of the page stopped and sent on
by its driver. A port can be found, so the kernel is asked whose each connection is
(`workers.net.gateway.peers`): another account of this machine is turned away. What this account
runs could as well read the password. Called by `workers.net.gateway.server`.
"""

from __future__ import annotations

import socket

import trio

from workers.net.addresses import DOORS
from workers.net.gateway.peers import is_ours

HOST = str(DOORS)
_BACKLOG = 128


class Door:
    """A listening port. Closed with its pass."""

    def __init__(self, listening: trio.socket.SocketType) -> None:
        self.address = f"http://{HOST}:{listening.getsockname()[1]}"
        self.listener = trio.SocketListener(listening)

    @staticmethod
    def lets_in(stream: trio.SocketStream) -> bool:
        """Whether who has come is of this account."""
        return is_ours(stream.socket)


def open_door() -> Door:
    """On a port of the system's choice, which was nobody's a moment ago. Raises OSError."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.bind((HOST, 0))
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return Door(trio.socket.from_stdlib_socket(listening))


def is_there() -> bool:
    """Whether this machine has such an address, and a kernel that tells whose a connection is."""
    try:
        with socket.create_server((HOST, 0), backlog=1) as listening, socket.socket() as client:
            client.connect(listening.getsockname())
            served, _ = listening.accept()
            with served:
                return is_ours(served)
    except OSError:
        return False
