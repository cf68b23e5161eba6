"""Starting a worker process so that it cannot outlive us, and ending it with all its children.

Called by `workers.process` in the main thread (PR_SET_PDEATHSIG, which the child sets for itself,
follows the thread that started it). The child leads a session of its own, so it can be killed as a
group and gets no Ctrl-C; it has a clean environment, no stdin, one socket to talk to us, the read
end of a pipe that the kernel closes with us (`workers.lifeline`), and where it is jailed a word of
memory (`workers.mark`). A worker whose programs lead
sessions of their own has a keeper above it (`workers.keeper`), which is then our child.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import trio
from msgspec import Struct

from workers.keeper import END

KILL_TIMEOUT_S = 5.0
# One that is asked to end all it started, and is then killed itself.
DEATH_TIMEOUT_S = 2 * KILL_TIMEOUT_S
_ROOT = Path(__file__).resolve().parent.parent
# It needs no package of the environment, and is as small without.
_KEEPER = ("-S", "-m", "workers.keeper")


class Child(Struct, frozen=True):
    """A started worker process, or its keeper. `output` is its stdout and stderr together;
    `lifeline` is the end of the pipe whose closing kills its group."""

    process: subprocess.Popen[bytes]
    pidfd: int
    stream: trio.SocketStream
    output: trio.lowlevel.FdStream
    lifeline: int
    kept: bool = False

    @property
    def pid(self) -> int:
        return self.process.pid


class Place(Struct, frozen=True):
    """Where a worker finds itself: its module path besides ours, its folder, further variables,
    whether a keeper stands above it, the memory in which it marks what it is at, and what is run as
    that keeper."""

    python_path: tuple[str, ...] = ()
    folder: Path = Path("/")
    variables: Mapping[str, str] = {}
    kept: bool = False
    mark_fd: int | None = None
    keeper: tuple[str, ...] = _KEEPER


def clean_environment(place: Place) -> dict[str, str]:
    """What a worker may know of our environment: nothing that could be a secret, and no home."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join([str(_ROOT), *place.python_path]),
        **place.variables,
    }


def spawn(place: Place) -> Child:
    """Start the worker, or the keeper that starts it. Raises OSError."""
    with ExitStack() as on_failure, ExitStack() as theirs:
        ours, socket_end = socket.socketpair()
        on_failure.callback(ours.close)
        theirs.callback(socket_end.close)
        output, write_end = os.pipe()
        on_failure.callback(os.close, output)
        theirs.callback(os.close, write_end)
        lifeline_end, lifeline = os.pipe()
        on_failure.callback(os.close, lifeline)
        theirs.callback(os.close, lifeline_end)
        marks = () if place.mark_fd is None else (place.mark_fd,)
        process = _popen(place, write_end, (socket_end.fileno(), lifeline_end, *marks))
        on_failure.callback(process.kill)
        child = Child(
            process,
            os.pidfd_open(process.pid),
            trio.SocketStream(trio.socket.from_stdlib_socket(ours)),
            trio.lowlevel.FdStream(output),
            lifeline,
            place.kept,
        )
        on_failure.pop_all()
    return child


def _popen(place: Place, output: int, passed: tuple[int, ...]) -> subprocess.Popen[bytes]:
    program = place.keeper if place.kept else ("-m", "workers.host")
    return subprocess.Popen(
        [sys.executable, "-P", *program, *map(str, passed)],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=passed,
        env=clean_environment(place),
        cwd=place.folder,
        start_new_session=True,
    )


def kill(child: Child) -> None:
    """Kill the worker and whatever it started. Safe until `release`: a zombie keeps its number."""
    if child.kept:
        # It sees to it that nothing is left; killed itself, it could not.
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(child.pidfd, END)
    else:
        _kill_group(child)


async def wait_dead(child: Child) -> None:
    """Return once the killed process is dead. Its caller shields it, for DEATH_TIMEOUT_S: what is
    left by then cannot be killed."""
    with trio.move_on_after(KILL_TIMEOUT_S):
        await wait_exit(child)
        return
    _kill_group(child)
    await wait_exit(child)


def _kill_group(child: Child) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        # It has not become the leader of its group yet, so it has started nothing either.
        child.process.kill()


async def wait_exit(child: Child) -> None:
    """Return once the process is dead (a zombie, until `release`)."""
    await trio.lowlevel.wait_readable(child.pidfd)


def release(child: Child) -> int | None:
    """Free the descriptors of the killed process; its exit code."""
    trio.lowlevel.notify_closing(child.pidfd)
    os.close(child.pidfd)
    os.close(child.lifeline)
    child.stream.socket.close()
    return child.process.poll()


def describe_exit(code: int | None) -> str:
    if code is None:
        return "it cannot be killed"
    if code < 0:
        return f"killed by signal {-code}"
    return f"exited with code {code}"
