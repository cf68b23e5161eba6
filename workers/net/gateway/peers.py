"""Whose the other end of a connection on loopback is, as the kernel says. Asked by
`workers.net.gateway.doors` once a connection.

By `sock_diag` (linux/inet_diag.h), which looks up the one socket that is asked for; /proc/net/tcp
would list all of them. It takes microseconds and waits for nothing.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import Any, Protocol

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_ANY_STATE = 0xFFFFFFFF
_NO_COOKIE = b"\xff" * 8
_ANSWER_BYTES = 8 * 1024

_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_QUESTION = struct.Struct("=BBBBI")  # family, protocol, extensions, padding, states
# Ports and addresses are in the network's order; addresses have room for IPv6.
_SOCKET_ID = struct.Struct("!HH4s12x4s12x")
# Of the answer: family, state, timer, retransmissions; then the same identity; three counts; then
# the user, and the inode.
_OWNER_AT = _HEADER.size + 4 + _SOCKET_ID.size + 4 + len(_NO_COOKIE) + 12
_OWNER = struct.Struct("=II")


class Connected(Protocol):
    """A socket, Python's or Trio's."""

    def getsockname(self) -> Any: ...
    def getpeername(self) -> Any: ...


class UnknownPeer(Exception):
    """The kernel does not tell whose it is."""


def peer_uid(connection: Connected) -> int:
    """The user who has the other end of this IPv4 connection on loopback. Raises UnknownPeer."""
    try:
        ours, theirs = connection.getsockname(), connection.getpeername()
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_SOCK_DIAG) as kernel:
            # A kernel's answer to one question is there when `send` returns.
            kernel.setblocking(False)
            kernel.send(_question(theirs, ours))
            answer = kernel.recv(_ANSWER_BYTES)
    except OSError as error:
        raise UnknownPeer(f"the kernel was not asked: {error}") from error
    return _uid_in(answer)


def is_ours(connection: Connected) -> bool:
    """Whether the other end belongs to the user that this process runs as; no, where that is not
    known."""
    try:
        return peer_uid(connection) == os.geteuid()
    except UnknownPeer:
        return False


def _question(source: tuple[str, int], target: tuple[str, int]) -> bytes:
    identity = _SOCKET_ID.pack(
        source[1], target[1], socket.inet_aton(source[0]), socket.inet_aton(target[0])
    )
    asked = _QUESTION.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0, _ANY_STATE)
    body = asked + identity + struct.pack("=I", 0) + _NO_COOKIE
    size = _HEADER.size + len(body)
    return _HEADER.pack(size, _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 0, 0) + body


def _uid_in(answer: bytes) -> int:
    """The user in the kernel's answer; an error is another kind of message."""
    if len(answer) < _HEADER.size or _HEADER.unpack_from(answer)[1] != _SOCK_DIAG_BY_FAMILY:
        raise UnknownPeer("the kernel knows of no such connection")
    if len(answer) < _OWNER_AT + _OWNER.size:
        raise UnknownPeer("the kernel's answer is too short")
    uid, inode = _OWNER.unpack_from(answer, _OWNER_AT)
    if inode == 0:
        # What nobody holds any more is said to be root's.
        raise UnknownPeer("its other end is closed")
    return int(uid)
