"""Messages of `workers.protocol` as bytes: a frame is a length, a kind and a body.

The length (4 bytes, big-endian) counts the body. A JSON frame holds one message; a frame of bytes
(an artifact's, an input's, an asset's, a picture's) a small JSON header behind its own 2-byte
length, then the bytes as they are. `FrameSplitter` does no I/O; `Inbox` is the only reader and
`Outbox` the only writer of its stream.
"""

from __future__ import annotations

import os
import struct
from collections import deque
from contextlib import suppress
from typing import TypeVar

import msgspec
import trio
from trio.abc import SendStream

from actors.ports import ArtifactChunk
from state.spending import Spend
from workers.protocol import (
    ArtifactPart,
    AssetPart,
    InputPart,
    ParentMessage,
    ParentWireMessage,
    Picture,
    ProtocolError,
    WireMessage,
    WorkerMessage,
)

MAX_FRAME_BYTES = 32 * 1024 * 1024
OUTBOX_BYTES = 1024 * 1024
RECEIVE_BYTES = 256 * 1024

_PREFIX = struct.Struct(">IB")
_HEADER_LENGTH = struct.Struct(">H")
_JSON, _ARTIFACT, _INPUT, _PICTURE, _ASSET = 1, 2, 3, 4, 5

_Message = TypeVar("_Message")
_encoder = msgspec.json.Encoder()
_parent_decoder: msgspec.json.Decoder[ParentWireMessage] = msgspec.json.Decoder(ParentWireMessage)
_worker_decoder: msgspec.json.Decoder[WireMessage] = msgspec.json.Decoder(WireMessage)


