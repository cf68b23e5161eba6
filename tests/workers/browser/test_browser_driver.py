"""Drivers of Playwright's that die or say nothing: there is no browser, and nothing is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.ports import BrowserUnavailable, PageOptions
from tests.support.doomed import Doomed

SILENT = "echo $$ > {note}; exec sleep 1000"
DEAD = "echo $$ > {note}; exit 3"


@pytest.fixture
def node(tmp_path_factory, monkeypatch):
    """Playwright's Node.js, to be written; and where it writes down which process it is."""
    folder = tmp_path_factory.mktemp("node")
    program, note = folder / "node", folder / "note"
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", str(program))

    def written(script: str) -> Path:
        program.write_text(f"#!/bin/sh\n{script.format(note=note)}\n", "utf-8")
        program.chmod(0o700)
        return note

    return written


@pytest.mark.parametrize(
    ("script", "timeout_s", "reason"),
    [(SILENT, 2.0, "it said nothing within 2 s"), (DEAD, 60.0, "Connection closed")],
)
async def test_a_driver_that_does_not_start_is_no_browser_and_is_gone(
    opened, node, script, timeout_s, reason
):
    async def never(opened_page):
        raise AssertionError("there is no page")

    note = node(script)
    async with opened(chromium="/bin/true", start_timeout_s=timeout_s) as house:
        with pytest.raises(BrowserUnavailable, match=reason):
            await house.drive(PageOptions(), never)
        await Doomed([int(note.read_text())]).wait_gone()


async def test_where_there_is_no_place_for_its_files_there_is_no_browser(opened, tmp_path):
    async def never(opened_page):
        raise AssertionError("there is no page")

    gone = str(tmp_path / "gone")
    async with opened(chromium="/bin/true", scratch=gone) as house:
        with pytest.raises(BrowserUnavailable, match="no place for the files of a browser"):
            await house.drive(PageOptions(), never)
