"""What a browser's memory leads to: the rules, and a real process that is killed by them."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from workers.browser.health import Health
from workers.browser.settings import BrowserSettings
from workers.browser.tree import Member, Session, kill_all

MIB = 1024 * 1024
SETTINGS = BrowserSettings(
    scratch="/nowhere", max_memory_bytes=400 * MIB, page_max_memory_bytes=100 * MIB
)
LEADER = 7


class Patient:
    """A browser that only remembers what is done to it."""

    def __init__(self):
        self.started = type("Started", (), {"session": LEADER})
        self.said = []

    def retire(self, reason):
        self.said.append(("retired", reason))

    def end(self, reason):
        self.said.append(("ended", reason))


class Page:
    reason = None

    def blame(self, reason):
        self.reason = reason


@pytest.fixture
def patient():
    return Patient()


@pytest.fixture
def renderer():
    """A process that stands for a page's."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.wait()
    process.stdin.close()


def of(mib, pid=8, *, is_renderer=False):
    return Member(pid, is_renderer, mib * MIB)


def test_within_its_limits_nothing_is_done(patient):
    Health(patient, SETTINGS).weigh([of(200, LEADER), of(100, is_renderer=True), of(100)])
    assert patient.said == []


def test_over_the_limit_together_it_gets_no_new_pages(patient):
    Health(patient, SETTINGS).weigh([of(201, LEADER), of(100, is_renderer=True), of(100)])
    words = "the browser with its pages had 401 MiB of memory, over the limit of 400 MiB"
    assert patient.said == [("retired", words)]


def test_the_browser_itself_over_the_limit_is_ended(patient):
    Health(patient, SETTINGS).weigh([of(401, LEADER)])
    words = "the browser had 401 MiB of memory, over the limit of 400 MiB"
    assert patient.said[0] == ("ended", words)


def test_far_over_the_limit_together_it_is_ended(patient):
    Health(patient, SETTINGS).weigh([of(100, pid, is_renderer=True) for pid in range(10, 19)])
    assert [done for done, _ in patient.said] == ["ended"]


WORDS = "the page had 101 MiB of memory, over the limit of 100 MiB"


def run_in_asyncio(act):
    async def main():
        return act()

    return asyncio.run(main())


def test_a_page_over_its_limit_is_killed_and_told(patient, renderer):
    health, page = Health(patient, SETTINGS), Page()
    health.pages.add(page)
    run_in_asyncio(lambda: health.weigh([of(101, renderer.pid, is_renderer=True)]))
    assert renderer.wait() == -9
    assert page.reason == WORDS
    assert patient.said == []


def test_among_several_pages_the_one_that_crashes_claims_the_reason_once(patient, renderer):
    health, pages = Health(patient, SETTINGS), [Page(), Page()]
    health.pages.update(pages)

    def claimed():
        health.weigh([of(101, renderer.pid, is_renderer=True)])
        return health.claim(), health.claim()

    assert run_in_asyncio(claimed) == (WORDS, None)
    assert [page.reason for page in pages] == [None, None]


def test_a_session_is_weighed_and_ended_and_nobody_else(renderer, tmp_path):
    leader = subprocess.Popen(
        [sys.executable, "-c", "import os; os.fork(); input()"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    while len(found := Session(leader.pid).members()) < 2:
        pass
    assert leader.pid in {member.pid for member in found}
    assert all(member.memory_bytes > 0 and not member.is_renderer for member in found)
    assert kill_all(leader.pid, tmp_path) == 2
    assert leader.wait() == -9
    leader.stdin.close()
    while kill_all(leader.pid, tmp_path):
        pass
    assert renderer.poll() is None
