"""Which Chromium is used: the setting, then the PATH, then Playwright's own.

Asked by `workers.browser.launch` in a worker, and by the server when it starts. `scripts/setup`
keeps to the same order.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from actors.ports import BrowserUnavailable

NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW_TO_GET_ONE = (
    "install one (on Debian and Ubuntu: apt-get install chromium; elsewhere: python -m playwright"
    " install chromium), or name it by --chromium"
)

# Where Playwright keeps browsers that it has downloaded, and how their programs are called.
_OWN_FOLDER_VARIABLE = "PLAYWRIGHT_BROWSERS_PATH"
_OWN_FOLDER = "~/.cache/ms-playwright"
_OWN_PROGRAMS = ("chromium-*/chrome-linux*/chrome", "chromium_headless_shell-*/*/headless_shell")


def find_chromium(setting: str = "") -> Path:
    """The program. `setting` is a path, or a name on the PATH. Raises BrowserUnavailable."""
    if setting:
        named = shutil.which(setting)
        if named is None:
            raise BrowserUnavailable(
                f"there is no program {setting!r}, which --chromium names as the browser"
            )
        return Path(named)
    for name in NAMES:
        if (found := shutil.which(name)) is not None:
            return Path(found)
    if (own := _playwrights_own()) is not None:
        return own
    raise BrowserUnavailable(
        f"no Chromium was found on this server (looked for {', '.join(NAMES)} and Playwright's"
        f" own): {HOW_TO_GET_ONE}"
    )


def _playwrights_own() -> Path | None:
    """The newest build that has been downloaded."""
    folder = Path(os.environ.get(_OWN_FOLDER_VARIABLE) or os.path.expanduser(_OWN_FOLDER))
    for pattern in _OWN_PROGRAMS:
        builds = [path for path in folder.glob(pattern) if os.access(path, os.X_OK)]
        if builds:
            return max(builds, key=lambda path: _build_number(path.relative_to(folder).parts[0]))
    return None


def _build_number(folder_name: str) -> int:
    digits = folder_name.rpartition("-")[2]
    return int(digits) if digits.isdecimal() else 0
