"""Starting the keeper of one command, and hearing whether the command may run. Used by
`workers.commands.tool`."""

from __future__ import annotations

from pathlib import Path

import trio

from actors.ports.commands import CommandRefused
from workers.commands.wire import Ready, Setup
from workers.helpers.wire import HEAD_BYTES, BadFrame, decoded, encoded
from workers.launch import Child, Place, spawn

# Python, our code and the jail; a busy machine takes its time.
START_TIMEOUT_S = 30.0
_MAX_READY_BYTES = 64 * 1024


def start(folder: Path, python_path: tuple[str, ...]) -> Child:
    """A keeper that waits for its Setup, in the folder. Raises OSError."""
    keeper = ("-m", "workers.commands.child")
    return spawn(Place(python_path, folder, kept=True, keeper=keeper))


async def set_up(child: Child, setup: Setup) -> None:
    """Have it run the command. Raises CommandRefused."""
    try:
        with trio.fail_after(START_TIMEOUT_S):
            await child.stream.send_all(encoded(setup))
            size = int.from_bytes(await _receive(child.stream, HEAD_BYTES), "big")
            if size > _MAX_READY_BYTES:
                raise BadFrame(f"it answers with {size} bytes")
            ready = decoded(await _receive(child.stream, size), Ready)
    except (trio.BrokenResourceError, BadFrame, trio.TooSlowError) as error:
        raise CommandRefused(f"its process did not start ({error or 'too slow'})") from error
    if ready.lack is not None:
        raise CommandRefused(ready.lack)


async def _receive(stream: trio.SocketStream, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = await stream.receive_some(size - len(data))
        if not piece:
            raise BadFrame("it has ended")
        data += piece
    return bytes(data)
