"""The keeper of one command: `python -m workers.commands.child SOCKET LIFELINE`.

Started by `workers.commands.launch`. Three processes stand in one line: this one, which ends all
that descends from it as soon as the command has ended, the worker says so or is gone
(`workers.keeper`); the first process of the command's world, which no process in that world can
harm; and the shell. Where the system has process ids of our own for us (`workers.commands.world`),
the world ends with its first process, by the kernel, and names nothing outside of it; where not,
Landlock must keep its signals in, or the command is not run.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

from workers.commands.wire import Ready, Setup
from workers.commands.world import AS_ROOT, PLACE, be_nobody, enter_world, limit_processes
from workers.helpers.wire import decoded, encoded, receive
from workers.jail.enter import enter
from workers.jail.paths import readable_paths
from workers.jail.settings import JailReport
from workers.keeper import END, keep
from workers.manners import yield_to_desks

_PATH = "/usr/local/bin:/usr/bin:/bin"
_SHELL = "/bin/sh"
# As shells say it.
_NOT_STARTED, _BY_SIGNAL = 127, 128
_MAX_CPU_S = 7_200


def main() -> None:
    yield_to_desks()
    connection = socket.socket(fileno=int(sys.argv[1]))
    lifeline_fd = int(sys.argv[2])
    for handle in (connection.fileno(), lifeline_fd):
        os.set_inheritable(handle, False)
    frame = receive(connection)
    if frame is not None:
        setup = decoded(frame, Setup)
        keep(lambda: _start(setup, connection, lifeline_fd), lifeline_fd)


def _start(setup: Setup, connection: socket.socket, lifeline_fd: int) -> int:
    """Fork the first process of the command's world."""
    # Python looks up once where its libraries are; as another user it could not.
    readable_paths(programs=True)
    alone = setup.jail.mode != "off" and enter_world(setup.own)
    # Closed with us: how the other side knows that we are gone.
    watched, held = os.pipe()
    os.set_blocking(watched, False)
    pid = os.fork()
    if pid:
        connection.close()
        os.close(watched)
        return pid
    try:
        os.close(held)
        os.close(lifeline_fd)
        _be_first(setup, connection, watched, alone=alone)
    except (OSError, ImportError) as error:
        connection.sendall(encoded(Ready(f"the jail of commands cannot be made here: {error}")))
    finally:
        os._exit(_NOT_STARTED)


def _be_first(setup: Setup, connection: socket.socket, watched: int, *, alone: bool) -> NoReturn:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, END):
        signal.signal(number, signal.SIG_DFL)
    # A session of its own: a signal to its group reaches nobody above it.
    os.setsid()
    own = PLACE if alone else setup.own
    os.chdir(f"{own}/files")
    if alone:
        be_nobody()
    limit_processes(setup.jail.processes)
    report = enter(setup.jail, Path(own))
    _limit_cpu(setup.cpu_s)
    lack = _lack(setup, report, alone=alone)
    if not _is_open(watched):
        # Our keeper died before the kernel was told to end us with it.
        os._exit(_NOT_STARTED)
    connection.sendall(encoded(Ready(lack)))
    connection.close()
    if lack is not None:
        os._exit(_NOT_STARTED)
    os._exit(_waited(_shell(setup.command, f"{own}/tmp")))


def _lack(setup: Setup, report: JailReport, *, alone: bool) -> str | None:
    """Which of the layers that must be there is not."""
    if setup.jail.mode != "off" and os.geteuid() == 0:
        return AS_ROOT
    holds = {*report.holds, *(("signals",) if alone else ())}
    lacking = [layer for layer in setup.required if layer not in holds]
    if not lacking:
        return None
    whys = "; ".join(f"{layer}: {report.missing.get(layer, 'not tried')}" for layer in lacking)
    return f"the jail of commands cannot be made here ({whys})"


def _limit_cpu(seconds: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = min(_MAX_CPU_S, seconds if hard == resource.RLIM_INFINITY else min(seconds, hard))
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))


def _is_open(watched: int) -> bool:
    try:
        return os.read(watched, 1) != b""
    except BlockingIOError:
        return True


def _shell(command: str, home: str) -> int:
    environment = {
        "PATH": _PATH,
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "PYTHONDONTWRITEBYTECODE": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    return os.posix_spawn(
        _SHELL,
        ["sh", "-c", command],
        environment,
        # Python ignores them, and what is ignored stays so in a program.
        setsigdef=[signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT],
    )


def _waited(shell: int) -> int:
    """Reap what ends until the shell has; its exit code."""
    while True:
        pid, status = os.wait()
        if pid == shell:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else _BY_SIGNAL - code


if __name__ == "__main__":
    main()
