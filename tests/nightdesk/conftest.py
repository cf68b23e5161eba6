"""Served processes for the tests of `nightdesk/`."""

from __future__ import annotations

import pytest

from tests.support.processes import ServerProcess


@pytest.fixture
def start_server(tmp_path):
    """Start servers, by default on one data folder; those still alive at the end are killed."""
    started = []

    def start(*arguments, data=None):
        server = ServerProcess(data or tmp_path / "data", *arguments)
        started.append(server)
        return server

    yield start
    for server in started:
        if server._process.poll() is None:
            server.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for all tests of a module; each names its jobs for itself."""
    served = ServerProcess(tmp_path_factory.mktemp("served") / "data")
    yield served
    assert served.stop() == 0
