"""What a worker and its helper say to each other over a socket pair: length-prefixed, bounded.

    worker -> Setup, then the bytes of one piece of work after the other
    helper -> Ready, then one Answer each

Pure but for the reading and writing of the helper's side, which blocks. Used by `workers.helpers`.
"""

from __future__ import annotations

import socket
from typing import TypeVar

import msgspec
from msgspec import Struct

from workers.jail.settings import JailSettings

HEAD_BYTES = 4
# Of what comes back, where the settings do not say otherwise. What goes out is bounded by whoever
# asks.
MAX_ANSWER_BYTES = 1024 * 1024

T = TypeVar("T")


class Setup(Struct, frozen=True):
    """What the helper is to be: its jail, and the function that it is there for."""

    jail: JailSettings
    work: str


class Ready(Struct, frozen=True):
    """`lack` says why the helper cannot be used; it then ends."""

    lack: str | None = None


class Answer(Struct, frozen=True):
    """What the work came to; `limit` is the one that it reached, in words."""

    data: bytes = b""
    limit: str | None = None


class BadFrame(Exception):
    """The other side is not what it should be."""


def framed(data: bytes) -> bytes:
    return len(data).to_bytes(HEAD_BYTES, "big") + data


def encoded(message: Struct) -> bytes:
    return framed(msgspec.msgpack.encode(message))


def decoded(data: bytes, kind: type[T]) -> T:
    """Raises BadFrame."""
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except msgspec.DecodeError as error:
        raise BadFrame(f"not a {kind.__name__}: {error}") from error


def receive(connection: socket.socket) -> bytes | None:
    """The next frame; None where the worker has closed its end."""
    head = _receive_exactly(connection, HEAD_BYTES)
    return None if head is None else _receive_exactly(connection, int.from_bytes(head, "big"))


def _receive_exactly(connection: socket.socket, size: int) -> bytes | None:
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        count = connection.recv_into(view[got:])
        if not count:
            return None
        got += count
    return bytes(data)
