"""Going into the jail: every layer that the kernel has, in the order that lets the next one in.

Called by `workers.host` once, in a process of one thread that has read its settings and nothing
hostile. What cannot be had is reported and not hidden; whether that will do is decided by the mode.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from workers.jail import kernel, landlock, limits
from workers.jail.calls import MACHINES
from workers.jail.filter import build_filter, pack
from workers.jail.paths import DEVICES, readable_paths
from workers.jail.settings import LAYERS, JailReport, JailSettings, Layer

_OFF = "the operator turned the jail off (--jail off)"


class LayerMissing(Exception):
    """A layer cannot be had here; the message says why."""


def enter(settings: JailSettings, own: Path) -> JailReport:
    """Confine this process to its limits and to its own folder; says what holds from now on."""
    jail = _Jail(settings, own)
    steps: dict[Layer, Callable[[], None]] = {
        "limits": jail.limit,
        "network": jail.leave_network,
        "privileges": jail.drop_privileges,
        "files": jail.confine_files,
        "signals": jail.check_signals,
        "syscalls": jail.filter_calls,
    }
    missing: dict[str, str] = {}
    for layer, step in steps.items():
        if settings.mode == "off" and layer != "limits":
            missing[layer] = _OFF
            continue
        try:
            step()
        except (OSError, ValueError, LayerMissing) as error:
            missing[layer] = str(error)
    return JailReport(tuple(layer for layer in LAYERS if layer not in missing), missing)


class _Jail:
    """The steps. Each raises OSError, ValueError or LayerMissing where it cannot be done."""

    def __init__(self, settings: JailSettings, own: Path) -> None:
        self._settings = settings
        self._own = own
        # Written by `confine_files`: the version of Landlock that holds us, 0 for none.
        self._landlock = 0

    def limit(self) -> None:
        limits.limit_process(self._settings)

    def leave_network(self) -> None:
        """New namespaces have nothing in them; the one of users is what makes the others ours."""
        kernel.unshare(
            kernel.CLONE_NEWUSER | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
        )
        # Counted within the namespace; counted over all that the user runs it would be a trap.
        limits.limit_processes(self._settings.processes)

    def drop_privileges(self) -> None:
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.drop_capabilities()
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        # The kernel forgets it where credentials change (`workers.lifeline`).
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)

    def confine_files(self) -> None:
        programs = self._settings.programs
        readable = [*readable_paths(programs=programs), *map(Path, self._settings.readable)]
        self._landlock = landlock.confine(
            self._own,
            readable,
            DEVICES,
            programs=programs,
            own_programs=self._settings.own_programs,
        )
        # Beside our folder lie those of the other workers, above them all that the server keeps.
        if _can_list(self._own.parent):
            raise LayerMissing(f"{self._own.parent} lies in a folder that workers must read")

    def check_signals(self) -> None:
        if self._landlock < landlock.SCOPES_SINCE:
            raise LayerMissing(f"Landlock has version {self._landlock} here, 6 is needed")

    def filter_calls(self) -> None:
        machine = MACHINES.get(os.uname().machine)
        if machine is None:
            raise LayerMissing(f"no system calls are known for {os.uname().machine}")
        wanted = self._settings
        program = build_filter(machine, programs=wanted.programs, unix=wanted.unix, pid=os.getpid())
        kernel.install_filter(machine.calls["seccomp"], pack(program))


def _can_list(folder: Path) -> bool:
    try:
        os.close(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
    except PermissionError:
        return False
    return True
