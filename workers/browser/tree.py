"""The processes of one browser: which they are, what memory they have, and how they all end.

Chromium leads a session, which its processes keep when they are orphaned; its crash handlers leave
it, and are known by a variable in their environment. Used by `workers.browser.chromium`. What is
left when the whole worker dies is the business of `workers.keeper`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

# In the environment of every process of a browser: the browser's folder.
MARK = "NIGHTDESK_BROWSER"

_KIB = 1024
_GONE = (FileNotFoundError, ProcessLookupError)
_ENDED = (b"Z", b"X")
# Summed up, this is what would be free without the process: what it shares as a file's content (the
# program itself, 200 MiB in each) is left out. The proportional set size would be more exact, and
# needs a walk over all pages, and leave that a sandboxed renderer gives to nobody.
_OWN_MEMORY = (b"RssAnon:", b"RssShmem:", b"VmSwap:")


class Member(Struct, frozen=True):
    """A process of a browser. `is_renderer`: it runs the scripts of pages."""

    pid: int
    is_renderer: bool
    memory_bytes: int


class Session:
    """The living processes of one session, looked at again and again by one task.

    To read what a process was started as holds it up for a moment, so a renderer is not asked
    again, and the leader never. The others are: one that was forked just now says it later."""

    def __init__(self, leader: int) -> None:
        self._leader = leader
        # Those that lived at the last look. Written by `members`.
        self._renderers: frozenset[int] = frozenset()

    def members(self) -> list[Member]:
        """Those that live now, with their memory."""
        found = []
        for pid in _in_session(self._leader):
            with suppress(*_GONE):
                found.append(Member(pid, self._is_renderer(pid), _memory_bytes(pid)))
        self._renderers = frozenset(member.pid for member in found if member.is_renderer)
        return found

    def _is_renderer(self, pid: int) -> bool:
        return pid in self._renderers or (pid != self._leader and _is_renderer(pid))


def kill_all(session: int, folder: Path) -> int:
    """Kill every process of the browser with that folder; how many there were. It may have forked
    meanwhile: nothing is left once this returns 0."""
    found = {*_in_session(session), *_marked(folder)}
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(found)


def _in_session(session: int) -> Iterator[int]:
    for pid in _all():
        # Asked of the kernel: to read a file for every process of the machine takes twenty times
        # as long.
        with suppress(*_GONE):
            if os.getsid(pid) == session and _is_alive(pid):
                yield pid


def _marked(folder: Path) -> Iterator[int]:
    mark = f"{MARK}={folder}".encode()
    for pid in _all():
        # Other users' processes, and those in a sandbox, do not show it.
        with suppress(*_GONE, PermissionError):
            if mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                yield pid


def _all() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _is_alive(pid: int) -> bool:
    """The name in brackets may hold anything; the state comes behind it."""
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] not in _ENDED


def _is_renderer(pid: int) -> bool:
    return b"--type=renderer" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _memory_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_bytes().splitlines()
    return sum(int(line.split()[1]) * _KIB for line in lines if line.startswith(_OWN_MEMORY))
