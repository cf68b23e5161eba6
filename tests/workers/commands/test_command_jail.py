"""What a command can reach, in the real jail: its files, the system's programs, no more."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from tests.support.commands import yard_in


@pytest.fixture
async def yard(tmp_path):
    async with yard_in(tmp_path) as made:
        yield made


async def test_a_command_works_in_its_folder(yard):
    result = await yard.run("cat a; echo new > b; ls; echo no >&2; exit 7", files={"a": "one\n"})
    assert (result.exit_code, result.output) == (7, b"one\na\nb\nno\n")
    assert yard.left == []


async def test_its_environment_has_nothing_of_ours(yard, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "s3cret")
    said = await yard.said("env | sort; pwd; echo $HOME")
    names = {line.partition("=")[0] for line in said.splitlines() if "=" in line}
    allowed = {"PATH", "HOME", "TMPDIR", "LANG", "TERM", "PYTHONDONTWRITEBYTECODE", "PWD"}
    assert names - {"_", "OLDPWD", "SHLVL"} <= allowed | {"GIT_CONFIG_NOSYSTEM"}
    assert "s3cret" not in said


async def test_the_server_s_files_and_the_system_s_secrets_are_out_of_reach(yard, tmp_path):
    """By name, by links of both kinds, and by the file system of processes."""
    (tmp_path / "beside").write_text("a neighbour's secret")
    secret = yard.data / "secret"
    said = await yard.said(
        f"for f in {secret} ../../../secret {tmp_path}/beside /etc/shadow /etc/passwd "
        f"/proc/{os.getpid()}/environ /proc/self/environ /proc/1/environ; do cat $f; done; "
        f"ls {yard.data}; ls /; ls ~/..; ls ../..; ln {secret} hard; cat hard; "
        f"ln -s {secret} soft; cat soft; cp {secret} copy; echo x > {secret}; "
        f"echo x > /etc/nightdesk; echo x > {yard.data}/new; chmod 777 {secret}; rm {secret}; true"
    )
    assert "secret of" not in said
    assert "neighbour" not in said
    assert "root:" not in said
    assert "PYTHONPATH=" not in said
    assert "Permission denied" in said
    assert secret.read_text() == "the secret of the house"
    assert sorted(os.listdir(yard.data)) == ["scratch", "secret"]


CONNECT = """
import socket, sys
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK):
    try:
        socket.socket(family)
        print("a socket of", family)
    except OSError:
        pass
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
    print("connected")
except OSError as error:
    print(error.strerror)
"""


async def test_it_has_no_network(yard):
    """Not even to a server on the same machine."""
    if (await yard.run("command -v python3")).exit_code:
        pytest.skip("there is no python3 among the system's programs")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        said = await yard.said(f"python3 try.py {port}", files={"try.py": CONNECT})
    assert said == "Operation not permitted"


@pytest.fixture
def neighbour():
    """A process of the same user."""
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as process:
        yield process
        process.send_signal(signal.SIGTERM)


async def test_it_reaches_no_process_but_its_own(yard, neighbour):
    """A neighbour of the same user lives on, and so does whoever keeps the command."""
    pids = f"{neighbour.pid} {os.getpid()} {os.getppid()}"
    result = await yard.run(
        f"for p in {pids}; do kill -0 $p && echo reached $p; kill -9 $p; done; "
        "kill -9 $PPID; kill -9 -1; echo on"
    )
    assert b"reached" not in result.output
    assert neighbour.poll() is None


async def test_it_is_not_the_superuser_and_cannot_become_it(yard):
    said = await yard.said("id -u; unshare -Ur id -u; su -c 'id -u'; mount -t tmpfs x /mnt; true")
    assert "0" not in said.split()


async def test_what_it_builds_and_installs_stays_its_own(yard):
    await yard.run("echo x > ~/kept; echo x > /tmp/kept; echo x > $TMPDIR/also")
    assert "kept" not in await yard.said("ls ~ /tmp $TMPDIR; true")
    assert yard.left == []


async def test_strict_and_off(tmp_path):
    for mode in ("strict", "off"):
        (tmp_path / mode).mkdir()
        async with yard_in(tmp_path / mode, jail=mode) as yard:
            assert await yard.said("cat a", files={"a": "works"}) == "works"
            reads = await yard.run(f"cat {yard.data}/secret")
            assert (reads.exit_code == 0) == (mode == "off")


REFUSES_NAMESPACES = """
import os, sys, trio
sys.path.insert(0, {root!r})
from pathlib import Path
from actors.ports.commands import CommandRefused
from tests.support.commands import yard_in
from workers.jail import kernel
from workers.jail.calls import MACHINES
from workers.jail.filter import ALLOW, REFUSE, _head, _on, _returns, pack

machine = MACHINES[os.uname().machine]
program = [*_head(machine), *_on(machine, "unshare", [_returns(REFUSE)]), _returns(ALLOW)]
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
kernel.install_filter(machine.calls["seccomp"], pack(program))

async def main():
    async with yard_in(Path({place!r})) as yard, yard.tool.place() as place:
        try:
            result = await place.run("kill -0 " + str(os.getppid()) + " || echo alone", 60)
            print("ran", result.output.decode())
        except CommandRefused as refused:
            print("refused", refused)

trio.run(main)
"""


def test_a_system_without_namespaces(tmp_path):
    """The superuser's server refuses there: no limit of processes would hold. Others' Landlock must
    keep signals in."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(__file__))))
    code = REFUSES_NAMESPACES.format(root=root, place=str(tmp_path))
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    if os.getuid() == 0:
        assert ran.stdout.startswith("refused the server runs as the superuser")
    else:
        assert "alone" in ran.stdout or ran.stdout.startswith("refused the jail")
