"""Speaks to a real server byte by byte, as no HTTP library would."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from typing import NamedTuple

SOON_S = 60.0


class Answer(NamedTuple):
    """One answer as it came; status 0 is a connection that ended without one."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """Of an error in the one shape."""
        return json.loads(self.body)["error"]["code"]


class Line:
    """A connection to `address`, from 127.0.0.1 or another address of this machine."""

    def __init__(self, address: tuple[str, int], source: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(address, SOON_S, (source, 0))
        self._read = b""

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, data: bytes) -> None:
        """Send it all; a server that has heard enough may close meanwhile."""
        with suppress(ConnectionError):
            self.socket.sendall(data)

    def hear(self) -> Answer:
        """The next answer, whole; interim ones are passed over."""
        while True:
            head = self._until(b"\r\n\r\n")
            if not head:
                return Answer(0, {}, b"")
            first, *lines = head.decode("latin-1").split("\r\n")
            status = int(first.split()[1])
            if status >= 200 or status == 101:
                break
        fields = [line.partition(":") for line in lines if line]
        headers = {name.strip().lower(): value.strip() for name, _, value in fields}
        return Answer(status, headers, self._take(int(headers.get("content-length", "0"))))

    def hear_end(self) -> bytes:
        """All that comes until the server closes."""
        while self._more():
            pass
        said, self._read = self._read, b""
        return said

    def _until(self, end: bytes) -> bytes:
        while end not in self._read:
            if not self._more():
                return b""
        head, self._read = self._read.split(end, 1)
        return head

    def _take(self, size_bytes: int) -> bytes:
        while len(self._read) < size_bytes and self._more():
            pass
        body, self._read = self._read[:size_bytes], self._read[size_bytes:]
        return body

    def _more(self) -> bool:
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            return False
        self._read += data
        return bool(data)


def tell(address: tuple[str, int], data: bytes) -> Answer:
    """What a connection of its own is answered to `data`."""
    with Line(address) as line:
        line.say(data)
        return line.hear()
