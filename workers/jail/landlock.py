"""Which files a process may touch, and whom it may signal, by Landlock (Linux 5.13 and later).

Used by `workers.jail.enter`. The rights are those that the kernel at hand knows; what it cannot
refuse (moving files between folders before 5.19, truncation before 6.2, ...) it cannot be asked to.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

from workers.jail.kernel import system_call

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_GET_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG, _MAKE_SOCK = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 9
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15

# What was added by each version of the interface, the first being 1.
_FILE_RIGHTS = (0, (1 << 13) - 1, _REFER, _TRUNCATE, 0, _IOCTL_DEV)
_TCP_RIGHTS = (1 << 0) | (1 << 1)
_SCOPES = (1 << 0) | (1 << 1)
_TCP_SINCE, SCOPES_SINCE = 4, 6

_READ = _READ_FILE | _READ_DIR
_OWN = (
    _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_SOCK
    | _REFER | _TRUNCATE
)  # fmt: skip
# What a right can mean for something that is no folder.
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV


def version() -> int:
    """The kernel's version of the interface. Raises OSError where it has none."""
    return system_call(_CREATE_RULESET, None, 0, _GET_VERSION)


def confine(
    own: Path,
    readable: Iterable[Path],
    devices: Iterable[Path],
    *,
    programs: bool,
    own_programs: bool = False,
) -> int:
    """Leave this thread, and all that it starts, those files; returns the interface's version.

    No network and no signal to others is left where the kernel can refuse them. Raises OSError.
    """
    known = version()
    handled = sum(_FILE_RIGHTS[: known + 1])
    ruleset = _create(handled, known)
    try:
        read = _READ | (_EXECUTE if programs else 0)
        for path in readable:
            _allow_if_there(ruleset, path, read & handled)
        for path in devices:
            _allow_if_there(ruleset, path, (_READ_FILE | _WRITE_FILE) & handled)
        _allow(ruleset, own, (_OWN | (_EXECUTE if own_programs else 0)) & handled)
        system_call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return known


def _create(handled: int, known: int) -> int:
    tcp = _TCP_RIGHTS if known >= _TCP_SINCE else 0
    scopes = _SCOPES if known >= SCOPES_SINCE else 0
    # An older kernel takes a longer structure whose end is zero.
    attributes = struct.pack("=QQQ", handled, tcp, scopes)
    return system_call(_CREATE_RULESET, ctypes.c_char_p(attributes), len(attributes), 0)


def _allow_if_there(ruleset: int, path: Path, rights: int) -> None:
    """What is not there, or is not ours to reach anyway, needs no right."""
    try:
        _allow(ruleset, path, rights)
    except (FileNotFoundError, PermissionError):
        return


def _allow(ruleset: int, path: Path, rights: int) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= _OF_FILES
        rule = ctypes.c_char_p(struct.pack("=Qi", rights, handle))
        system_call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(handle)
