"""A real `nightdesk serve` process on a free port and a data folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tests.support.canaries import ENVIRONMENT, finds_in_folder, hunter_of, refuse

# Waited so long only where a test fails, or its machine is busy. The server is given less.
WAIT_S = 120
STOP_S = "60"


@contextmanager
def serving(data: Path, *more: str) -> Iterator[str]:
    """Yields the address of its ready line; on leaving, SIGTERM must end it cleanly. `more` are
    further arguments."""
    command = [sys.executable, "-m", "nightdesk", "serve", "--port", "0", "--data", str(data)]
    command += ["--stop-s", STOP_S, "--log-level", "debug", *more]
    with (
        (data.parent / "server.log").open("w") as log,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=os.environ | ENVIRONMENT,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if " is at " not in line:
                raise RuntimeError(f"no ready line: {line!r}")
            yield line.split(" is at ")[1].strip().rstrip("/")
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(WAIT_S)
    if code != 0:
        raise RuntimeError(f"the server ended with {code}")
    hunter = hunter_of(data)
    refuse(hunter.finds((data.parent / "server.log").read_bytes(), "the log"))
    refuse(finds_in_folder(hunter, data))


def sample_origin(address: str) -> str:
    """Where the built-in sample site is, as the server tells its page."""
    with urllib.request.urlopen(f"{address}/api/sample") as answer:
        items = msgspec.json.decode(answer.read())["items"]
    return str(items[0]).rsplit("/page/", 1)[0]
