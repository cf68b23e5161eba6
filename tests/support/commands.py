"""Real commands in the real jail, for tests: whatever they start is known by its words."""

from __future__ import annotations

import os
import select
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from actors.ports.commands import CommandRefused
from workers.commands.tool import open_commands
from workers.keeper import descendants

# Waited so long only where a test fails, or its machine is busy.
PATIENCE_S = 120.0


class Yard:
    """Commands, each in a place of its own; `data` is the server's folder around them."""

    def __init__(self, tool, data):
        self.tool = tool
        self.data = data

    async def run(self, command, timeout_s=PATIENCE_S, files=()):
        async with self.tool.place() as place:
            for name, text in dict(files).items():
                (place.folder / name).write_text(text)
            try:
                return await place.run(command, timeout_s)
            except CommandRefused as refused:
                if "cannot be made here" in str(refused):
                    pytest.skip(str(refused))
                raise

    async def said(self, command, **options):
        """What it printed, where it ended by itself."""
        result = await self.run(command, **options)
        assert (result.timed_out, result.limit) == (False, "")
        return result.output.decode().strip()

    @property
    def left(self):
        """What is left of the places."""
        return sorted(path.name for path in (self.data / "scratch" / "commands").iterdir())


@asynccontextmanager
async def yard_in(tmp_path, **settings):
    """The secret is in the data folder, beside the scratch folder."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "secret").write_text("the secret of the house")
    given = {"scratch": str(data / "scratch" / "commands"), "free_bytes": 0, **settings}
    async with open_commands(given) as tool:
        yield Yard(tool, data)


def started_by(pid, words):
    """The processes below that one whose command line has these words."""
    return [each for each in descendants(pid) if words in _line_of(each)]


def wait_started(pid, words, count=1):
    """Until there are so many of them. Looks again and again: nobody tells of a process."""
    deadline = time.monotonic() + PATIENCE_S
    while len(started_by(pid, words)) < count:
        assert time.monotonic() < deadline, f"{words} was not started"
        os.sched_yield()


def _line_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def wait_gone(pid):
    """Until that process is no more, as far as we may know it."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(PATIENCE_S * 1000))
    finally:
        os.close(handle)
