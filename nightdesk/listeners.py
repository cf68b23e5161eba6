"""Opens the listening sockets, so that their port is known before anything is served.

Called by `nightdesk.serve` and `nightdesk.demo`; Hypercorn gets them as `fd://N`.
"""

from __future__ import annotations

import errno
import socket

# Linux's, in milliseconds; an accepted socket inherits it from its listener.
_TCP_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", 18)


class CannotListen(Exception):
    """The address cannot be served at; the message says why in the user's words."""


def open_listener(
    host: str, port: int, *, backlog: int, send_timeout_s: float | None = None
) -> socket.socket:
    """A listening socket. Raises CannotListen.

    A client that leaves `send_timeout_s` worth of sent bytes unacknowledged is dropped by the
    kernel: Hypercorn shields its sends, so no timeout of ours could do it.
    """
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
        )
    except (OSError, UnicodeError) as error:
        raise CannotListen(f"{host} is no address of this machine: {error}") from error
    family, _, _, _, address = found[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if send_timeout_s is not None:
            milliseconds = int(send_timeout_s * 1000)
            listener.setsockopt(socket.IPPROTO_TCP, _TCP_USER_TIMEOUT, milliseconds)
        listener.bind(address)
        listener.listen(backlog)
    except OSError as error:
        listener.close()
        raise CannotListen(_reason(host, port, error)) from error
    return listener


def url_of(host: str, port: int) -> str:
    """Where a browser on this machine finds it: an unspecified address becomes loopback."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is in use: stop what uses it, or choose another by --port"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} needs root: choose one above 1023 by --port"
    return f"cannot serve at {host} port {port}: {error.strerror}"
