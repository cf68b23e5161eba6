"""The filter of system calls on every machine it knows: run by hand, as the kernel would run it."""

from __future__ import annotations

import errno
import struct

import pytest

from workers.jail.calls import MACHINES, NEWEST
from workers.jail.filter import ALLOW, KILL, REFUSE, UNKNOWN, build_filter, pack

PID = 4_711
UNIX, INET, STREAM, DATAGRAM = 1, 2, 1, 2


class Filter:
    """A BPF machine, as far as seccomp uses it."""

    def __init__(self, name, **profile):
        self.machine = MACHINES[name]
        chosen = {"programs": False, "unix": False} | profile
        self.code = pack(build_filter(self.machine, pid=PID, **chosen))

    def __call__(self, call, *arguments, audit=None):
        number = self.machine.calls[call] if isinstance(call, str) else call
        wide = [*arguments, 0, 0, 0, 0, 0, 0][:6]
        data = struct.pack("<IIQ6Q", number, audit or self.machine.audit, 0, *wide)
        at, loaded = 0, 0
        while True:
            code, then, otherwise, operand = struct.unpack_from("=HBBI", self.code, 8 * at)
            at += 1
            if code == 0x06:
                return operand
            if code == 0x20:
                (loaded,) = struct.unpack_from("<I", data, operand)
                continue
            tests = {
                0x15: loaded == operand,
                0x25: loaded > operand,
                0x35: loaded >= operand,
                0x45: loaded & operand,
            }
            at += then if tests[code] else otherwise


@pytest.fixture(params=sorted(MACHINES))
def machine(request):
    return request.param


@pytest.fixture
def reading(machine):
    """What holds the readers of uploads."""
    return Filter(machine)


@pytest.fixture
def office(machine):
    """What would hold a program that needs children and local sockets."""
    return Filter(machine, programs=True, unix=True)


def test_calls_of_another_machine_end_the_process(reading):
    assert reading("kill", audit=0x4000_0003) == KILL


def test_the_second_numbering_of_a_machine_is_no_way_round():
    x86 = Filter("x86_64")
    assert x86(0x4000_0000 | x86.machine.calls["socket"], INET) == REFUSE
    assert x86(0x4000_0000 | 39) == REFUSE


def test_calls_newer_than_the_table_do_not_exist(reading):
    assert reading(NEWEST + 1) == UNKNOWN == 0x0005_0000 | errno.ENOSYS
    assert reading("clone3") == UNKNOWN


def test_sockets(reading, office):
    assert reading("socket", UNIX, STREAM) == REFUSE
    assert reading("socketpair", UNIX, STREAM | 0x8_0800) == ALLOW
    assert reading("connect") == reading("bind") == reading("accept4") == REFUSE
    assert office("socket", UNIX, STREAM) == ALLOW
    assert office("socket", UNIX, DATAGRAM) == REFUSE
    assert office("socket", INET, STREAM) == REFUSE
    # The kernel looks at the lower half of an argument, and so must the filter.
    assert office("socket", INET | 1 << 32, STREAM) == REFUSE
    assert office("accept4") == ALLOW


def test_children_and_threads(reading, office):
    thread, child, new_user = 0x3D_0F00, 17, 0x1000_0000 | 17
    assert reading("clone", thread) == ALLOW
    assert reading("clone", child) == reading("clone", thread | new_user) == REFUSE
    assert reading("execve") == REFUSE
    assert office("clone", child) == office("execve") == ALLOW
    assert office("clone", new_user) == REFUSE
    assert office("setsid") == office("setpgid") == office("execveat") == REFUSE


def test_signals_reach_itself_and_its_group_only(reading):
    assert reading("kill", 0, 9) == reading("kill", PID, 9) == reading("tgkill", PID, 5, 6) == ALLOW
    assert reading("kill", 1, 9) == reading("kill", 0xFFFF_FFFF, 9) == REFUSE
    assert reading("tgkill", 1, 1, 9) == reading("tkill", PID, 9) == REFUSE


def test_only_its_own_limits_and_priorities(reading):
    for call in ("prlimit64", "sched_setaffinity", "sched_setscheduler"):
        assert (reading(call, 0), reading(call, 1)) == (ALLOW, REFUSE)
    assert (reading("setpriority", 0, 0), reading("setpriority", 0, 1)) == (ALLOW, REFUSE)
    assert reading("setpriority", 2, 0) == REFUSE


@pytest.mark.parametrize("command", [8, 10, 15, 1024, 1026])
def test_descriptors_signal_nobody_and_keep_nobody_waiting(reading, command):
    assert reading("fcntl", 3, command, 1) == REFUSE
    assert reading("fcntl", 3, 2, 1) == ALLOW


def test_every_rule_is_there_on_every_machine():
    """A name that a machine's table lacks is a rule that is not there."""
    x86, arm = (set(MACHINES[name].calls) for name in ("x86_64", "aarch64"))
    old = {"fork", "vfork", "mknod", "ioperm", "iopl", "modify_ldt", "uselib"}
    old |= {"chmod", "chown", "lchown", "utime", "utimes", "futimesat", "inotify_init"}
    assert x86 - arm == old
    assert arm - x86 == set()
