"""The server as a process: how it starts, how it refuses to, how it ends, what outlives a kill."""

from __future__ import annotations

import json
import shlex
import signal
import socket
import subprocess
from collections import Counter
from pathlib import Path

import pytest
import trio

from nightdesk import AsyncClient, Client
from tests.support.processes import (
    COMMAND,
    STARTUP_TIMEOUT_S,
    environment,
    run_command,
    wait_gone,
)
from tests.support.target import Target

ITEMS = 120
BEFORE_THE_GATE = 60


def test_it_says_one_line_and_ends_well(start_server):
    server = start_server()
    with Client(server.url) as desk:
        assert desk.snapshot().jobs == ()
    assert server.stop() == 0
    assert server.said == f"Nightdesk is at {server.url}\n"
    assert "Traceback" not in server.log


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_what_was_acknowledged_is_there_after_a_restart(start_server, how):
    first = start_server()
    with Client(first.url) as desk:
        job = desk.submit(["http://192.0.2.1/"], name="kept", start=False)
    assert first.stop(how) == 0
    with Client(start_server().url) as desk:
        assert desk.job(job.id).name == "kept"


def test_a_second_server_on_the_same_folder_touches_nothing(start_server):
    first = start_server()
    before = tree(first.data)
    refused = run_command("serve", "--port", "0", "--data", str(first.data))
    assert refused.returncode == 2
    assert refused.stdout == ""
    line = f"nightdesk: another server (process {first.pid}) is using {first.data}\n"
    assert refused.stderr == line
    assert tree(first.data) == before


def tree(folder: Path):
    return {p: p.stat().st_mtime_ns for p in folder.rglob("*")}


def test_a_port_in_use_is_said_plainly(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = run_command("serve", "--port", port, "--data", str(tmp_path / "data"))
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"nightdesk: port {port} of 127.0.0.1 is in use")
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("folder", ["file", "file/below", "/proc/nightdesk"])
def test_a_folder_that_cannot_be_used_is_said_plainly(tmp_path, folder):
    (tmp_path / "file").write_text("")
    data = str(tmp_path / folder)
    assert_refused(run_command("serve", "--port", "0", "--data", data), data)


def test_a_disk_that_takes_nothing_is_said_plainly(tmp_path):
    data = str(tmp_path / "data")
    serve = shlex.join([*COMMAND, "serve", "--port", "0", "--data", data])
    # No file may grow: what a full disk is to whoever writes.
    refused = subprocess.run(
        ["sh", "-c", f"ulimit -f 0; exec {serve}"],
        capture_output=True,
        text=True,
        timeout=STARTUP_TIMEOUT_S,
        check=False,
        env=environment(),
    )
    assert_refused(refused, data)


def test_a_secret_that_others_may_have_read_is_said_plainly(tmp_path):
    (tmp_path / "secret").write_bytes(b"k" * 32)
    (tmp_path / "secret").chmod(0o644)
    assert_refused(run_command("serve", "--port", "0", "--data", str(tmp_path)), "secret")


def assert_refused(refused, named):
    """With one line that names the culprit, and nothing served."""
    assert (refused.returncode, refused.stdout) == (2, "")
    [line] = refused.stderr.splitlines()
    assert line.startswith("nightdesk: ")
    assert named in line


def test_it_serves_at_every_address_it_is_given(start_server):
    server = start_server("--bind", "127.0.0.1:0", "--bind", "127.0.0.2:0")
    with Client(server.url) as desk:
        assert desk.snapshot().jobs == ()
    ports = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    assert any(address.startswith("0200007F:") for address in ports)
    assert server.stop() == 0


def test_the_local_desk_on_a_reachable_address_is_warned_of(start_server):
    server = start_server("--host", "0.0.0.0", "--local-desk", "on")
    assert server.url.startswith("http://127.0.0.1:")
    assert server.stop() == 0
    assert "ANYONE" in server.log


async def test_kill_9_loses_no_finished_item_and_runs_none_twice(start_server, nursery):
    gate, target = trio.Event(), Target()
    await nursery.start(target.run)
    for index in range(ITEMS):
        target.handlers[f"/{index}"] = gated(gate if index >= BEFORE_THE_GATE else None)
    allow = ("--allow-target", f"127.0.0.1:{target.port}", "--outcome-buffer-s", "0")
    urls = [target.url(f"/{index}") for index in range(ITEMS)]

    first = await trio.to_thread.run_sync(start_server, *allow)
    async with AsyncClient(first.url) as desk:
        job = await desk.submit(urls, spec={"concurrency": 8})
        async with desk.watch(job.id) as changes:
            async for seen in changes:
                if seen.counts.done >= BEFORE_THE_GATE:
                    break
    workers = first.children()
    await trio.to_thread.run_sync(first.kill)
    assert workers
    for pid in workers:
        await trio.to_thread.run_sync(wait_gone, pid)
    finished = finished_items(first.data)
    assert len(finished) >= BEFORE_THE_GATE - 8
    asked_before = Counter(asked.target for asked in target.asked)

    gate.set()
    second = await trio.to_thread.run_sync(start_server, *allow)
    async with AsyncClient(second.url) as desk:
        ended = await desk.wait(job.id)
        outcomes = [item async for item in desk.items(job.id)]
        said = [line.message for line in (await desk.log(job.id)).lines]
    left = ITEMS - len(finished)
    assert f"taken up again after a crash of the server: {left} of {ITEMS} items to do" in said
    again = Counter(asked.target for asked in target.asked) - asked_before
    assert ended.status == "completed"
    assert (ended.counts.total, ended.counts.ok) == (ITEMS, ITEMS)
    assert [item.index for item in outcomes] == list(range(ITEMS))
    assert set(again) == {f"/{index}" for index in range(ITEMS) if index not in finished}
    assert set(again.values()) == {1}
    assert await trio.to_thread.run_sync(second.stop) == 0
    assert "desks with unfinished work are taken up" in second.log
    # Every item's line was written once: none was run again after it had ended.
    assert Counter(finished_items(second.data)) == Counter(range(ITEMS))


def gated(gate: trio.Event | None):
    async def handle(talk):
        if gate is not None:
            await gate.wait()
        await talk.respond(b"done")

    return handle


def finished_items(data: Path) -> list[int]:
    """The items with an ending in the one outcome file, as the disk has them."""
    [file] = data.glob("files/*/*/outcomes.jsonl")
    lines = [json.loads(line) for line in file.read_bytes().splitlines() if line.endswith(b"}")]
    return [line["index"] for line in lines if line["status"] != "lost"]
