"""What hostile bytes may try in a jailed worker, and what comes of it: real processes, real kernel.

What the kernel at hand has not (Landlock, namespaces) is skipped by name, and nothing else is.
"""

from __future__ import annotations

import os
import socket
from collections import Counter

import pytest

from tests.support.jails import Prison
from workers.jail import landlock
from workers.jail.landlock import SCOPES_SINCE


@pytest.fixture
def data(tmp_path):
    """A data folder with a secret in it."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "secret").write_bytes(b"k" * 32)
    return folder


@pytest.fixture
async def prison(data, nursery):
    prison = Prison(data)
    await nursery.start(prison.run)
    return prison


async def layers(prison):
    """What holds the worker that is up."""
    await prison.heard.wait_said("worker_started")
    return prison.heard.said("worker_started")[0]["jail"].split(",")


REFUSED = [
    ("an IPv4 socket", {"do": "socket", "family": socket.AF_INET}),
    ("an IPv6 socket", {"do": "socket", "family": socket.AF_INET6}),
    ("a local socket", {"do": "socket", "family": socket.AF_UNIX}),
    ("a netlink socket", {"do": "socket", "family": socket.AF_NETLINK}),
    ("a socket of a virtual machine", {"do": "socket", "family": socket.AF_VSOCK}),
    ("a kernel crypto socket", {"do": "socket", "family": socket.AF_ALG}),
    ("datagrams, which name their receiver", {"do": "datagram_pair"}),
    ("a process of its own", {"do": "fork"}),
    ("a program", {"do": "program"}),
    ("a bare fork", {"do": "raw", "name": "clone", "arguments": [17, 0]}),
    ("a user namespace", {"do": "raw", "name": "unshare", "arguments": [0x1000_0000]}),
    ("a thread in new namespaces", {"do": "raw", "name": "clone", "arguments": [0x1001_0000]}),
    ("another's namespace", {"do": "raw", "name": "setns", "arguments": [0, 0]}),
    ("tracing its parent", {"do": "raw", "name": "ptrace", "arguments": [16, "PARENT"]}),
    ("reading memory", {"do": "raw", "name": "process_vm_readv", "arguments": ["PARENT", 0, 0]}),
    ("stealing a descriptor", {"do": "raw", "name": "pidfd_getfd", "arguments": [0, 0, 0]}),
    ("mounting", {"do": "raw", "name": "mount", "arguments": [0, 0, 0, 0, 0]}),
    ("a new root", {"do": "raw", "name": "chroot", "arguments": [0]}),
    ("the kernel's keys", {"do": "raw", "name": "keyctl", "arguments": [0, 0]}),
    ("a kernel program", {"do": "raw", "name": "bpf", "arguments": [0, 0, 0]}),
    ("performance counters", {"do": "raw", "name": "perf_event_open", "arguments": [0]}),
    ("page faults of its own", {"do": "raw", "name": "userfaultfd", "arguments": [0]}),
    ("the queue past the filter", {"do": "raw", "name": "io_uring_setup", "arguments": [1, 0]}),
    ("files in memory, past the limits", {"do": "raw", "name": "memfd_create", "arguments": [0]}),
    ("a new kernel", {"do": "raw", "name": "kexec_load", "arguments": [0]}),
    ("a kernel module", {"do": "raw", "name": "init_module", "arguments": [0]}),
    ("leaving its group", {"do": "raw", "name": "setsid", "arguments": []}),
    ("moving to another group", {"do": "raw", "name": "setpgid", "arguments": [0, 0]}),
    ("signalling its parent", {"do": "kill", "pid": "PARENT", "sig": 0}),
    ("signalling everybody", {"do": "kill", "pid": -1, "sig": 0}),
    ("signals by a descriptor", {"do": "own_signal", "pid": "PARENT"}),
    ("outliving its server", {"do": "raw", "name": "prctl", "arguments": [1, 0]}),
    ("being traceable", {"do": "raw", "name": "prctl", "arguments": [4, 1]}),
    ("typing into a terminal", {"do": "raw", "name": "ioctl", "arguments": [0, 0x5412, 0]}),
    ("a library for nobody", {"do": "chmod_library", "mode": 0}),
    ("a watch over files", {"do": "raw", "name": "inotify_init1", "arguments": [0]}),
    ("a lease on a library", {"do": "library_fcntl", "command": 1024, "argument": 0}),
    ("word of a folder's changes", {"do": "library_fcntl", "command": 1026, "argument": 1}),
    ("a library's flags", {"do": "library_ioctl", "request": 0x4008_6602}),
    ("a library that nobody can write", {"do": "library_ioctl", "request": 0x4080_6685}),
    ("limits of its parent", {"do": "setrlimit", "pid": "PARENT"}),
    ("the priority of its parent", {"do": "nice", "pid": "PARENT"}),
    ("the processors of its parent", {"do": "affinity", "pid": "PARENT"}),
]


async def test_every_attempt_to_reach_out_is_refused(prison):
    """One worker tries them all: it is refused, not killed, and goes on."""
    wishes = [fill(wish) for _, wish in REFUSED]
    hand = await prison.work(*wishes)
    came = {REFUSED[index][0]: ended for index, ended in hand.ended.items()}
    went = {what: end for what, end in came.items() if bytes(end.result) != b'{"error":"EPERM"}'}
    assert went == {}
    assert hand.lost == []
    assert len(prison.heard.said("worker_started")) == 1


def fill(value):
    """The pid of this process, which is the parent, where a wish names it."""
    if isinstance(value, dict):
        return {key: fill(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner) for inner in value]
    return os.getpid() if value == "PARENT" else value


async def test_what_libraries_need_works(prison):
    hand = await prison.work({"do": "threads"}, {"do": "stream_pair"}, {"do": "core"})
    assert [hand.results()[index]["ok"] for index in range(3)] == [1, 2, [0, 0]]


async def test_files_of_the_server_and_of_the_house_are_out_of_reach(prison, data, tmp_path):
    (tmp_path / "beside").write_text("a neighbour's")
    if not landlock_version():
        pytest.skip("this kernel has no Landlock")
    assert "files" in await started(prison)
    secret = str(data / "secret")
    attempts = [
        {"do": "read", "path": secret},
        {"do": "read", "path": "../../secret"},
        {"do": "list", "path": str(data)},
        {"do": "list", "path": ".."},
        {"do": "read", "path": str(tmp_path / "beside")},
        {"do": "read", "path": "/etc/passwd"},
        {"do": "read", "path": "/proc/self/environ"},
        {"do": "read", "path": f"/proc/{os.getpid()}/cmdline"},
        {"do": "write", "path": secret},
        {"do": "write", "path": str(data / "new")},
        {"do": "write", "path": "../new"},
        {"do": "write", "path": "/dev/shm/nightdesk"},
        {"do": "link", "path": secret},
        {"do": "hard_link", "path": secret},
    ]
    hand = await prison.work(*attempts)
    refused = {"EACCES", "EPERM", "EXDEV"}
    open_doors = [
        (attempts[index], result)
        for index, result in sorted(hand.results().items())
        if result.get("error") not in refused
    ]
    assert open_doors == []
    assert (data / "secret").read_bytes() == b"k" * 32


async def test_what_it_cannot_open_it_cannot_give_away_either(prison, data):
    """Landlock is not asked about modes, times and attributes: a name is enough for them."""
    secret = data / "secret"
    secret.chmod(0o600)
    before = secret.stat()
    hand = await prison.work(
        {"do": "chmod", "path": str(secret), "mode": 0o666},
        {"do": "chmod", "path": str(data), "mode": 0o777},
        {"do": "chmod", "path": "../..", "mode": 0},
        {"do": "utime", "path": str(secret)},
        {"do": "setxattr", "path": str(secret)},
        {"do": "raw", "name": "fchmodat2", "arguments": [-100, 0, 0o666, 0]},
        {"do": "raw", "name": "inotify_add_watch", "arguments": [0, 0, 2]},
    )
    assert [result["error"] for _, result in sorted(hand.results().items())] == ["EPERM"] * 7
    assert secret.stat() == before


async def started(prison):
    await prison.work({"do": "pid"})
    return await layers(prison)


async def test_every_layer_that_the_kernel_has_holds(prison):
    known = landlock_version()
    expected = {"limits", "privileges", "syscalls"}
    expected |= {"files"} if known else set()
    expected |= {"signals"} if known >= SCOPES_SINCE else set()
    assert set(await started(prison)) - {"network"} == expected


def landlock_version():
    """What this kernel has of it, 0 for nothing."""
    try:
        return landlock.version()
    except OSError:
        return 0


async def test_nothing_is_inherited(prison, data, monkeypatch):
    monkeypatch.setenv("NIGHTDESK_SECRET", "s3cret")
    environ, argv, folder = (await prison.outcome(do="environ"))["ok"]
    names = {"PATH", "LANG", "PYTHONPATH", "LC_CTYPE", "HOME", "TMPDIR"}
    tuned = {"PYTHONDONTWRITEBYTECODE", "MALLOC_ARENA_MAX", "OPENBLAS_NUM_THREADS"}
    assert set(environ) <= names | tuned
    assert os.path.dirname(folder) == str(data / "scratch")
    assert not any("t0p" in argument for argument in argv)
    kinds = (await prison.outcome(do="descriptors"))["ok"]
    # /dev/null; what is printed (twice) and the lifeline, which are pipes; one socket to us and
    # Trio's own two pairs; Trio's epoll; the count of memory and the word that marks the item.
    expected = {"20000": 1, "10000": 3, "140000": 5, "0": 1, "100000": 2}
    assert Counter(kinds) == expected


async def test_an_item_finds_nothing_of_the_one_before(prison):
    hand = await prison.work({"do": "leave"}, {"do": "leave"})
    assert [hand.results()[index]["ok"] for index in (0, 1)] == [[], []]
    assert hand.lost == []


async def test_what_a_worker_cannot_remove_the_server_does(prison, data):
    """It may not change modes: it ends, and the next worker has a folder of its own."""
    hand = await prison.work({"do": "leave", "mode": 0o300, "until": 1})
    assert len(hand.lost) == 1
    assert await prison.outcome(do="leave") == {"ok": []}
    assert len(prison.heard.said("worker_started")) == 2
