"""The few system calls that Python has no function for, by ctypes. Each raises OSError.

Used by the modules of `workers.jail` in a process that has one thread. Nothing here decides.
"""

from __future__ import annotations

import ctypes
import os

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x4_0000

_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_TSYNC = 1
_CAPABILITY_VERSION_3 = 0x2008_0522


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


class _CapabilityHeader(ctypes.Structure):
    """struct __user_cap_header_struct."""

    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def prctl(option: int, value: int) -> None:
    _checked(_libc().prctl(option, _long(value), _long(0), _long(0), _long(0)), "prctl")


def unshare(flags: int) -> None:
    _checked(_libc().unshare(flags), "unshare")


def bind(folder: str, place: str) -> None:
    """From here on the folder is seen at that place as well, by who shares our mounts, which must
    be ours alone by `unshare`."""
    private = ctypes.c_ulong(_MS_REC | _MS_PRIVATE)
    _checked(_libc().mount(None, b"/", None, private, None), "mount")
    flags = ctypes.c_ulong(_MS_BIND)
    _checked(_libc().mount(os.fsencode(folder), os.fsencode(place), None, flags, None), "mount")


def drop_capabilities() -> None:
    """Give up every capability, also those that were held back."""
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    none = ctypes.create_string_buffer(24)
    _checked(_libc().capset(ctypes.byref(header), none), "capset")


def install_filter(call: int, program: bytes) -> None:
    """Put all threads under a BPF filter. `call` is the number of seccomp here."""
    loaded = _Program(len(program) // 8, program)
    flags = _SECCOMP_FILTER_FLAG_TSYNC
    _checked(system_call(call, _SECCOMP_SET_MODE_FILTER, flags, ctypes.byref(loaded)), "seccomp")


def system_call(number: int, *arguments: object) -> int:
    """Raises OSError. Integers go as long: what is variadic would take them as int."""
    given = [_long(value) if isinstance(value, int) else value for value in arguments]
    result: int = _libc().syscall(_long(number), *given)
    return _checked(result, f"system call {number}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _long(value: int) -> ctypes.c_long:
    return ctypes.c_long(value)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result
