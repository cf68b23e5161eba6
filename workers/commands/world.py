"""The world of a command: its own process ids and mounts, another user where we are the superuser,
and its folder in the place of the system's one for temporary files.

Used by `workers.commands.child`, in processes of one thread. Where the system lets nobody have
namespaces there is no such world, and the layers of the jail must do (`workers.commands.tool`).
"""

from __future__ import annotations

import os
from pathlib import Path

from workers.jail import kernel, limits

# Where a command sees its folder: the server's own paths are nobody's business.
PLACE = "/tmp"
# Who a command is where the server is the superuser, whom no limit of processes holds.
NOBODY = 65534
AS_ROOT = (
    "the server runs as the superuser, and can be nobody else for commands here: run it as a user "
    "of its own"
)
_LOAD = Path("/proc/loadavg")


def give_away(own: Path) -> None:
    """Have all in it belong to who the command will be. In the worker. Raises OSError."""
    if os.geteuid() != 0:
        return
    for _, folders, files, handle in os.fwalk(own, follow_symlinks=False):
        for name in (*folders, *files):
            os.chown(name, NOBODY, NOBODY, dir_fd=handle, follow_symlinks=False)
    os.chown(own, NOBODY, NOBODY, follow_symlinks=False)


def enter_world(own: str) -> bool:
    """From here on our mounts are our own, with the folder at `PLACE`, and what we fork is the
    first process of its kind. False, and nothing has changed, where that is not to be had."""
    user, group = os.getuid(), os.getgid()
    wanted = kernel.CLONE_NEWPID | kernel.CLONE_NEWNS
    try:
        # The superuser needs no namespace of users, and could be nobody else in one.
        kernel.unshare(wanted if user == 0 else wanted | kernel.CLONE_NEWUSER)
    except OSError:
        return False
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    kernel.bind(own, PLACE)
    return True


def be_nobody() -> None:
    """Where we are the superuser, in a world of our own. Raises OSError."""
    if os.geteuid() != 0:
        return
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    # The files of /proc that are about us are ours again; the jail takes that back.
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)


def limit_processes(count: int) -> None:
    """So many more than there are of anybody's: all that the user runs is counted, until the jail
    has a namespace of users of its own and sets the number itself (`workers.jail.enter`)."""
    limits.limit_processes(count + tasks_of_system())


def tasks_of_system() -> int:
    """How many processes and threads there are, at the price of one read."""
    return int(_LOAD.read_text().split()[3].partition("/")[2])
