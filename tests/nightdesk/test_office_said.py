"""A server says which LibreOffice its workers will use, or how to get one. Either way it serves."""

from __future__ import annotations

import httpx


def test_a_server_without_one_serves_and_says_how_to_get_one(start_server, tmp_path):
    nowhere = str(tmp_path / "nowhere")
    server = start_server("--soffice", nowhere)
    told = httpx.get(f"{server.url}readyz").raise_for_status().json()
    assert told["status"] == "ready"
    assert any(nowhere in reason for reason in told["reasons"])
    assert server.stop() == 0
    assert "no Word document will become a PDF" in server.log
    assert nowhere in server.log


def test_the_one_that_was_found_is_in_the_log(start_server, tmp_path):
    program = tmp_path / "soffice"
    for name in ("soffice", "libmergedlo.so", "libswlo.so"):
        (tmp_path / name).touch(mode=0o755)
    server = start_server("--soffice", str(program))
    assert server.stop() == 0
    assert f"program={tmp_path}" in server.log
