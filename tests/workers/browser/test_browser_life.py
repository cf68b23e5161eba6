"""A real Chromium: how it is replaced, what it dies of, and that nothing of it is left."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import pytest
import trio
from playwright.async_api import BrowserContext
from playwright.async_api import Error as PlaywrightError

from actors.ports import BrowserGone, BrowserUnavailable, PageOptions
from tests.workers.browser.conftest import PATIENCE_S, Notes, page
from workers.browser.tool import WAITING

pytestmark = pytest.mark.browser

MIB = 1024 * 1024


def leader_of(house) -> int:
    """The first process of the one browser that there is."""
    (note,) = house.scratch.glob("*/process")
    return int(note.read_text().split()[0])


def driver_of(house) -> int:
    (note,) = house.scratch.glob("*/process")
    return int(note.read_text().split()[1])


async def browser_of(opened_page) -> int:
    """The first process of the page's own browser, where there may be another one."""
    session = await opened_page.page.context.browser.new_browser_cdp_session()
    told = await session.send("SystemInfo.getProcessInfo")
    return next(each["id"] for each in told["processInfo"] if each["type"] == "browser")


def visiting(url):
    async def work(opened_page):
        return (await opened_page.page.goto(url)).status

    return work


async def test_a_browser_is_replaced_after_its_pages(opened, site):
    async with opened(recycle_pages=3) as house:
        leaders = []

        async def visit(opened_page):
            leaders.append(await browser_of(opened_page))
            return (await opened_page.page.goto(site.url())).status

        for _ in range(4):
            assert await house.drive(PageOptions(), visit) == 200
        assert len(set(leaders[:3])) == 1
        assert leaders[3] != leaders[0]


async def test_the_next_browser_is_started_before_the_last_page_of_the_one_before(opened, site):
    async def sees_another(opened_page):
        while len(list(house.scratch.glob("*/process"))) < 2:
            await opened_page.page.wait_for_timeout(20)

    async with opened(recycle_pages=10, pages=1) as house:
        for _ in range(9):
            await house.drive(PageOptions(), visiting(site.url()))
        await house.drive(PageOptions(), sees_another)


async def test_until_its_page_is_open_an_item_says_what_it_waits_for(opened, site):
    notes = Notes()
    async with opened() as house:
        await house.drive(PageOptions(), visiting(site.url()), notes)
    assert notes.said[0] == ("waits", WAITING)


async def test_pages_are_open_at_once_and_no_more_than_allowed(opened, site):
    async with opened(pages=2) as house, trio.open_nursery() as nursery:
        open_now, most = [], []
        let_go = trio.Event()

        class Waits(Notes):
            async def artifact(self, name, data, paid=None):
                open_now.append(name)
                most.append(len(open_now))
                if len(open_now) == 2:
                    let_go.set()
                await let_go.wait()
                open_now.remove(name)

        async def work(opened_page):
            await opened_page.context.artifact("a", b"")

        for _ in range(4):
            nursery.start_soon(house.job.drive, PageOptions(), work, Waits())
    assert max(most) == 2


@pytest.mark.parametrize("whose", [leader_of, driver_of])
async def test_a_browser_that_is_killed_loses_its_page_and_the_next_one_works(opened, site, whose):
    async def loses(opened_page):
        await opened_page.page.goto(site.url())
        os.kill(whose(house), signal.SIGKILL)
        try:
            await opened_page.page.wait_for_timeout(60_000)
        except PlaywrightError:
            await opened_page.make_sure()
            return "an outcome that is none: it is the browser's death"

    async with opened() as house:
        with pytest.raises(BrowserGone):
            await house.drive(PageOptions(), loses)
        assert await house.drive(PageOptions(), visiting(site.url())) == 200


async def test_a_page_that_dies_before_it_is_open_is_the_browsers_loss(opened, site, monkeypatch):
    """Nothing has been done for the item: it may be tried once more, and the browser goes on."""

    async def dying(context):
        raise PlaywrightError("BrowserContext.new_page: Target crashed")

    async with opened() as house:
        with monkeypatch.context() as patch:
            patch.setattr(BrowserContext, "new_page", dying)
            with pytest.raises(BrowserGone, match="no page"):
                await house.drive(PageOptions(), visiting(site.url()))
        assert await house.drive(PageOptions(), visiting(site.url())) == 200


