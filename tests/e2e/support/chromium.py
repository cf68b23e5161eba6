"""A real Chromium for the tests, found as the design says: setting, PATH, then Playwright's own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
LONGEST_FOLDER_BYTES = 48
QUIET = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


def find() -> str | None:
    """The browser's path; None leaves the choice to Playwright, which knows its own download."""
    named = os.environ.get("NIGHTDESK_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def _short_folder() -> tempfile.TemporaryDirectory[str]:
    """Chromium makes a socket among its temporary files, and a socket's path has 107 bytes at most.
    What a killed one leaves there goes with the folder."""
    is_short = len(os.fsencode(tempfile.gettempdir())) <= LONGEST_FOLDER_BYTES
    return tempfile.TemporaryDirectory(prefix="chromium-", dir=None if is_short else "/tmp")


@contextmanager
def browser(playwright: Playwright, **options: Any) -> Iterator[Browser]:
    """`options` are those of Playwright's `launch`."""
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with _short_folder() as folder:
        running = playwright.chromium.launch(
            executable_path=find(),
            args=[*QUIET, *as_root],
            # In the locale C it cannot open a file whose name is not ASCII.
            env={**os.environ, "LC_ALL": "C.UTF-8", "TMPDIR": folder},
            **options,
        )
        try:
            yield running
        finally:
            running.close()
