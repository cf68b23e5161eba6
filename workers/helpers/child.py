"""A helper process: `python -m workers.helpers.child SOCKET`, started by `workers.helpers.launch`.

It imports what does the work (which may look for libraries by starting programs), and then goes
into the jail, before the first byte that nobody vouches for. It belongs to the group of the worker
that started it and ends with it (`workers.lifeline`), and by itself when the worker closes its end.
An exception of the work ends it: what comes after could not be relied on, and the next one costs a
start.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from workers.helpers.wire import Answer, Ready, Setup, decoded, encoded, receive
from workers.jail.enter import enter
from workers.jail.settings import JailSettings
from workers.manners import yield_to_desks

Work = Callable[[bytes], bytes]


def main() -> None:
    yield_to_desks()
    connection = socket.socket(fileno=int(sys.argv[1]))
    connection.set_inheritable(False)
    setup = receive(connection)
    if setup is not None:
        serve(connection, decoded(setup, Setup))


def serve(connection: socket.socket, setup: Setup) -> None:
    """Work until the worker closes its end."""
    work = load(setup.work)
    lack = enter(setup.jail, Path.cwd()).lacks(setup.jail.mode)
    if lack is not None:
        connection.sendall(encoded(Ready(lack)))
        return
    connection.sendall(encoded(Ready()))
    while (data := receive(connection)) is not None:
        connection.sendall(encoded(answer(work, data, setup.jail)))


def load(name: str) -> Work:
    """The function behind "package.module:function". Raises ImportError or AttributeError."""
    module, _, function = name.partition(":")
    work: Work = getattr(import_module(module), function)
    return work


def answer(work: Work, data: bytes, jail: JailSettings) -> Answer:
    """What the work makes of it. An end of memory is no end of this process: whatever held it is
    gone with the error."""
    try:
        return Answer(work(data))
    except MemoryError:
        return Answer(limit=f"over the limit of memory ({jail.memory_bytes} bytes)")


if __name__ == "__main__":
    main()
