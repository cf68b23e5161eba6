"""A real server at work, watched: its own process connects to nobody, its workers to their targets.

Watched twice. Python's audit events see every look-up and connection that the desk process makes;
where there is strace, the system calls of the server and its workers are read too, whoever makes
them. The environment names proxies, which nobody may follow.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from nightdesk.client import Client
from nightdesk.config import SAMPLE_SITE_FILE
from tests.support.processes import COMMAND, STOP_TIMEOUT_S, children_of, environment

PAGES = 10


def usable_strace() -> str | None:
    """Where there is one, and it may trace."""
    found = shutil.which("strace")
    tried = found and subprocess.run([found, "-qq", "-o", os.devnull, "true"], capture_output=True)
    return found if tried and tried.returncode == 0 else None


STRACE = usable_strace()

# Found by every Python of the server on its path; workers have a path of their own.
WATCH = """
import os, sys

WATCHED = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto",
           "socket.sendmsg", "subprocess.Popen", "os.exec", "os.posix_spawn", "os.system")
out = os.open({path!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

def note(event, arguments):
    if event in WATCHED:
        os.write(out, f"{{os.getpid()}} {{event}} {{arguments!r}}\\n".encode())

sys.addaudithook(note)
"""
_CONNECT = re.compile(
    r" *(?:connect|sendto|sendmsg)\(\d+, .*?sa_family=AF_INET6?, "
    r'sin6?_port=htons\((\d+)\).*?"([0-9a-f.:]+)"'
)
_CLONED = re.compile(r"= (\d+)$")


@dataclass
class Watched:
    """What a server did, from its start to its end, by process."""

    server: int
    workers: set[int]
    site: int
    environments: list[bytes]
    audited: list[str]
    calls: list[tuple[int, str, int]]


@pytest.fixture(scope="module")
def canary():
    """A listener that nothing should come to."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


@pytest.fixture(scope="module")
def watched(tmp_path_factory, canary) -> Watched:
    folder = tmp_path_factory.mktemp("watched")
    (folder / "sitecustomize.py").write_text(WATCH.format(path=str(folder / "audit")))
    traced = [STRACE, "-D", "-f", "-qq", "-s", "0", "-o", str(folder / "calls")] if STRACE else []
    traced += ["-e", "trace=connect,sendto,sendmsg,clone,clone3"] if STRACE else []
    server = subprocess.Popen(
        [*traced, *COMMAND, "serve", "--port", "0", "--data", str(folder / "data")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment() | {"PYTHONPATH": str(folder)} | proxies(canary.getsockname()[1]),
    )
    try:
        url = server.stdout.readline().decode().removeprefix("Nightdesk is at ").strip()
        workers, environments, site = put_to_work(url, server.pid, folder / "data", canary)
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=STOP_TIMEOUT_S)
    return Watched(
        server.pid,
        workers,
        site,
        environments,
        (folder / "audit").read_text("utf-8").splitlines(),
        [*calls_in(folder / "calls")] if STRACE else [],
    )


def proxies(port: int) -> dict[str, str]:
    names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return dict.fromkeys(names, f"http://canary:s3cret@127.0.0.1:{port}")


def put_to_work(url, pid, data: Path, canary):
    """A job on the sample site, by name and by address, with an item that is refused."""
    site = int((data / SAMPLE_SITE_FILE).read_text())
    hosts = ("127.0.0.1", "localhost")
    urls = [f"http://{hosts[n % 2]}:{site}/page/{n}" for n in range(1, PAGES + 1)]
    urls.append(f"http://127.0.0.1:{canary.getsockname()[1]}/")
    with Client(url) as client:
        job = client.submit(urls, spec={"concurrency": 4}, start=True)
        ended = client.wait(job.id, timeout_s=STOP_TIMEOUT_S)
    assert ended.counts.ok >= PAGES - 1
    workers = set(children_of(pid))
    return workers, [Path(f"/proc/{w}/environ").read_bytes() for w in workers], site


def calls_in(path: Path):
    """(process, address, port): a thread's calls are those of its process."""
    process_of: dict[str, str] = {}
    cloning: dict[str, bool] = {}
    for line in path.read_text("utf-8", "replace").splitlines():
        task, _, call = line.partition(" ")
        own = process_of.get(task, task)
        if "clone" in call:
            # One call may stand on two lines: its flags on the first, the new task on the last.
            cloning[task] = "CLONE_THREAD" in call or (
                "resumed" in call and cloning.get(task, False)
            )
            if (made := _CLONED.search(call)) is not None:
                process_of[made.group(1)] = own if cloning.pop(task) else made.group(1)
        elif (match := _CONNECT.match(call)) is not None:
            port, address = match.groups()
            yield int(own), address, int(port)


def test_the_desk_process_looks_nothing_up_and_connects_to_nobody(watched):
    """Names are looked up for the addresses to serve at only; programs are workers only."""
    made = [line for line in watched.audited if line.startswith(f"{watched.server} ")]
    events = {line.split()[1] for line in made}
    assert "subprocess.Popen" in events, "it was not watched"
    assert events <= {"subprocess.Popen", "socket.getaddrinfo"}
    started = [line for line in made if " subprocess.Popen " in line]
    # Trio asks the linker's cache for a library when it is imported.
    assert all("workers.host" in line or "ldconfig" in line for line in started)
    looked_up = [line for line in made if " socket.getaddrinfo " in line]
    assert all("127.0.0.1" in line for line in looked_up)


@pytest.mark.skipif(STRACE is None, reason="no strace here that may trace")
def test_only_workers_connect_and_only_to_what_they_may(watched):
    assert watched.workers
    assert {pid for pid, _, _ in watched.calls} & watched.workers
    for pid, address, port in watched.calls:
        assert pid != watched.server
        # Port 0 and 53 are the C library's: it asks the kernel for a route, and a name server.
        assert port in (watched.site, 0, 53), f"{pid} went to {address}:{port}"


def test_a_worker_is_told_of_no_proxy_and_follows_none(watched, canary):
    assert watched.environments
    for variables in watched.environments:
        names = {pair.partition(b"=")[0] for pair in variables.split(b"\0") if pair}
        assert names <= {b"PATH", b"LANG", b"PYTHONPATH", b"LC_CTYPE"}
        assert b"s3cret" not in variables
    with pytest.raises(BlockingIOError):
        canary.accept()
