"""Starting a Chromium so that it cannot outlive us, and ending it with everything it started.

Used by `workers.browser.browsers`, on the asyncio loop. Each browser has a driver of Playwright's
of its own: both are started together, replaced together and killed together, so that what either
leaks or hangs in goes with it.
"""

from __future__ import annotations

import asyncio
import os
import re
import select
import shlex
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from importlib.metadata import version
from pathlib import Path

from msgspec import Struct
from playwright.async_api import (
    Browser,
    CDPSession,
    Playwright,
    ProxySettings,
)
from playwright.async_api import Error as PlaywrightError

from actors.ports import BrowserUnavailable
from workers import chromium
from workers.browser import starter, tree
from workers.browser.driver import open_driver
from workers.browser.find import find_chromium
from workers.browser.settings import BrowserSettings

Report = Callable[[str], None]

# A killed process is gone in milliseconds, unless it waits for a disk.
_KILL_TIMEOUT_S = 5.0
_KILL_ROUND_S = 0.01

# The driver sees to the time of a launch; so much later it is not waited for any more.
_LAUNCH_GRACE_S = 2.0
_NO_PLACE = "there is no place for the files of a browser"

_SHARED_MEMORY_BYTES = 2 * 1024 * 1024 * 1024

# In a browser's folder: the numbers of its first process and of its driver.
_NOTE = "process"

_STDERR = re.compile(r"^\[pid=[0-9]+\]\[err\] (.*)$", re.MULTILINE)
_LAST_LINES = 5
_LAST_CHARS = 600


class Started(Struct, frozen=True):
    """A browser that answers. `session` is the number of its first process, and of the session that
    its processes are in; `pidfds` are that process and the driver."""

    browser: Browser
    cdp: CDPSession
    user_agent: str
    session: int
    pidfds: tuple[int, int]

    def has_ended(self) -> bool:
        """By the kernel's word, which comes before any of Playwright's."""
        poll = select.poll()
        for pidfd in self.pidfds:
            poll.register(pidfd, select.POLLIN)
        return bool(poll.poll(0))


@asynccontextmanager
async def started(
    settings: BrowserSettings, gateway: str, report: Report
) -> AsyncIterator[Started]:
    """A browser, until the block is left; then no process of it is left and no file. Raises
    BrowserUnavailable.

    `gateway` is the proxy that is its one way out. `report` gets words about what did not end.
    """
    program = find_chromium(settings.chromium)
    folder = _folder(settings.scratch)
    opening = open_driver(
        start_timeout_s=settings.start_timeout_s,
        close_timeout_s=settings.close_timeout_s,
        report=report,
    )
    try:
        async with opening as driver:
            try:
                browser = await _launch(driver, program, folder, settings, gateway)
                with _handles(folder) as (session, pidfds):
                    yield await _meet(browser, session, pidfds, settings.start_timeout_s)
            finally:
                await _end_tree(folder, report)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _folder(scratch: str) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="browser-", dir=scratch))
    except OSError as error:
        raise BrowserUnavailable(f"{_NO_PLACE}: {error.strerror}") from error


async def _launch(
    driver: Playwright, program: Path, folder: Path, settings: BrowserSettings, gateway: str
) -> Browser:
    try:
        async with asyncio.timeout(settings.start_timeout_s + _LAUNCH_GRACE_S):
            return await _launched(driver, _script(folder, program), folder, settings, gateway)
    except PlaywrightError as error:
        raise BrowserUnavailable(_why_not(program, error.message)) from None
    except TimeoutError:
        # Its driver, which was to see to that time, does not answer either.
        raise BrowserUnavailable(_why_not(program, "its driver does not answer")) from None
    except OSError as error:
        raise BrowserUnavailable(f"{_NO_PLACE}: {error.strerror}") from error


