"""Each port's implementations, as one fixture that its suite runs against in turn."""

from __future__ import annotations

import time

import pytest

from state.memory import MemoryStore
from state.store import FileStore


@pytest.fixture
def clock():
    """The wall clock of the stores."""
    return time.time


@pytest.fixture(params=["files", "memory"])
async def store(request, tmp_path, clock):
    limits = {"max_log_bytes": 4096, "max_artifact_bytes": 1024, "max_audit_bytes": 4096}
    if request.param == "memory":
        yield MemoryStore(**limits, now=clock)
        return
    opened = FileStore.opened(tmp_path / "data", threads=2, ballast_bytes=4096, now=clock, **limits)
    async with opened as store:
        yield store
