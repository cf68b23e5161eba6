"""An executor for jailed workers whose items try what hostile bytes would make them do.

An item is a JSON object, `do` names one of the attempts below; its result says what came of it:
`{"ok": ...}` where it worked, `{"error": "EPERM"}` where it was refused. With `beside` it is tried
in a thread, with `limit` what it raises is left to the host.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from actors.ports import ItemContext, ItemResult, ItemRunner, LeasedItem, Tools
from state.model import OutcomeStatus

RUNNER = "tests.support.inmate:Inmate"
_RESULT = msgspec.json.Encoder(enc_hook=str)


class Inmate:
    """The executor."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        yield InmateRunner(tools)


class InmateRunner:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        wish = msgspec.json.decode(item.payload)
        what = wish.pop("do")
        if what == "read_enclosed":
            return _ok({"ok": len(await context.enclosed())})
        attempt = ATTEMPTS[what]
        if item.attempts >= wish.pop("until", sys.maxsize):
            return _ok({})
        if wish.pop("beside", False):
            return _ok({"ok": await self._tools.compute(lambda: attempt(**wish))})
        if wish.pop("limit", False):
            return _ok({"ok": attempt(**wish)})
        try:
            return _ok({"ok": attempt(**wish)})
        except OSError as error:
            return _ok({"error": errno.errorcode.get(error.errno, str(error))})


def _ok(result: dict[str, Any]) -> ItemResult:
    return ItemResult(status=OutcomeStatus.OK, result=msgspec.json.decode(_RESULT.encode(result)))


def _raw(name: str, arguments: list[Any]) -> int:
    """A system call by its own number, past what Python would have called."""
    from workers.jail.calls import MACHINES
    from workers.jail.kernel import system_call

    return system_call(MACHINES[os.uname().machine].calls[name], *arguments)


def _address(family: int) -> Any:
    return {socket.AF_INET: ("127.0.0.1", 9), socket.AF_INET6: ("::1", 9)}.get(family, "/x")


def _connect(family: int) -> None:
    with socket.socket(family) as made:
        made.connect(_address(family))


def _library_fcntl(command: int, argument: int) -> int:
    with Path(os.__file__).open("rb") as library:
        return fcntl.fcntl(library, command, argument)


def _library_ioctl(request: int) -> bytes:
    with Path(os.__file__).open("rb") as library:
        return fcntl.ioctl(library, request, bytes(128))


def _own_signal(pid: int) -> None:
    read, _ = os.pipe()
    fcntl.fcntl(read, fcntl.F_SETOWN, pid)


def _spin() -> None:
    while True:
        pass


def _say(work: Any, **wish: Any) -> Any:
    """Let it be known that the item is at work."""
    sys.stdout.write("at work\n")
    sys.stdout.flush()
    return work(**wish)


def _burn(s: float) -> int:
    """So much processor time."""
    end = time.process_time() + s
    while time.process_time() < end:
        pass
    return os.getpid()


def _spin_in_children(count: int) -> None:
    for _ in range(count):
        if os.fork() == 0:
            _spin()
    signal.pause()


def _orphan() -> int:
    """A grandchild that has left its group and its parents behind, where it may."""
    if (pid := os.fork()) == 0:
        try:
            os.setsid()
        except OSError:
            signal.pause()
        signal.pause()
    return pid


def _descriptors() -> list[str]:
    """What stands behind every descriptor that is open: fstat works where /proc is out of reach."""
    kinds = []
    for fd in range(256):
        try:
            kinds.append(f"{os.fstat(fd).st_mode & 0o170000:o}")
        except OSError:
            continue
    return sorted(kinds)


def _leave_things(mode: int = 0o700) -> list[str]:
    """Folders within folders, every other one of that mode."""
    left = sorted(os.listdir("."))
    for depth in range(40):
        os.mkdir("d", 0o700 if depth % 2 else mode)
        Path("d/f").write_text("x")
        os.chdir("d")
    os.chdir("../" * 40)
    return left


def _leave_and_sleep() -> None:
    """The whole worker is stuck, not only its item."""
    _leave_things(0o300)
    sys.stdout.write("left\n")
    sys.stdout.flush()
    signal.pause()


def _hoard() -> None:
    """Many small things, held until there is no memory for one more."""
    held: list[Any] = []
    while True:
        held.append([None])


def _many_files() -> None:
    held: list[Any] = []
    while True:
        held.append(Path("/dev/null").open("rb"))  # noqa: SIM115  they are to stay open


def _threads() -> int:
    done: list[int] = []
    thread = threading.Thread(target=lambda: done.append(1))
    thread.start()
    thread.join()
    return len(done)


def _no_core() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_CORE)


ATTEMPTS: dict[str, Any] = {
    "socket": lambda family: socket.socket(family).close(),
    "connect": _connect,
    "datagram_pair": lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM),
    "stream_pair": lambda: len(socket.socketpair()),
    "raw": _raw,
    "kill": lambda pid, sig: os.kill(pid, sig),
    "own_signal": _own_signal,
    "chmod": lambda path, mode: os.chmod(path, mode),
    "chmod_library": lambda mode: os.fchmod(os.open(os.__file__, os.O_RDONLY), mode),
    "utime": lambda path: os.utime(path, (1, 1)),
    "setxattr": lambda path: os.setxattr(path, "user.x", b"1"),
    "library_fcntl": _library_fcntl,
    "library_ioctl": _library_ioctl,
    "fork": os.fork,
    "program": lambda: subprocess.run(["true"], check=True).returncode,
    "read": lambda path: len(Path(path).read_bytes()),
    "list": lambda path: len(os.listdir(path)),
    "write": lambda path, size=1: Path(path).write_bytes(bytes(size)),
    "link": lambda path: os.symlink(path, "link"),
    "hard_link": lambda path: os.link(path, "link"),
    "environ": lambda: [dict(os.environ), sys.argv, os.getcwd()],
    "descriptors": _descriptors,
    "spin": _spin,
    "burn": _burn,
    "say_and_spin": lambda: _say(_spin),
    "say_and_burn": lambda s: _say(_burn, s=s),
    "spin_in_children": _spin_in_children,
    "sleep": signal.pause,
    "allocate": lambda size: len(bytes(size)),
    "leave": _leave_things,
    "leave_and_sleep": _leave_and_sleep,
    "files": _many_files,
    "hoard": _hoard,
    "abort": lambda: ctypes.CDLL(None).abort(),
    "threads": _threads,
    "core": _no_core,
    "orphan": _orphan,
    "pid": os.getpid,
    "setrlimit": lambda pid: resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, 3)),
    "nice": lambda pid: os.setpriority(os.PRIO_PROCESS, pid, 19),
    "affinity": lambda pid: os.sched_setaffinity(pid, {0}),
}
