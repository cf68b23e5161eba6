"""Whether a browser is well: it answers, and its processes keep to their memory.

Both are looked at only while it has pages. Owned by `workers.browser.running`, whose tasks
`run_pulse` and `run_memory` are.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from playwright.async_api import Error as PlaywrightError

from workers.browser import tree
from workers.browser.launch import Started
from workers.browser.settings import BrowserSettings

_MEMORY_INTERVAL_S = 1.0
# A pulse is asked for, and waited for; together it is `hung_s` until nobody answers.
_PULSE_WAIT_SHARE = 0.75
# Pages this far over the limit together are not waited for.
_TREE_KILL_FACTOR = 2
# Chromium tells of a killed process at once; a page that crashes later does so by itself.
_CLAIM_S = 5.0
_MIB = 1024 * 1024


class Patient(Protocol):
    """The browser, as `workers.browser.running.Running` is one."""

    started: Started
    occupied: asyncio.Event

    def retire(self, reason: str) -> None: ...
    def end(self, reason: str) -> None: ...


class Crashable(Protocol):
    """A page that can be told why a process of it was killed."""

    def blame(self, reason: str) -> None: ...


class Health:
    """Ends or retires its patient, and kills processes of pages that have grown too large."""

    def __init__(self, patient: Patient, settings: BrowserSettings) -> None:
        self._patient = patient
        self._settings = settings
        # The open pages; written by `workers.browser.visit`.
        self.pages: set[Crashable] = set()
        # Kills that no page has claimed, with their times: written by `_kill` and `claim`.
        self._unclaimed: deque[tuple[float, str]] = deque(maxlen=settings.pages)

    async def run_pulse(self) -> None:
        hung_s = self._settings.hung_s
        while True:
            await self._patient.occupied.wait()
            try:
                async with asyncio.timeout(hung_s * _PULSE_WAIT_SHARE):
                    await self._patient.started.cdp.send("Browser.getVersion")
            except TimeoutError:
                self._patient.end(f"the browser did not answer for {hung_s:g} s")
            except PlaywrightError:
                self._patient.end("the browser's driver has died")
            await asyncio.sleep(hung_s * (1 - _PULSE_WAIT_SHARE))

    async def run_memory(self) -> None:
        session = tree.Session(self._patient.started.session)
        while True:
            await self._patient.occupied.wait()
            # In a thread: it reads some files of every process of the browser.
            self.weigh(await asyncio.to_thread(session.members))
            await asyncio.sleep(_MEMORY_INTERVAL_S)

    def weigh(self, members: Sequence[tree.Member]) -> None:
        """Do what their memory asks for."""
        limit, page_limit = self._settings.max_memory_bytes, self._settings.page_max_memory_bytes
        total = 0
        for member in members:
            if member.is_renderer and member.memory_bytes > page_limit:
                self._kill(member, page_limit)
                continue
            if member.pid == self._patient.started.session and member.memory_bytes > limit:
                self._patient.end(_too_much("the browser", member.memory_bytes, limit))
            total += member.memory_bytes
        if total > _TREE_KILL_FACTOR * limit:
            self._patient.end(_too_much("the browser with its pages", total, limit))
        elif total > limit:
            self._patient.retire(_too_much("the browser with its pages", total, limit))

    def claim(self) -> str | None:
        """For a page that has crashed: the reason, where one of us killed a process just now."""
        now = asyncio.get_running_loop().time()
        while self._unclaimed:
            at, reason = self._unclaimed.popleft()
            if now - at <= _CLAIM_S:
                return reason
        return None

    def _kill(self, member: tree.Member, limit_bytes: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(member.pid, signal.SIGKILL)
        reason = _too_much("the page", member.memory_bytes, limit_bytes)
        if len(self.pages) == 1:
            # It can be nobody else's, also where it is a frame's process and no page crashes.
            for page in self.pages:
                page.blame(reason)
        else:
            self._unclaimed.append((asyncio.get_running_loop().time(), reason))


def _too_much(what: str, memory_bytes: int, limit_bytes: int) -> str:
    has, may = memory_bytes // _MIB, limit_bytes // _MIB
    return f"{what} had {has} MiB of memory, over the limit of {may} MiB"
