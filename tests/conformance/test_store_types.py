"""Both stores, and what they hand out, are what the ports say: asked of the type checker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from actors.ports import ArtifactWriter, Inputs, OutcomeLog, Store
from state.artifacts import ArtifactFile
from state.items import InputFile
from state.memory import MemoryStore
from state.memory_jobs import MemoryArtifact, MemoryInputs, MemoryOutcomes
from state.outcomes import OutcomeFile
from state.store import FileStore


def stores(files: FileStore, memory: MemoryStore) -> list[Store]:
    return [files, memory]


def inputs(files: InputFile, memory: MemoryInputs) -> list[Inputs]:
    return [files, memory]


def outcomes(files: OutcomeFile, memory: MemoryOutcomes) -> list[OutcomeLog]:
    return [files, memory]


def artifacts(files: ArtifactFile, memory: MemoryArtifact) -> list[ArtifactWriter]:
    return [files, memory]


def test_the_stores_have_the_types_of_their_ports() -> None:
    # In a process of its own: it lets functions call each other sixteen times as deep as usual,
    # and every later test of what is nested too deeply would find that it is not.
    command = [sys.executable, "-m", "mypy", "--no-error-summary", str(Path(__file__))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert [line for line in done.stdout.splitlines() if Path(__file__).name in line] == []
