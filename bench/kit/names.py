"""A name server that never answers, and the command that gives it to a process as its only one.

No flag of the server says where names are looked up: the system does, in /etc/resolv.conf. So the
process is started with a mount of its own there, which takes root's rights (or a BenchError).
"""

from __future__ import annotations

import shlex
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.procs import BenchError

ADDRESS = "127.0.0.9"
# As long as the resolver may be told to wait, so that nothing ends within a table.
_CONFIG = f"nameserver {ADDRESS}\noptions timeout:30 attempts:5\n"


class Blackhole:
    """`prefix` goes before the program that is to have it."""

    def __init__(self, listening: socket.socket, config: Path) -> None:
        self._socket = listening
        mount = f'mount --bind {shlex.quote(str(config))} /etc/resolv.conf && exec "$@"'
        self.prefix = ("unshare", "--mount", "sh", "-c", mount, "sh")

    def asked(self) -> int:
        """How many questions have come since the last call."""
        count = 0
        while True:
            try:
                self._socket.recv(1_024)
            except BlockingIOError:
                return count
            count += 1


@contextmanager
def blackhole() -> Iterator[Blackhole]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        try:
            listening.bind((ADDRESS, 53))
        except OSError as error:
            raise BenchError(f"no name server of our own here: {error} (root may)") from error
        listening.setblocking(False)
        with tempfile.NamedTemporaryFile("w", prefix="bench-resolv-") as config:
            config.write(_CONFIG)
            config.flush()
            yield Blackhole(listening, Path(config.name))