class ArtifactHeader(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands before the bytes of an artifact frame."""

    job: int
    index: int
    name: str
    last: bool
    paid: Spend | None = None


class InputHeader(msgspec.Struct, frozen=True):
    """What stands before the bytes of an input frame."""

    job: int
    index: int
    last: bool


class AssetHeader(msgspec.Struct, frozen=True):
    """What stands before the bytes of an asset frame."""

    job: int
    name: str
    last: bool


class PictureHeader(msgspec.Struct, frozen=True):
    """What stands before the bytes of a picture frame."""

    job: int
    index: int


_Header = ArtifactHeader | InputHeader | AssetHeader | PictureHeader

_artifact_decoder = msgspec.json.Decoder(ArtifactHeader)
_input_decoder = msgspec.json.Decoder(InputHeader)
_asset_decoder = msgspec.json.Decoder(AssetHeader)
_picture_decoder = msgspec.json.Decoder(PictureHeader)


class Frame(msgspec.Struct, frozen=True):
    """One whole frame, not yet decoded."""

    kind: int
    body: bytes


class FrameSplitter:
    """Cuts a byte stream into frames."""

    def __init__(self) -> None:
        # Written by `feed`, which one reader task calls.
        self._buffer = bytearray()

    def feed(self, data: bytes | bytearray) -> list[Frame]:
        """The frames that `data` completes. Raises ProtocolError for one that is too long."""
        buffer = self._buffer
        buffer += data
        frames: list[Frame] = []
        start = 0
        while len(buffer) - start >= _PREFIX.size:
            length, kind = _PREFIX.unpack_from(buffer, start)
            if length > MAX_FRAME_BYTES:
                raise ProtocolError(f"a frame of {length} bytes is over {MAX_FRAME_BYTES}")
            end = start + _PREFIX.size + length
            if len(buffer) < end:
                break
            frames.append(Frame(kind, bytes(memoryview(buffer)[start + _PREFIX.size : end])))
            start = end
        del buffer[:start]
        return frames


def encode(message: ParentMessage | WorkerMessage) -> bytes:
    """The message as one frame. Raises ProtocolError where it would be too long to be read."""
    if isinstance(message, ArtifactPart):
        chunk = message.chunk
        header = ArtifactHeader(message.job, chunk.index, chunk.name, chunk.last, chunk.paid)
        return _with_header(_ARTIFACT, header, chunk.data)
    if isinstance(message, InputPart):
        about = InputHeader(message.job, message.index, message.last)
        return _with_header(_INPUT, about, message.data)
    if isinstance(message, AssetPart):
        shared = AssetHeader(message.job, message.name, message.last)
        return _with_header(_ASSET, shared, message.data)
    if isinstance(message, Picture):
        shown = PictureHeader(message.job, message.index)
        return _with_header(_PICTURE, shown, message.data)
    body = _encoder.encode(message)
    return _prefix(_JSON, len(body)) + body


def decode_parent(frame: Frame) -> ParentMessage:
    """Raises ProtocolError."""
    if frame.kind == _JSON:
        return _decoded(_parent_decoder, frame.body)
    if frame.kind == _INPUT:
        header, data = _split(_input_decoder, frame.body)
        return InputPart(header.job, header.index, data, header.last)
    if frame.kind == _ASSET:
        shared, data = _split(_asset_decoder, frame.body)
        return AssetPart(shared.job, shared.name, data, shared.last)
    raise ProtocolError(f"the parent sent a frame of kind {frame.kind}")


def decode_worker(frame: Frame) -> WorkerMessage:
    """Raises ProtocolError."""
    if frame.kind == _JSON:
        return _decoded(_worker_decoder, frame.body)
    if frame.kind == _ARTIFACT:
        header, data = _split(_artifact_decoder, frame.body)
        chunk = ArtifactChunk(
            index=header.index, name=header.name, data=data, last=header.last, paid=header.paid
        )
        return ArtifactPart(header.job, chunk)
    if frame.kind == _PICTURE:
        shown, data = _split(_picture_decoder, frame.body)
        return Picture(shown.job, shown.index, data)
    raise ProtocolError(f"the worker sent a frame of kind {frame.kind}")


def _with_header(kind: int, header: _Header, data: bytes) -> bytes:
    encoded = _encoder.encode(header)
    prefix = _prefix(kind, _HEADER_LENGTH.size + len(encoded) + len(data))
    # The bytes may be many, and are copied once.
    return b"".join((prefix, _HEADER_LENGTH.pack(len(encoded)), encoded, data))


def _prefix(kind: int, size: int) -> bytes:
    """What stands before a body of that size. Raises ProtocolError."""
    if size > MAX_FRAME_BYTES:
        raise ProtocolError(f"a message of {size} bytes is over {MAX_FRAME_BYTES}")
    return _PREFIX.pack(size, kind)


def _split(decoder: msgspec.json.Decoder[_Message], body: bytes) -> tuple[_Message, bytes]:
    """The header of a frame of bytes, and the bytes."""
    if len(body) < _HEADER_LENGTH.size:
        raise ProtocolError("a frame of bytes ends within its header")
    (length,) = _HEADER_LENGTH.unpack_from(body)
    start = _HEADER_LENGTH.size + length
    return _decoded(decoder, body[_HEADER_LENGTH.size : start]), body[start:]


def _decoded(decoder: msgspec.json.Decoder[_Message], body: bytes) -> _Message:
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"a message cannot be read: {error}") from error


class Inbox:
    """The only reader of its stream."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._socket = stream.socket
        self._splitter = FrameSplitter()
        # Written by `receive`.
        self.received_bytes = 0

    async def receive(self) -> list[Frame]:
        """The next frames, at least one; none when the peer is gone. Raises ProtocolError."""
        while True:
            try:
                data = await self._read()
            except OSError:
                # The peer died with words of ours unread: an end like any other.
                return []
            if not data:
                return []
            self.received_bytes += len(data)
            if frames := self._splitter.feed(data):
                return frames

    async def _read(self) -> bytes:
        """What there is, when there is any: `receive_some` tries first, which is mostly in vain."""
        while True:
            await trio.lowlevel.wait_readable(self._socket)
            with suppress(BlockingIOError):
                return os.read(self._socket.fileno(), RECEIVE_BYTES)


def _sent(plug: int, data: bytes) -> int:
    """How much of it the stream behind that descriptor takes now."""
    try:
        return os.write(plug, data)
    except OSError:  # its buffer is full, or the peer is gone
        return 0


class Outbox:
    """Frames on their way to the peer: anybody puts, one task sends.

    `put` never waits, so that what must be said can be said from synchronous code; who may produce
    much waits for room first.
    """

    def __init__(self, max_bytes: int = OUTBOX_BYTES) -> None:
        self._max_bytes = max_bytes
        # The stream's own descriptor, for `put_now`. Written by `run`.
        self._plug: int | None = None
        # Written by `put` and taken out by `run`.
        self._frames: deque[bytes] = deque()
        self._size_bytes = 0
        self._filled = trio.Event()
        # Written by `close`: after that everything put is dropped and nobody waits.
        self._closed = False
        self._waiting_for_room = trio.lowlevel.ParkingLot()

    @property
    def is_empty(self) -> bool:
        """True where all that was put has been sent."""
        return not self._size_bytes

    def put(self, frame: bytes) -> None:
        if not self._closed:
            self._frames.append(frame)
            self._size_bytes += len(frame)
            self._filled.set()

    def put_now(self, frame: bytes) -> None:
        """Like `put`; where nothing is before it, it is sent here, which spares the sending task
        its turn. Whatever goes wrong with that is for the task to meet."""
        if self._plug is not None and self.is_empty and not self._closed:
            frame = frame[_sent(self._plug, frame) :]
        if frame:
            self.put(frame)

    async def wait_room(self) -> None:
        """Return once less than the limit is waiting (or nothing will ever be sent again)."""
        while self._size_bytes >= self._max_bytes and not self._closed:
            await self._waiting_for_room.park()

    async def run(self, stream: SendStream) -> None:
        """Send, for ever. Raises trio.BrokenResourceError when the peer is gone."""
        if isinstance(stream, trio.SocketStream):
            self._plug = stream.socket.fileno()
        try:
            while True:
                await self._filled.wait()
                data = b"".join(self._frames)
                self._frames.clear()
                self._filled = trio.Event()
                await stream.send_all(data)
                self._size_bytes -= len(data)
                self._waiting_for_room.unpark_all()
        finally:
            # The descriptor may be somebody else's from now on.
            self._plug = None

    def close(self) -> None:
        """The peer is gone."""
        self._closed = True
        self._frames.clear()
        self._waiting_for_room.unpark_all()
