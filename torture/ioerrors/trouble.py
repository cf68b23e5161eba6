"""What is done to the disk of a real server, and taken back. Used by `servers`.

Each trouble is a context manager: it lasts as long as its block. `Unable` says what this machine
cannot do.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

DISK_BYTES = 24 * 1024 * 1024
SOCKETS = 400
ATTACH_TIMEOUT_S = 10.0


class Unable(Exception):
    """This machine cannot do it: the message says why."""


class Place(Struct, frozen=True):
    """Where a server keeps its data, seen from here, and what to put before its command."""

    data: Path
    inside: Path
    enter: tuple[str, ...] = ()


class Target(Struct, frozen=True):
    """The running server that is troubled."""

    place: Place
    pid: int
    port: int
    desk_folder: str


Trouble = Callable[[Target], AbstractContextManager[None]]


@contextmanager
def plain_folder() -> Iterator[Place]:
    """A folder like any other."""
    with tempfile.TemporaryDirectory(prefix="nightdesk-io-") as made:
        yield Place(Path(made) / "data", Path(made) / "data")


@contextmanager
def small_disk() -> Iterator[Place]:
    """A disk of a few megabytes in a mount name space of its own, which ends with its holder."""
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        raise Unable("unshare and nsenter are not installed")
    with tempfile.TemporaryDirectory(prefix="nightdesk-io-") as made, ExitStack() as held:
        mount = f"mount -t tmpfs -o size={DISK_BYTES} tmpfs {made} && echo up && exec sleep 86400"
        holder = subprocess.Popen(
            ["unshare", "-rm", "sh", "-c", mount],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        held.callback(_end, holder)
        if holder.stdout is None or holder.stdout.readline() != b"up\n":
            raise Unable("no name space for a mount of our own may be made here")
        enter = ("nsenter", "--preserve-credentials", "-U", "-m", "-t", str(holder.pid))
        seen = Path(f"/proc/{holder.pid}/root{made}")
        yield Place(seen / "data", Path(made) / "data", enter)


@contextmanager
def full(target: Target) -> Iterator[None]:
    """Not a byte is left."""
    filler = target.place.data.parent / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            _fill(file.fileno())
        yield
    finally:
        filler.unlink()


def _fill(handle: int) -> None:
    size = 1 << 20
    while size:
        try:
            if os.write(handle, bytes(size)) == 0:
                size //= 2
        except OSError:
            size //= 2


@contextmanager
def read_only(target: Target) -> Iterator[None]:
    """The disk is remounted, as a file system does itself when it finds errors."""
    mount = str(target.place.inside.parent)
    handles = f"mount -o remount,ro {mount}"
    place = target.place
    done = subprocess.run([*place.enter, "sh", "-c", handles], capture_output=True, check=False)
    if done.returncode:
        # Files that are open for writing keep a remount away: then it is done by strace.
        with injected("all", "EROFS")(target):
            yield
        return
    try:
        yield
    finally:
        subprocess.run([*place.enter, "mount", "-o", "remount,rw", mount], check=True)


@contextmanager
def no_descriptors(target: Target) -> Iterator[None]:
    """The server has no descriptor left for another socket, nor for anything else."""
    with ExitStack() as held:
        for _ in range(SOCKETS):
            one = held.enter_context(socket.socket())
            one.settimeout(1.0)
            try:
                one.connect(("127.0.0.1", target.port))
            except OSError:
                break
        yield


_CALLS = {
    "syncs": ("fsync,fdatasync",),
    "names": ("rename,renameat,renameat2,link,linkat",),
    "all": ("fsync,fdatasync", "rename,renameat,renameat2,link,linkat,mkdirat,unlinkat"),
    "opens": ("openat",),
    "writes": ("write",),
}


def injected(calls: str, error: str, only: Sequence[str] = ()) -> Trouble:
    """Calls of the server fail, all of that kind, or on those paths below its data only."""

    @contextmanager
    def lasting(target: Target) -> Iterator[None]:
        if shutil.which("strace") is None:
            raise Unable("strace is not installed")
        data = target.place.inside
        paths = [str(data / path.format(desk=target.desk_folder)) for path in only]
        kinds = _CALLS[calls]
        command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={','.join(kinds)}"]
        command += [part for kind in kinds for part in ("-e", f"inject={kind}:error={error}")]
        command += [part for path in paths for part in ("-P", path)]
        tracer = subprocess.Popen([*command, "-p", str(target.pid)], stderr=subprocess.PIPE)
        try:
            _wait_traced(target.pid, tracer)
            yield
        finally:
            _end(tracer)

    return lasting


def _wait_traced(pid: int, tracer: subprocess.Popen[bytes]) -> None:
    status = Path(f"/proc/{pid}/status")
    for _ in range(int(ATTACH_TIMEOUT_S * 100)):
        if f"TracerPid:\t{tracer.pid}\n" in status.read_text():
            return
        try:
            tracer.wait(0.01)
        except subprocess.TimeoutExpired:
            continue
        raise Unable("strace may not attach to a process here")
    raise Unable("strace did not attach in time")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
