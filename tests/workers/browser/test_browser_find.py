"""Which Chromium is taken: the setting, then the PATH, then Playwright's own."""

from __future__ import annotations

import pytest

from actors.ports import BrowserUnavailable
from workers.browser.find import NAMES, find_chromium


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """An empty PATH and no download; `put(name)` adds a program."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))

    def put(name):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return path

    return put


def test_the_setting_wins(machine):
    machine("bin/chromium")
    named = machine("elsewhere/mine")
    assert find_chromium(str(named)) == named


def test_a_setting_may_be_a_name_on_the_path(machine):
    mine = machine("bin/mine")
    assert find_chromium("mine") == mine


def test_a_setting_that_names_nothing_is_not_replaced_by_another(machine):
    machine("bin/chromium")
    with pytest.raises(BrowserUnavailable, match="no program 'nowhere', which --chromium names"):
        find_chromium("nowhere")


def test_names_on_the_path_go_in_their_order(machine):
    for name in reversed(NAMES):
        expected = machine(f"bin/{name}")
        assert find_chromium() == expected


def test_then_the_newest_that_playwright_has_downloaded(machine):
    machine("own/chromium-999/chrome-linux/chrome")
    newest = machine("own/chromium-1200/chrome-linux64/chrome")
    machine("own/chromium_headless_shell-1300/chrome-linux/headless_shell")
    assert find_chromium() == newest


def test_a_headless_shell_will_do(machine):
    shell = machine("own/chromium_headless_shell-1300/chrome-linux/headless_shell")
    assert find_chromium() == shell


def test_without_any_it_says_where_it_looked_and_how_to_get_one(machine):
    with pytest.raises(BrowserUnavailable) as caught:
        find_chromium()
    said = str(caught.value)
    assert all(name in said for name in NAMES)
    assert "apt-get install chromium" in said
    assert "--chromium" in said
