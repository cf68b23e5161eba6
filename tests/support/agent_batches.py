"""Batches of `nightdesk agents`: task files, and the scripted endpoint in a thread of its own, so
that a command can be run as it is, or in a process.
"""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import trio

from nightdesk.agents.environment import CODER, JUDGE
from nightdesk.demo_model.course import REMEMBERED
from nightdesk.demo_model.endpoint import PLAIN, Endpoint, Manner
from nightdesk.demo_model.script import Script
from tests.support.processes import COMMAND, STARTUP_TIMEOUT_S, environment

KEY = "sk-scripted-0123456789"
MODEL = "demo-small"
# What the models of a machine are named by; none of it may reach a test.
VARIABLES = [name for names in (*CODER, *JUDGE) for name in (names.key, names.url, names.model)]


class Heard(deque[Any]):
    """What an endpoint has heard, for tests that wait for it. Written by its thread."""

    def __init__(self) -> None:
        super().__init__(maxlen=REMEMBERED)
        self.changed = threading.Condition()

    def append(self, heard: Any) -> None:
        with self.changed:
            super().append(heard)
            self.changed.notify_all()


def until_answered(endpoint: Endpoint, count: int) -> None:
    """Wait until so many calls had their whole answers."""
    heard = endpoint.course.heard
    with heard.changed:
        assert heard.changed.wait_for(
            lambda: len(endpoint.course.answered()) >= count, STARTUP_TIMEOUT_S
        )


@contextmanager
def served(manner: Manner = PLAIN) -> Iterator[Endpoint]:
    """The endpoint, answering for as long as the block lasts."""
    endpoint = Endpoint(manner)
    endpoint.course.heard = Heard()
    scope = trio.CancelScope()
    tokens: list[trio.lowlevel.TrioToken] = []
    ready = threading.Event()

    async def serve() -> None:
        with scope:
            tokens.append(trio.lowlevel.current_trio_token())
            ready.set()
            await endpoint.serve()

    thread = threading.Thread(target=trio.run, args=(serve,))
    thread.start()
    ready.wait()
    try:
        yield endpoint
    finally:
        tokens[0].run_sync_soon(scope.cancel)
        thread.join()


def scripted(prompt: str, script: Script, name: str = "") -> str:
    """A prompt whose task goes by that script."""
    named = f"\n#task: {name}" if name else ""
    return f"{prompt}{named}\n#script: {msgspec.json.encode(script).decode()}"


def write_tasks(folder: Path, *tasks: object, name: str = "task.json") -> Path:
    """A task file. A text is a prompt whose task has a folder of its own."""
    written = [
        {"dir": f"t{number}", "first_prompt": task} if isinstance(task, str) else task
        for number, task in enumerate(tasks, 1)
    ]
    path = folder / name
    path.write_text(json.dumps({"tasks": written}, ensure_ascii=False), "utf-8")
    return path


def variables(endpoint: Endpoint, **more: str) -> dict[str, str]:
    """The environment that names it."""
    said = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": endpoint.base_url, "OPENAI_MODEL": MODEL}
    return said | more


def started(folder: Path, *arguments: str, variables: Mapping[str, str]) -> subprocess.Popen[str]:
    """`nightdesk agents` in a process, in that folder."""
    kept = {name: value for name, value in environment().items() if name not in VARIABLES}
    return subprocess.Popen(
        [*COMMAND, "agents", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=kept | dict(variables),
        preexec_fn=heed_signals,
    )


def heed_signals() -> None:
    """For a child, before its program: a shell starts what runs in its background with SIGINT
    ignored, nohup with SIGHUP, and that is inherited."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def results_in(folder: Path, name: str = "parallel_batch_results.json") -> dict:
    return json.loads((folder / name).read_text("utf-8"))