async def test_a_browser_that_hangs_is_killed(opened, site):
    async def hangs(opened_page):
        await opened_page.page.goto(site.url())
        stopped.append(leader_of(house))
        os.kill(stopped[0], signal.SIGSTOP)
        await opened_page.page.title()

    async def visits():
        # A machine may be so busy that one that is well does not answer in this time either.
        while True:
            with suppress(BrowserGone):
                return await house.drive(PageOptions(), visiting(site.url()))

    stopped = []
    async with opened(hung_s=2) as house:
        while not stopped:
            with pytest.raises(BrowserGone) as gone:
                await house.drive(PageOptions(), hangs)
        assert "did not answer for 2 s" in str(gone.value)
        assert await visits() == 200


async def test_a_page_that_eats_memory_is_ended_and_its_browser_is_not(opened, site):
    site.handlers["/eats"] = page(
        "<script>const kept = []; setInterval(() => {"
        "if (kept.length < 50) kept.push(new Uint8Array(8 << 20).fill(1))}, 20)</script>"
    )

    async def eats(opened_page):
        leaders.append(leader_of(house))
        async with opened_page.page.expect_event("crash", timeout=PATIENCE_S * 1_000):
            await opened_page.page.goto(site.url("/eats"))
        return opened_page.crash_reason()

    async def visits(opened_page):
        leaders.append(leader_of(house))
        return (await opened_page.page.goto(site.url())).status

    leaders = []
    async with opened(page_max_memory_bytes=200 * MIB) as house:
        reason = await house.drive(PageOptions(), eats)
        assert "MiB of memory, over the limit of 200 MiB" in reason
        assert await house.drive(PageOptions(), visits) == 200
    assert leaders[0] == leaders[1]


async def test_alone_is_in_a_browser_of_its_own(opened, site):
    inside, over = trio.Event(), trio.Event()

    class Waits(Notes):
        async def artifact(self, name, data, paid=None):
            inside.set()
            await over.wait()

    async def stays(opened_page):
        await opened_page.context.artifact("a", b"")

    async def counts(opened_page):
        assert (await opened_page.page.goto(site.url())).status == 200
        return len(list(house.scratch.glob("*/process")))

    async with opened() as house, trio.open_nursery() as nursery:
        nursery.start_soon(house.job.drive, PageOptions(), stays, Waits())
        await inside.wait()
        assert await house.drive(PageOptions(), counts) == 1
        assert await house.drive(PageOptions(), counts, alone=True) == 2
        over.set()


async def test_a_visit_that_is_cancelled_in_the_middle_leaves_its_place(opened, site):
    asked = trio.Event()

    async def stalls(talk):
        asked.set()
        await trio.sleep_forever()

    site.handlers["/stalls"] = stalls
    async with opened(pages=1) as house:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(house.drive, PageOptions(), visiting(site.url("/stalls")))
            await asked.wait()
            nursery.cancel_scope.cancel()
        assert await house.drive(PageOptions(), visiting(site.url())) == 200


async def test_what_is_open_when_the_worker_ends_goes_with_it(opened, site):
    """`opened` looks for what is left."""
    started = trio.Event()

    class Told(Notes):
        async def artifact(self, name, data, paid=None):
            started.set()

    async def stays(opened_page):
        await opened_page.page.goto(site.url())
        await opened_page.context.artifact("a", b"")
        await opened_page.page.wait_for_timeout(60_000)

    async with trio.open_nursery() as nursery, opened() as house:
        nursery.start_soon(house.job.drive, PageOptions(), stays, Told())
        await started.wait()
        assert len(house.processes()) > 3
        nursery.cancel_scope.cancel()


async def test_a_chromium_that_does_not_start_says_its_last_words(opened, site, tmp_path_factory):
    broken = tmp_path_factory.mktemp("bin") / "chromium"
    broken.write_text("#!/bin/sh\necho 'a library is missing' >&2\nexit 127\n")
    broken.chmod(0o755)
    async with opened(chromium=str(broken)) as house:
        with pytest.raises(BrowserUnavailable, match=r"did not start: .*a library is missing"):
            await house.drive(PageOptions(), visiting(site.url()))
