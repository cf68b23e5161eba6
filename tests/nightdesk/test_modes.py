"""Whatever a real server makes is its owner's alone, whatever the umask it is started under."""

from __future__ import annotations

import os
import stat
import subprocess
from itertools import chain
from pathlib import Path

import httpx
import pytest

from nightdesk import Client
from state.privacy import OWN_NAMES
from tests.support.processes import COMMAND, environment, run_command


@pytest.fixture
def umask():
    """Sets ours, which servers inherit; gives it back."""
    before = os.umask(0o077)
    os.umask(before)
    yield os.umask
    os.umask(before)


def too_open(data):
    """(path, mode) of all that others could use, the folder itself included. What a server that
    runs takes away meanwhile is no longer anybody's."""
    inside = [Path(at, name) for at, *names in os.walk(data) for name in chain(*names)]
    for path in [data, *inside]:
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        mode = stat.S_IMODE(found.st_mode)
        right = 0o700 if stat.S_ISDIR(found.st_mode) else 0o600
        if mode != right:
            yield str(path.relative_to(data.parent)), oct(mode)


def work(server):
    """Jobs with secrets, files and a log; every export; a job that is deleted."""
    sample = httpx.get(f"{server.url}api/sample", timeout=60).json()["items"]
    spec = {"keep_body": True, "headers": {"X-Token": "a long secret"}}
    with Client(server.url) as desk:
        job_id = desk.submit([*sample[:5], "http://192.0.2.1/"], spec=spec, start=True).id
        desk.wait(job_id)
        for form in ("jsonl", "json", "csv", "xlsx"):
            desk.export(job_id, server.data.parent / f"out.{form}", format=form)
        desk.delete(desk.submit(sample[:1]).id)
    httpx.post(f"{server.url}api/desks", timeout=60).raise_for_status()
    return job_id


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077], ids=oct)
def test_every_file_is_0600_and_every_folder_0700(start_server, umask, mask):
    umask(mask)
    server = start_server()
    job_id = work(server)
    assert list(too_open(server.data)) == []
    server.kill()
    assert list(too_open(server.data)) == []
    # Not the deleted job's, which may still be there: the doctor sets its folder aside as it is.
    damaged = next((server.data / "files").rglob(f"{job_id}/outcomes.jsonl"))
    damaged.chmod(0o644)
    (server.data / "sessions" / "stray").touch()
    assert run_command("doctor", "--data", str(server.data), "--repair").returncode == 0
    assert list((server.data / "quarantine").iterdir())
    assert list(too_open(server.data)) == []
    assert {path.name.split(".")[0] for path in server.data.iterdir()} <= OWN_NAMES


def test_a_folder_that_was_open_is_closed_and_what_a_killed_server_left_is_swept(start_server):
    first = start_server()
    work(first)
    first.kill()
    left = first.data / "scratch" / "export-x"
    left.mkdir()
    (left / "outcomes.xlsx").write_text("half of it")
    first.data.chmod(0o755)
    again = start_server()
    assert "the data folder was open to other accounts" in again.log
    assert not left.exists()
    assert list(too_open(again.data)) == []
    assert again.stop() == 0


def test_a_folder_that_others_use_is_refused_in_one_line(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)  # whatever the umask of these tests is
    (shared / "thesis.doc").touch()
    refused = subprocess.run(
        [*COMMAND, "serve", "--port", "0", "--data", str(shared)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        timeout=60,
    )
    assert refused.returncode == 2
    (line,) = refused.stderr.splitlines()
    assert "thesis.doc" in line
    assert "chmod 700" in line
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755
