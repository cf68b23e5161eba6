"""What the tests of the browser tool share: a site, a tool that may reach it, and what is left."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from state.model import EgressLists
from tests.support.target import Target
from workers.browser.tool import open_browser

# Waited so long only where a test fails, or its machine is busy.
PATIENCE_S = 60.0
PATIENCE = {
    "start_timeout_s": PATIENCE_S,
    "hung_s": PATIENCE_S,
    "close_timeout_s": PATIENCE_S,
}


@dataclass
class Notes:
    """An item's context that writes down what it is told."""

    index: int = 0
    said: list[tuple] = field(default_factory=list)

    def progress(self, fraction, stage="", *, done=0, total=0):
        self.said.append(("progress", fraction, stage, done, total))

    def waits(self, stage):
        self.said.append(("waits", stage))

    def log(self, level, message):
        self.said.append(("log", level, message))

    async def artifact(self, name, data, paid=None):
        self.said.append(("artifact", name, len(data)))

    async def enclosed(self):
        return b"enclosed"


@pytest.fixture
async def site(nursery):
    """`handlers` of a Target; every other page is a small one."""
    target = Target()
    await nursery.start(target.run)
    target.handlers["/"] = page("<title>home</title>home")
    return target


def page(html: str, **headers: str):
    async def answer(talk):
        await talk.respond(f"<!doctype html>{html}".encode(), content_type="text/html", **headers)

    return answer


@dataclass
class House:
    """A tool with one job, whose page may be watched."""

    scratch: Path
    said: list[str] = field(default_factory=list)
    frames: list[tuple[int, bytes]] = field(default_factory=list)
    is_watched: bool = False
    job: object = None
    host: object = None

    async def drive(self, options, work, context=None, **more):
        return await self.job.drive(options, work, context or Notes(), **more)

    def processes(self) -> dict[int, str]:
        """All living ones of its browsers: by their session or their mark, with their words."""
        mark = f"NIGHTDESK_BROWSER={self.scratch}".encode()
        living = dict(_living())
        sessions = {pid for pid, _ in living.items() if mark in _read(pid, "environ")}
        return {
            pid: _read(pid, "cmdline").replace(b"\0", b" ").decode()[:80]
            for pid, session in living.items()
            if pid in sessions or session in sessions
        }


@pytest.fixture
def opened(site, tmp_path):
    """`async with opened(**settings) as house`."""

    @asynccontextmanager
    async def opening(**settings):
        house = House(tmp_path)
        own = {"scratch": str(tmp_path), **PATIENCE, **settings}
        http = {"allow_target": [f"127.0.0.1:{site.port}"]}
        async with open_browser(own, http, report=house.said.append) as host:
            house.host = host
            house.job = host.for_job(
                EgressLists(),
                lambda index, data: house.frames.append((index, data)),
                lambda: house.is_watched,
            )
            yield house
        assert house.processes() == {}
        assert list(tmp_path.iterdir()) == []

    return opening


def _living():
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        stat = _read(pid, "stat").rpartition(b")")[2].split()
        if stat and stat[0] not in (b"Z", b"X"):
            yield pid, int(stat[3])


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""
