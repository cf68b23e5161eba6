"""A file store on a folder of its own, whose every call to the disk is watched."""

from __future__ import annotations

from functools import partial

import pytest

from state.store import FileStore
from tests.support.watched_files import WatchedFiles


@pytest.fixture
def disk():
    return WatchedFiles()


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def open_store(data, disk):
    """Opens the store; call it again (after closing) for what a restart would see."""
    return partial(
        FileStore.opened,
        data,
        threads=2,
        max_log_bytes=4096,
        max_artifact_bytes=4096,
        ballast_bytes=4096,
        files=disk,
    )


@pytest.fixture
async def store(open_store):
    async with open_store() as store:
        yield store
