"""Tasks of agents: wall time beside what their calls alone must take, and memory of long ones.

The endpoint is `kit.model`, a process of its own, which answers each call after 50 ms. A task is
three rounds of three calls (the coder writes a file, says so, is judged), one after the other.
The ideal is what the waiting alone takes: calls times latency, over so many tasks at once. 100
tasks do not divide by 3: the last turn has one, and takes as long as any. So what is held to is the
ideal of whole turns. "The endpoint alone" is the same number of calls in the same turns, each as
long as one takes by a raw socket while nothing else goes on: what no client can do better. Our
clock runs from the first byte of the request that creates the job until the stream says that it has
ended: each call's record was on its way to disk before the next call began and there before the
one after, and all of them and the files are when it has ended; that of the command line from its
start to its end. The peer makes as many calls with httpx, and keeps nothing.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from kit.model import CALLS_A_ROUND, LATENCY_S, ROUNDS
from kit.procs import BENCH, BenchError, call, load, started
from kit.report import Bench, megabytes, table
from kit.requests import text
from kit.served import NIGHTDESK, Served, folder, serving

AT_ONCE = (3, 10, 50)
HEADERS = (
    "tasks at once",
    "by",
    "seconds",
    "ideal",
    "of whole turns",
    "times that",
    "seconds of each run",
)
ALONE_CALLS = 40
PROMPT = "Write a small program into a file, and say so. " * 20
MEMORY_HEADERS = ("tasks", "transcript of each", "peak MB: server, workers", "seconds")
# What a long task writes in each of its rounds; it is in the transcript as the call's arguments,
# and as the change that came of it.
LONG_FILE_BYTES = 170_000


def run(bench: Bench) -> str:
    count, turns = bench.size(100, 30), bench.size(3, 1)
    rows = []
    with endpoint() as base, folder() as place, serving(place, *flags(base)) as server:
        tasks(server, 3, prompts("warm", 1))
        call_s = alone(base)
        for width in AT_ONCE:
            each = -(-count // width) * ROUNDS * CALLS_A_ROUND
            ideal = Ideal(count * ROUNDS * CALLS_A_ROUND * LATENCY_S / width, each)
            ours, command_line, theirs = [], [], []
            for turn in range(turns):
                # The endpoint knows a task by its name, and goes on with one that it knows.
                ours.append(tasks(server, width, prompts(f"desk{width}-{turn}", count)))
                command_line.append(
                    command(place, base, width, prompts(f"run{width}-{turn}", count))
                )
                theirs.append(bare(bench, base, width, count))
            rows += [
                row(width, "Nightdesk, a desk", ours, ideal),
                row(width, "nightdesk agents run", command_line, ideal),
                row(width, "httpx, bare", theirs, ideal),
                row(width, "the endpoint alone", [call_s * each], ideal),
            ]
    return f"{table(HEADERS, rows)}\n\n{memory(bench)}"


def memory(bench: Bench) -> str:
    count = bench.size(1_000, 100)
    with folder() as place:
        script = place / "script.json"
        script.write_text(json.dumps(script_of_long(LONG_FILE_BYTES)))
        with (
            scripted("--script", script) as base,
            serving(place / "data", *flags(base)) as server,
        ):
            seconds = tasks(server, 50, [f"#task: m{number}" for number in range(count)])
            size = _first_transcript(server)
            peaks = " + ".join(f"{megabytes(peak):.0f}" for peak in server.peaks_bytes())
    return table(MEMORY_HEADERS, [(count, f"{size / 1e6:.2f} MB", peaks, seconds)])


def _first_transcript(server: Served) -> int:
    """Its size in bytes, as it is kept: on the page long texts are cut."""
    job = server.call("GET", "/api/desks/local/jobs?size=1")["jobs"][0]["id"]
    return len(server.download(f"/api/desks/local/jobs/{job}/items/0/transcript.jsonl"))


@contextmanager
def endpoint() -> Iterator[str]:
    """Its base URL."""
    with started([sys.executable, BENCH / "kit" / "model.py"]) as child:
        yield child.line


@contextmanager
def scripted(*flags: str | Path) -> Iterator[str]:
    """The base URL of the scripted endpoint, which answers at once."""
    with started([sys.executable, "-m", "nightdesk.demo_model", *flags]) as child:
        yield child.line


def flags(base: str) -> list[str]:
    opened = ["--agent-endpoint", f"bench={base}", "--agent-model", "bench=demo"]
    return [*opened, "--agent-calls", "100", "--sample-site", "off"]


def prompts(name: str, count: int) -> list[str]:
    return [f"#task: {name}-{number}\n{PROMPT}" for number in range(count)]


def script_of_long(size: int) -> dict[str, Any]:
    """Three rounds that write a file of so many bytes anew, the last of which is good."""
    rounds = []
    for number in range(1, ROUNDS + 1):
        content = f"{number} ".ljust(size, "x")
        use = {"name": "@write", "arguments": {"path": "a.txt", "content": content}}
        verdict = {"done": number == ROUNDS, "score": 30 * number, "missing": ["more"]}
        coder = [{"tools": [use]}, {"text": "It is written."}]
        rounds.append({"coder": coder, "judge": [{"text": json.dumps(verdict)}]})
    return {"rounds": rounds}


def tasks(server: Served, width: int, prompts: list[str]) -> float:
    """How long a job of them took."""
    spec = {"concurrency": width}
    job = {"kind": "agent", "name": "bench", "start": True, "items": prompts, "spec": spec}
    seen: dict[str, Any] = load("watcher", {**server.address, "desk": "local", "job": job}).result(
        900
    )
    if seen["status"] != "completed":
        raise BenchError(f"not every task was done: {seen}")
    return float(seen["seconds"])


def command(place: Path, base: str, width: int, asked: list[str]) -> float:
    """How long `nightdesk agents run` took, its start included."""
    work = Path(tempfile.mkdtemp(dir=place))
    listed = [{"dir": f"d{number}", "first_prompt": each} for number, each in enumerate(asked)]
    (work / "task.json").write_text(json.dumps({"tasks": listed}))
    said = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": base, "OPENAI_MODEL": "demo"}
    flags = ("--max-concurrent", str(width), "--rest-s", "0")
    began = time.perf_counter()
    ended = subprocess.run(
        [NIGHTDESK, "agents", "run", "task.json", *flags],
        cwd=work,
        env=os.environ | said,
        capture_output=True,
        check=False,
    )
    if ended.returncode:
        raise BenchError(f"not every task was done: {ended.stdout[-500:]!r}")
    return time.perf_counter() - began


def bare(bench: Bench, base: str, width: int, count: int) -> float:
    task = {"url": base, "width": width, "tasks": count, "calls": ROUNDS * CALLS_A_ROUND}
    seen = call([bench.peers_python, BENCH / "peers" / "agents_httpx.py"], task)
    if seen["done"] != count * ROUNDS * CALLS_A_ROUND:
        raise BenchError(f"the peer had {seen['done']} answers")
    return float(seen["seconds"])


def alone(base: str) -> float:
    """Seconds of one streamed call by a raw socket, the median of some."""
    url = urlsplit(base)
    asked = {"model": "demo", "stream": True}
    took = []
    with socket.create_connection((url.hostname, url.port)) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(ALONE_CALLS):
            said = [{"role": "user", "content": f"alone {number}"}]
            body = {**asked, "messages": said}
            data = text("POST", f"{url.path}/chat/completions", url.netloc, body).encode()
            began = time.perf_counter()
            raw.sendall(data)
            heard = b""
            while not heard.endswith(b"0\r\n\r\n"):
                heard += raw.recv(65536)
            took.append(time.perf_counter() - began)
    return statistics.median(took)


class Ideal(NamedTuple):
    """`seconds` if tasks were a liquid; `calls` that follow each other in whole turns of tasks."""

    seconds: float
    calls: int

    @property
    def turns_s(self) -> float:
        return self.calls * LATENCY_S


def row(width: int, by: str, runs: list[float], ideal: Ideal) -> tuple[object, ...]:
    middle = statistics.median(runs)
    each = " ".join(f"{seconds:.2f}" for seconds in runs)
    ratio = f"{middle / ideal.turns_s:.3f}"
    return width, by, middle, ideal.seconds, ideal.turns_s, ratio, each
