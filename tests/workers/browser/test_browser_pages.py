"""A real Chromium: what a page is given, and what it is kept from."""

from __future__ import annotations

import pytest
import trio
from playwright.async_api import Error as PlaywrightError

from actors.ports import EgressRefused, PageOptions
from state.model import EgressLists
from tests.workers.browser.conftest import Notes, page
from workers.browser.tool import WAITING

pytestmark = pytest.mark.browser


async def test_every_item_has_a_fresh_context(opened, site):
    site.handlers["/set"] = page("set", set_cookie="a=1")

    async def visits(opened_page):
        await opened_page.page.goto(site.url("/set"))
        await opened_page.page.evaluate("localStorage.setItem('b', '2')")
        kept = await opened_page.page.evaluate("[document.cookie, localStorage.length]")
        return kept, await opened_page.page.context.storage_state()

    async def looks(opened_page):
        await opened_page.page.goto(site.url())
        return await opened_page.page.evaluate("[document.cookie, localStorage.length]")

    async with opened() as house:
        kept, storage = await house.drive(PageOptions(), visits)
        assert kept == ["a=1", 1]
        assert await house.drive(PageOptions(), looks) == ["", 0]
        # Handed on where it is wanted.
        assert await house.drive(PageOptions(storage=storage), looks) == ["a=1", 1]


WHO = """[navigator.userAgent, navigator.language, innerWidth, innerHeight,
          Intl.DateTimeFormat().resolvedOptions().timeZone]"""


async def test_options_arrive(opened, site):
    async def asks_for_a_password(talk):
        if "authorization" in talk.asked.headers:
            await talk.respond(b"in")
        else:
            await talk.respond(b"who?", "401 No", www_authenticate='Basic realm="r"')

    site.handlers["/secret"] = asks_for_a_password

    async def asks(opened_page):
        await opened_page.page.goto(site.url())
        return await opened_page.page.evaluate(WHO)

    async def logs_in(opened_page):
        return (await opened_page.page.goto(site.url("/secret"))).status

    options = PageOptions(
        width=640,
        height=480,
        user_agent="Mine/1",
        locale="zh-CN",
        timezone="Asia/Shanghai",
        headers={"X-Mine": "yes"},
    )
    login = PageOptions(basic_auth=("me", "pass"), origin=site.url(""))
    async with opened() as house:
        assert await house.drive(options, asks) == ["Mine/1", "zh-CN", 640, 480, "Asia/Shanghai"]
        assert site.asked[-1].headers["x-mine"] == "yes"
        user_agent, *_ = await house.drive(PageOptions(), asks)
        assert "Chrome/" in user_agent
        assert " Nightdesk/" in user_agent
        assert await house.drive(login, logs_in) == 200
        elsewhere = PageOptions(basic_auth=("me", "pass"), origin="http://other.example")
        with pytest.raises(PlaywrightError, match="ERR_INVALID_AUTH_CREDENTIALS"):
            await house.drive(elsewhere, logs_in)
        assert "authorization" not in site.asked[-1].headers


async def test_what_the_egress_refuses_is_told_and_only_to_that_page(opened, site):
    async def strays(opened_page):
        reply = await opened_page.page.goto("http://10.0.0.1/")
        with pytest.raises(PlaywrightError, match="ERR_TUNNEL_CONNECTION_FAILED"):
            await opened_page.page.goto("https://10.0.0.2/")
        return reply.status, opened_page.refusals()

    async def behaves(opened_page):
        await opened_page.page.goto(site.url())
        return opened_page.refusals()

    async with opened() as house:
        status, refusals = await house.drive(PageOptions(), strays)
        assert status == 403
        # In no certain order: the refused page has an icon that is asked for, and refused, later.
        assert {each.place for each in refusals} == {"10.0.0.1:80", "10.0.0.2:443"}
        assert all("is a private address" in each.reason for each in refusals)
        assert list(await house.drive(PageOptions(), behaves)) == []
        with pytest.raises(EgressRefused):
            await house.drive(PageOptions(proxy="ftp://x:1"), behaves)


async def test_new_lists_hold_for_pages_that_are_open(opened, site):
    asked = trio.Event()

    async def stalls(talk):
        asked.set()
        await trio.sleep_forever()

    site.handlers["/stalls"] = stalls

    async def goes_on(opened_page):
        assert (await opened_page.page.goto(site.url())).status == 200
        try:
            stalled = await opened_page.page.goto(site.url("/stalls"))
        except PlaywrightError:
            pass  # its connection was cut
        else:
            # It was one that had served before: Chromium has tried again with a new one.
            assert stalled.status == 403
        another = await opened_page.page.context.new_page()
        return (await another.goto(site.url())).status

    async with opened() as house, trio.open_nursery() as nursery:

        async def drive():
            results.append(await house.drive(PageOptions(), goes_on))

        results = []
        nursery.start_soon(drive)
        await asked.wait()
        house.job.permit(EgressLists(deny=("127.0.0.1",)))
    assert results == [403]


async def test_the_context_of_the_item_works_on_the_browsers_loop(opened, site):
    async def tells(opened_page):
        opened_page.context.progress(0.5, "half", done=1, total=2)
        opened_page.context.log("info", "hello")
        with pytest.raises(ValueError, match="a log level is one of"):
            opened_page.context.log("loud", "hello")
        await opened_page.context.artifact("a.png", b"123")
        return opened_page.context.index, await opened_page.context.enclosed()

    notes = Notes(index=7)
    async with opened() as house:
        assert await house.drive(PageOptions(), tells, notes) == (7, b"enclosed")
    # Until there is a page, what ends the worker is not the item's doing.
    waiting = [each == ("waits", WAITING) for each in notes.said]
    first = waiting.index(False)
    assert all(waiting[:first])
    assert not any(waiting[first:])
    assert notes.said[first:] == [
        ("progress", 0.0, "", 0, 0),
        ("progress", 0.5, "half", 1, 2),
        ("log", "info", "hello"),
        ("artifact", "a.png", 3),
    ]


async def test_a_page_is_shown_while_somebody_watches(opened, site):
    site.handlers["/"] = page("<body style='margin:0;background:red'>")
    seen = trio.Event()

    async with opened(live_interval_s=0.05) as house:
        house.job = house.host.for_job(
            EgressLists(),
            lambda index, data: (house.frames.append((index, data)), seen.set()),
            lambda: house.is_watched,
        )

        async def stays(opened_page):
            await opened_page.page.goto(site.url())
            shut = len(house.frames)
            house.is_watched = True
            await opened_page.context.artifact("waits", b"")
            return shut

        class Waits(Notes):
            async def artifact(self, name, data, paid=None):
                await seen.wait()

        assert await house.drive(PageOptions(), stays, Waits(index=3)) == 0
    index, data = house.frames[0]
    assert index == 3
    assert data.startswith(b"\xff\xd8\xff")
    assert len(data) < 300 * 1024


async def test_what_the_work_raises_is_raised_as_itself(opened):
    error = RuntimeError("mine")

    async def fails(_):
        raise error

    async with opened() as house:
        with pytest.raises(RuntimeError) as caught:
            await house.drive(PageOptions(), fails)
    assert caught.value is error
