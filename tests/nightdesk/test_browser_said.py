"""At its start the server says which browser its workers will drive, or how to get one."""

from __future__ import annotations

import shutil

from nightdesk import Client


def test_the_browser_that_was_found_is_in_the_log(start_server):
    server = start_server("--chromium", "sh")
    assert server.stop() == 0
    assert f"program={shutil.which('sh')}" in server.log


def test_a_server_without_a_browser_serves_and_says_how_to_get_one(start_server, tmp_path):
    nowhere = str(tmp_path / "nowhere")
    server = start_server("--chromium", nowhere)
    with Client(server.url) as desk:
        assert desk.snapshot().jobs == ()
    assert server.stop() == 0
    assert "no browser: jobs that need one will fail" in server.log
    assert nowhere in server.log