async def _launched(
    driver: Playwright, script: Path, folder: Path, settings: BrowserSettings, gateway: str
) -> Browser:
    return await driver.chromium.launch(
        executable_path=script,
        args=_arguments(),
        ignore_default_args=["--disable-dev-shm-usage"] if _has_shared_memory() else None,
        artifacts_dir=folder,
        env={
            **chromium.environment(dict(os.environ)),
            "HOME": str(folder),
            tree.MARK: str(folder),
        },
        proxy=ProxySettings(**chromium.plain_proxy(gateway)),
        timeout=settings.start_timeout_s * 1_000,
        # The signals of a worker are its parent's business.
        handle_sigint=False,
        handle_sigterm=False,
        handle_sighup=False,
    )


def _script(folder: Path, program: Path) -> Path:
    """A program that takes Chromium's arguments and becomes it (`workers.browser.starter`)."""
    words = (
        *(sys.executable, "-I", "-S", starter.__file__),
        *(str(folder), _NOTE, str(program)),
    )
    script = folder / "start"
    script.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', "utf-8")
    script.chmod(0o700)
    return script


def _arguments() -> list[str]:
    features = f"--disable-features={','.join(chromium.FEATURES_OFF)}"
    arguments = [*chromium.arguments(), features, "--disable-gpu"]
    if os.geteuid() == 0:
        # Chromium refuses to start its sandbox as root, and most containers run as root.
        arguments.append("--no-sandbox")
    return arguments


def _has_shared_memory() -> bool:
    """Where there is room for it, what processes share need not be files of the disk, as which
    Playwright would have it everywhere. Docker gives 64 MiB, and a page dies when it is full."""
    try:
        place = os.statvfs("/dev/shm")
    except FileNotFoundError:
        return False
    return place.f_bavail * place.f_frsize >= _SHARED_MEMORY_BYTES


def _why_not(program: Path, message: str) -> str:
    """Its own last words, where it had any."""
    lines = _STDERR.findall(message) or message.splitlines()
    said = " | ".join(line.strip() for line in lines[-_LAST_LINES:])[-_LAST_CHARS:]
    return f"Chromium ({program}) did not start: {said}"


def _read_note(folder: Path) -> tuple[int, int] | None:
    """The browser's first process and its driver; None where it has not come so far."""
    try:
        session, driver = (folder / _NOTE).read_text("ascii").split()
    except FileNotFoundError:
        return None
    return int(session), int(driver)


@contextmanager
def _handles(folder: Path) -> Iterator[tuple[int, tuple[int, int]]]:
    """The session, and handles of its first process and the driver."""
    note = _read_note(folder)
    if note is None:
        raise BrowserUnavailable("Chromium did not start: nobody knows its process")
    with ExitStack() as opened:
        pidfds = [_handle(pid, opened) for pid in note]
        yield note[0], (pidfds[0], pidfds[1])


def _handle(pid: int, opened: ExitStack) -> int:
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        raise BrowserUnavailable("Chromium ended as soon as it had started") from None
    opened.callback(os.close, pidfd)
    return pidfd


async def _meet(
    browser: Browser, session: int, pidfds: tuple[int, int], timeout_s: float
) -> Started:
    """Its own name of itself, with ours behind."""
    try:
        async with asyncio.timeout(timeout_s):
            cdp = await browser.new_browser_cdp_session()
            told = await cdp.send("Browser.getVersion")
    except (TimeoutError, PlaywrightError):
        raise BrowserUnavailable("Chromium started and said nothing") from None
    name = f"{told['userAgent']} Nightdesk/{version('nightdesk')}"
    return Started(browser, cdp, name, session, pidfds)


async def _end_tree(folder: Path, report: Report) -> None:
    """Kill every process of the browser. Its profile is of no use to anybody, so it is not asked
    to close."""
    note = _read_note(folder)
    if note is None:
        return
    deadline = asyncio.get_running_loop().time() + _KILL_TIMEOUT_S
    while left := tree.kill_all(note[0], folder):
        if asyncio.get_running_loop().time() > deadline:
            report(f"{left} processes of a browser cannot be killed\n")
            return
        # The kernel tells only of processes that one has a handle of, and these fork.
        await asyncio.sleep(_KILL_ROUND_S)
