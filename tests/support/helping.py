"""Works of all fates for the helpers of `workers.helpers`, which import it in their processes."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from pathlib import Path

WORK = "tests.support.helping:work"
OTHER = "tests.support.helping:other"
ROOT = str(Path(__file__).resolve().parents[2])


def work(data: bytes) -> bytes:
    """What the first word of the data says."""
    wish, _, rest = data.partition(b" ")
    match wish:
        case b"echo":
            return rest
        case b"pid":
            return str(os.getpid()).encode()
        case b"spin":
            while True:
                pass
        case b"sleep":
            signal.pause()
        case b"fill":
            return bytes(1 << 40)
        case b"crash":
            ctypes.string_at(0)
        case b"raise":
            raise ZeroDivisionError
        case b"flood":
            return bytes(int(rest))
        case b"connect":
            return _refused(lambda: socket.socket().connect(("127.0.0.1", 1)))
        case b"write":
            return _refused(lambda: Path("file").write_text("x" * 10))
        case b"fork":
            return _refused(os.fork)
        case b"lie":
            # As a process would that the bytes have taken over.
            connection = socket.socket(fileno=int(sys.argv[1]))
            connection.sendall((4).to_bytes(4, "big") + b"\xc1\xc1\xc1\xc1")
            signal.pause()
    return b""


def other(data: bytes) -> bytes:
    return b"other " + data


def _refused(act) -> bytes:
    try:
        act()
    except OSError as error:
        return type(error).__name__.encode()
    return b"done"
