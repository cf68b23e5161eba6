"""The `browser` pool: one worker that holds the house's browsers, each item on a page of its own.

Built by `workers.pool`. How a browser is found, started and driven is in `workers.browser`; what is
here gives it a folder, a keeper that ends every process of it, and the settings.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from msgspec import Struct

from workers.cell import Cell
from workers.crew import Crew
from workers.jail.scratch import ScratchFolders
from workers.line import LineLimits
from workers.live import LiveFrames
from workers.logs import EventLog
from workers.process import ProcessSettings, WorkerProcess
from workers.proxied import ProxyBoard

MAX_PAGES_BY_DEFAULT = 8
_PAGES_A_CORE = 2
# Of a template with a row's values, and of what comes of them.
_MAX_DOCUMENT_BYTES = 32 * 1024 * 1024
# Where Playwright keeps browsers of its own: by its variable, or in the home that its worker, which
# is given another, does not see.
_BROWSERS_VARIABLE = "PLAYWRIGHT_BROWSERS_PATH"
_BROWSERS_IN_HOME = "~/.cache/ms-playwright"


class BrowsingSettings(Struct, frozen=True, kw_only=True):
    """The limits of `nightdesk.config.Config` that concern this pool, under the same names.

    `scratch` is the folder for the folders of its workers. What is rendered for their pages is
    rendered by helpers, within the limits of jailed workers.
    """

    scratch: Path
    chromium: str = ""
    browser_pages: int = 0
    browser_recycle_pages: int = 100
    browser_max_memory_bytes: int = 2 * 1024 * 1024 * 1024
    page_max_memory_bytes: int = 1024 * 1024 * 1024
    browser_hung_s: float = 15.0
    cpu_item_cpu_s: int = 20
    cpu_max_memory_bytes: int = 1024 * 1024 * 1024

    @property
    def pages(self) -> int:
        """How many pages are open at once."""
        return self.browser_pages or pages_by_default()

    def of_tool(self) -> dict[str, Any]:
        """What the worker's tool gets, as `workers.browser.settings.BrowserSettings` has it."""
        return {
            "chromium": self.chromium,
            "pages": self.pages,
            "recycle_pages": self.browser_recycle_pages,
            "max_memory_bytes": self.browser_max_memory_bytes,
            "page_max_memory_bytes": self.page_max_memory_bytes,
            "hung_s": self.browser_hung_s,
        }

    def of_helpers(self) -> dict[str, Any]:
        """What its worker's helpers are told besides what those of net workers are: whole
        documents go in and out."""
        return {
            "time_s": float(self.cpu_item_cpu_s),
            "memory_bytes": self.cpu_max_memory_bytes,
            "max_bytes": _MAX_DOCUMENT_BYTES,
            "max_answer_bytes": _MAX_DOCUMENT_BYTES,
        }


def browser_crew(
    settings: BrowsingSettings,
    process: ProcessSettings,
    limits: LineLimits,
    log: EventLog,
    live: LiveFrames,
    proxies: ProxyBoard,
) -> Crew:
    """`process` and `limits` as for any pool. Removes what a killed server's workers have left:
    raises OSError."""
    folders = ScratchFolders(settings.scratch)
    folders.sweep()
    cell = Cell(folders=folders, kept=True, variables={_BROWSERS_VARIABLE: _own_browsers()})
    return Crew(
        lambda: WorkerProcess(process, log, cell),
        seats=1,
        slots=settings.pages,
        limits=limits,
        log=log,
        live=live,
        proxies=proxies,
    )


def pages_by_default() -> int:
    """A page mostly waits for its site; a browser with more of them than that only grows."""
    return min(MAX_PAGES_BY_DEFAULT, _PAGES_A_CORE * len(os.sched_getaffinity(0)))


def _own_browsers() -> str:
    return os.environ.get(_BROWSERS_VARIABLE) or os.path.expanduser(_BROWSERS_IN_HOME)
