"""What a worker process prints, line by line into our log, bounded. Called by `workers.process`."""

from __future__ import annotations

import trio

from workers.logs import EventLog

MAX_LINE_BYTES = 4 * 1024
MAX_LINES = 1_000
_READ_BYTES = 64 * 1024


class LineCutter:
    """Bytes in, whole lines out; a line that is too long is cut to its beginning."""

    def __init__(self) -> None:
        # The line that has no end yet, as far as it is kept. Written by `feed` and `rest`.
        self._open = b""

    def feed(self, data: bytes | bytearray) -> list[str]:
        *whole, self._open = (self._open + bytes(data)).split(b"\n")
        self._open = self._open[:MAX_LINE_BYTES]
        return [_text(line) for line in whole if line.strip()]

    def rest(self) -> list[str]:
        line, self._open = self._open, b""
        return [_text(line)] if line.strip() else []


def _text(line: bytes) -> str:
    return line[:MAX_LINE_BYTES].decode("utf-8", "replace").rstrip()


async def copy_output(stream: trio.lowlevel.FdStream, pid: int, log: EventLog) -> None:
    """Read to the end, always, so that printing never blocks the worker; log the first lines."""
    cutter = LineCutter()
    logged = 0
    async with stream:
        while True:
            data = await stream.receive_some(_READ_BYTES)
            for line in cutter.feed(data) if data else cutter.rest():
                logged += 1
                if logged <= MAX_LINES:
                    log.warning("worker_output", pid=pid, line=line)
                elif logged == MAX_LINES + 1:
                    log.warning("worker_output_ignored", pid=pid, after_lines=MAX_LINES)
            if not data:
                return
