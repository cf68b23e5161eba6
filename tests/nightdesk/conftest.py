"""Served processes for the tests of `nightdesk/`."""

from __future__ import annotations

import pytest

from tests.support.processes import ServerProcess


@pytest.fixture
def start_server(tmp_path):
    """Start servers, by default on one data folder; those still alive at the end are killed."""
    started = []

    def start(*arguments, port=0, python_path=""):
        server = ServerProcess(tmp_path / "data", *arguments, port=port, python_path=python_path)
        started.append(server)
        return server

    yield start
    for server in started:
        server.kill()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for all tests of a module; each names its jobs for itself."""
    served = ServerProcess(tmp_path_factory.mktemp("served") / "data", "--allow-host", "127.0.0.1")
    yield served
    assert served.stop() == 0
