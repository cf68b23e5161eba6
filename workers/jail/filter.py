"""The filter of system calls, as a BPF program for seccomp. Pure.

Used by `workers.jail.enter`. What is refused gets EPERM, so that a library that tries something
optional goes on without it; only a call of another machine's kind kills, since the numbers mean
something else there. A number newer than our tables does not exist (ENOSYS).
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterable, Sequence

from msgspec import Struct

from workers.jail.calls import NEWEST, Machine

ALLOW = 0x7FFF_0000
KILL = 0x8000_0000
_ERRNO = 0x0005_0000
REFUSE = _ERRNO | errno.EPERM
UNKNOWN = _ERRNO | errno.ENOSYS

# Of struct seccomp_data.
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16

_LOAD, _RETURN = 0x20, 0x06
_IF_EQUAL, _IF_GREATER, _IF_AT_LEAST, _IF_ANY_BIT = 0x15, 0x25, 0x35, 0x45

_CLONE_THREAD = 0x0001_0000
# Every CLONE_NEW*: namespaces for mounts, control groups, names, IPC, users, processes, network.
_CLONE_NAMESPACES = 0x0002_0000 | 0x7E00_0000
_STREAMS = (
    socket.SOCK_STREAM,
    socket.SOCK_STREAM | socket.SOCK_CLOEXEC,
    socket.SOCK_STREAM | socket.SOCK_NONBLOCK,
    socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK,
)

# Reaches other processes, or a part of the kernel that nobody here needs.
_NEVER = (
    "accept", "accept4", "acct", "add_key", "adjtimex", "bpf", "chroot", "clock_adjtime",
    "clock_settime", "delete_module", "execveat", "fanotify_init", "finit_module", "fsconfig",
    "fsmount", "fsopen", "fspick", "init_module", "io_uring_enter", "io_uring_register",
    "io_uring_setup", "ioperm", "iopl", "kcmp", "kexec_file_load", "kexec_load", "keyctl",
    "mbind", "memfd_create", "memfd_secret", "migrate_pages", "mknod", "mknodat", "modify_ldt",
    "mount", "mount_setattr", "move_mount", "move_pages", "mq_open", "msgget",
    "name_to_handle_at", "open_by_handle_at", "open_tree", "perf_event_open", "personality",
    "pidfd_getfd", "pidfd_send_signal", "pivot_root", "process_madvise", "process_mrelease",
    "process_vm_readv", "process_vm_writev", "ptrace", "quotactl", "quotactl_fd", "reboot",
    "request_key", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "semget", "set_mempolicy",
    "setdomainname", "sethostname", "setns", "setpgid", "setsid", "settimeofday", "shmget",
    "swapoff", "swapon", "syslog", "umount2", "unshare", "uselib", "userfaultfd",
)  # fmt: skip
# Landlock asks who opens a file, and these open none: whoever knows a name could give away, or take
# away, what the server's user owns, and watch which files come and go. Nor through a descriptor:
# libraries are open for reading, and theirs to change as much.
_UNSEEN_BY_LANDLOCK = (
    "chmod", "chown", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat", "fremovexattr",
    "fsetxattr", "futimesat", "inotify_add_watch", "inotify_init", "inotify_init1", "lchown",
    "lremovexattr", "lsetxattr", "removexattr", "setxattr", "utime", "utimensat", "utimes",
)  # fmt: skip
_LOCAL_SOCKETS = frozenset({"accept", "accept4"})
_PROGRAMS = ("fork", "vfork", "execve")


class Instruction(Struct, frozen=True):
    """struct sock_filter: a code, how far to jump where it is true and where not, an operand."""

    code: int
    operand: int
    then: int = 0
    otherwise: int = 0


Rule = Sequence[Instruction]


def build_filter(machine: Machine, *, programs: bool, unix: bool, pid: int) -> list[Instruction]:
    """The whole program for a worker of that process id."""
    built = [*_head(machine)]
    for name in (*_NEVER, *_UNSEEN_BY_LANDLOCK):
        if not (unix and name in _LOCAL_SOCKETS):
            built += _on(machine, name, [_returns(REFUSE)])
    for name, rule in _rules(programs=programs, unix=unix, pid=pid):
        built += _on(machine, name, rule)
    built += _on(machine, "clone3", [_returns(UNKNOWN)])
    return [*built, _returns(ALLOW)]


def pack(program: Iterable[Instruction]) -> bytes:
    """The program as the kernel reads it."""
    return b"".join(struct.pack("=HBBI", i.code, i.then, i.otherwise, i.operand) for i in program)


def _head(machine: Machine) -> Rule:
    yields = [
        Instruction(_LOAD, _MACHINE_AT),
        Instruction(_IF_EQUAL, machine.audit, then=1),
        _returns(KILL),
        Instruction(_LOAD, _NUMBER_AT),
    ]
    if machine.second_abi is not None:
        yields += [Instruction(_IF_AT_LEAST, machine.second_abi, otherwise=1), _returns(REFUSE)]
    return [*yields, Instruction(_IF_GREATER, NEWEST, otherwise=1), _returns(UNKNOWN)]


def _rules(*, programs: bool, unix: bool, pid: int) -> Iterable[tuple[str, Rule]]:
    """What is decided by an argument. Every argument here is an int to the kernel: its lower half
    is all there is of it."""
    yield "socket", _local_stream() if unix else [_returns(REFUSE)]
    yield "socketpair", _local_stream()
    for name in ("bind", "listen", "connect"):
        if not unix:
            yield name, [_returns(REFUSE)]
    if programs:
        yield "clone", [_argument(0), *_refuse_bits(_CLONE_NAMESPACES), _returns(ALLOW)]
    else:
        yield "clone", [_argument(0), *_refuse_bits(_CLONE_NAMESPACES), *_need(_CLONE_THREAD)]
        for name in _PROGRAMS:
            yield name, [_returns(REFUSE)]
        # Its own group, and itself; what has no children has nobody else to tell.
        yield "kill", _one_of(0, (0, pid))
        yield "tgkill", _one_of(0, (pid,))
        yield "tkill", [_returns(REFUSE)]
    for name in ("prlimit64", "sched_setparam", "sched_setscheduler", "sched_setattr"):
        yield name, _one_of(0, (0,))
    yield "sched_setaffinity", _one_of(0, (0,))
    # Who it is about comes second: which=PRIO_PROCESS, who=0 is the caller.
    yield "setpriority", [_argument(0), *_refuse_bits(0xFFFF_FFFF), *_one_of(1, (0,))]
    yield "ioprio_set", [_returns(REFUSE)]
    # A descriptor can be told to signal any process of ours (the lifeline is set by now), and a
    # lease on a library would keep everybody else waiting who opens it.
    # F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY.
    yield "fcntl", _none_of(1, (8, 10, 15, 1024, 1026))
    # TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP; FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR, and
    # FS_IOC_ENABLE_VERITY, each of which only asks who owns the file.
    terminals, flags = (0x5412, 0x541C, 0x8901, 0x8902), (0x4008_6602, 0x401C_5820, 0x4080_6685)
    yield "ioctl", _none_of(1, (*terminals, *flags))
    # PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_PTRACER.
    yield "prctl", _none_of(0, (1, 4, 36, 0x5961_6D61))


def _on(machine: Machine, name: str, rule: Rule) -> Rule:
    """The rule for one call, which returns; every other goes on behind it."""
    number = machine.calls.get(name)
    if number is None:
        return []
    return [Instruction(_IF_EQUAL, number, otherwise=len(rule)), *rule]


def _local_stream() -> Rule:
    """Only AF_UNIX, and of it only streams: a datagram names its receiver anew each time."""
    return [
        _argument(0),
        Instruction(_IF_EQUAL, socket.AF_UNIX, then=1),
        _returns(REFUSE),
        *_one_of(1, _STREAMS),
    ]


def _one_of(argument: int, values: Sequence[int]) -> Rule:
    return [_argument(argument), *_branches(values, ALLOW), _returns(REFUSE)]


def _none_of(argument: int, values: Sequence[int]) -> Rule:
    return [_argument(argument), *_branches(values, REFUSE), _returns(ALLOW)]


def _branches(values: Sequence[int], verdict: int) -> Iterable[Instruction]:
    for value in values:
        yield Instruction(_IF_EQUAL, value, otherwise=1)
        yield _returns(verdict)


def _refuse_bits(bits: int) -> Rule:
    return [Instruction(_IF_ANY_BIT, bits, otherwise=1), _returns(REFUSE)]


def _need(bit: int) -> Rule:
    return [Instruction(_IF_ANY_BIT, bit, otherwise=1), _returns(ALLOW), _returns(REFUSE)]


def _argument(index: int) -> Instruction:
    return Instruction(_LOAD, _ARGUMENTS_AT + 8 * index)


def _returns(verdict: int) -> Instruction:
    return Instruction(_RETURN, verdict)
