"""A folder for a batch, and the command run in it as a user does, within this process."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from nightdesk.cli.app import run
from nightdesk.demo_model.endpoint import Endpoint
from tests.support import agent_batches


class Ran(NamedTuple):
    """A command's end."""

    code: int
    out: str
    err: str

    @property
    def lines(self):
        return self.out.splitlines()


@pytest.fixture
def endpoint():
    """Takes the one key, and knows every model."""
    with agent_batches.served() as one:
        yield one


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where it is started: nothing of this machine names a model there."""
    for name in (*agent_batches.VARIABLES, "NIGHTDESK_AGENTS_LANG"):
        monkeypatch.delenv(name, raising=False)
    place = tmp_path / "batch"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def agents(folder, monkeypatch, capsys):
    """Run `nightdesk agents` with these words; with an endpoint, by its models."""

    def command(*words: str, at: Endpoint | None = None, lang: str = "C.UTF-8", **more: str):
        named = agent_batches.variables(at, **more) if at is not None else more
        for name, value in named.items():
            monkeypatch.setenv(name, value)
        code = run(["agents", *words], {"LANG": lang})
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return command


@pytest.fixture
def tasks(folder):
    """Write the task file."""

    def write(*tasks: object) -> Path:
        return agent_batches.write_tasks(folder, *tasks)

    return write
