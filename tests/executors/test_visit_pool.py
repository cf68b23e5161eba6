"""Journeys through a pool of proxies: which one, what becomes of it, and what the item waits for.

The pool is the real one; the browser is a double here, and the real one in `test_visit_proxies`.
"""

from __future__ import annotations

import pytest

from actors.errors import InvalidSpec
from actors.ports import HttpConnectError, HttpProxyError, ItemResult, LeasedItem, PlanLimits
from executors.scrubbing import Scrubber
from executors.visit.report import Failed, Report
from executors.visit.run import VisitExecutor
from executors.visit.spec import VisitSpec
from executors.visit.ways import Driven
from executors.ways import POOL_PATIENCE_S
from state.model import OutcomeStatus
from workers.net.pool import BENCH_S, ProxyBook

LIMITS = PlanLimits(
    max_items=10, max_url_bytes=8_192, max_concurrency=10, max_body_read_bytes=100_000
)
URL = "http://user-named.example/start"
FIRST, SECOND, THIRD = (f"http://p{place}.example:8080" for place in range(3))

OK = ItemResult(status=OutcomeStatus.OK, result={})
GOOD = Driven(result=OK)
FAILED = ItemResult(status=OutcomeStatus.FAILED, result={}, error="no page", retry=True)
AWAY = ItemResult(status=OutcomeStatus.FAILED, result={}, error="no proxy")
BAD = Driven(result=AWAY, answered=False, fault=HttpProxyError("out of reach"))
SILENT = Driven(result=FAILED, answered=False, fault=HttpConnectError("no answer"))
DECLINED = Driven(result=FAILED, answered=True)


class Browser:
    """Comes to what `ways` say of the proxy that a page goes through."""

    def __init__(self, book, ways):
        self.book = book
        self.ways = ways
        self.proxies = []

    def proxy_pool(self, brief, *, rotate):
        return self.book.of_job(brief, rotate=rotate)

    async def drive(self, options, work, context, *, alone=False):
        self.proxies.append(options.proxy)
        return self.ways.get(options.proxy, GOOD)


class Tools:
    def __init__(self, browser):
        self.browser = browser


class Context:
    def __init__(self):
        self.lines = []

    def log(self, level, message):
        self.lines.append((level, message))


class Job:
    def __init__(self, *urls, server=(), ways=None, **spec):
        self.book = ProxyBook(server)
        self.browser = Browser(self.book, ways or {})
        self.context = Context()
        self._urls = urls
        self._spec = spec

    async def visit(self, *, times=1):
        plan = VisitSpec().plan({"proxy_pool": True, **self._spec}, [URL], LIMITS)
        told = [{"key": url, "url": url} for url in self._urls]
        filled = {**plan.spec, "pool": {"scope": "desk", "proxies": told}}
        item = LeasedItem(0, 0, plan.items[0].key, plan.items[0].item)
        async with VisitExecutor().open(filled, Tools(self.browser)) as runner:
            return [await runner.run_item(item, self.context) for _ in range(times)]

    def told(self):
        """By key: (worked, failed, whether it is benched)."""
        news = self.book.take_news()
        return {key: (ok, failed, s > 0) for _, key, ok, failed, s in news.told} if news else {}


async def test_journeys_take_proxies_in_turn(autojump_clock):
    job = Job(FIRST, SECOND)
    await job.visit(times=3)
    assert job.browser.proxies == [FIRST, SECOND, FIRST]
    assert job.told() == {FIRST: (2, 0, False), SECOND: (1, 0, False)}


async def test_without_rotation_the_first_that_works_is_kept(autojump_clock):
    job = Job(FIRST, SECOND, proxy_rotation=False)
    await job.visit(times=2)
    assert job.browser.proxies == [FIRST, FIRST]


async def test_the_servers_own_proxies_come_after_the_desks(autojump_clock):
    job = Job(FIRST, server=[SECOND])
    await job.visit(times=2)
    assert job.browser.proxies == [FIRST, SECOND]


async def test_a_bad_proxy_is_benched_and_costs_its_journey_nothing(autojump_clock):
    job = Job(FIRST, SECOND, ways={FIRST: BAD}, proxy_rotation=False)
    results = await job.visit(times=2)
    assert results == [OK, OK]
    assert job.browser.proxies == [FIRST, SECOND, SECOND]
    assert job.told() == {FIRST: (0, 1, True), SECOND: (2, 0, False)}
    assert [line for _, line in job.context.lines] == [
        f"a proxy is benched for {BENCH_S:.0f} s: out of reach"
    ]


async def test_silence_is_blamed_on_the_proxy_only_where_another_gets_an_answer(autojump_clock):
    job = Job(FIRST, SECOND, ways={FIRST: SILENT})
    assert await job.visit() == [OK]
    assert job.told() == {FIRST: (0, 1, True), SECOND: (1, 0, False)}
    dead = Job(FIRST, SECOND, THIRD, ways={FIRST: SILENT, SECOND: SILENT})
    assert await dead.visit() == [FAILED]
    assert dead.browser.proxies == [FIRST, SECOND]
    assert dead.told() == {}


async def test_a_site_that_declines_is_the_sites_own_affair(autojump_clock):
    job = Job(FIRST, SECOND, ways={FIRST: DECLINED})
    assert await job.visit() == [FAILED]
    assert job.browser.proxies == [FIRST]
    assert job.told() == {FIRST: (1, 0, False)}


async def test_where_all_are_benched_the_item_waits_without_a_page_and_the_log_says_so(
    autojump_clock,
):
    job = Job(FIRST, SECOND, ways={FIRST: BAD, SECOND: BAD})
    first, second = await job.visit(times=2)
    assert (first.wait_s, second.wait_s) == (BENCH_S, BENCH_S)
    assert job.browser.proxies == [FIRST, SECOND]
    waits = [line for _, line in job.context.lines if line.startswith("items wait for a proxy")]
    assert waits == [
        "items wait for a proxy: all 2 proxies of the pool are benched after failures; "
        "the first comes back in 30 s"
    ]


async def test_a_pool_that_has_not_worked_for_long_fails_its_items(autojump_clock, monkeypatch):
    monkeypatch.setattr("executors.ways.POOL_PATIENCE_S", 0.0)
    assert POOL_PATIENCE_S > BENCH_S
    [result] = await Job(FIRST, ways={FIRST: BAD}).visit()
    assert (result.status, result.retry, result.wait_s) == (OutcomeStatus.FAILED, True, None)
    assert "the one proxy of the pool is benched" in result.error


async def test_an_empty_pool_is_said_and_fails(autojump_clock):
    [result] = await Job().visit()
    assert "neither its desk nor the server has any" in result.error


async def test_a_wait_does_not_lose_the_session(autojump_clock):
    kept = {"cookies": [], "origins": []}
    job = Job(FIRST, ways={FIRST: Driven(result=OK, storage=kept)}, keep_session=True)
    seen = []

    async def drive(options, work, context, *, alone=False):
        seen.append(options.storage)
        return BAD if len(seen) == 2 else Driven(result=OK, storage=kept)

    job.browser.drive = drive
    plan = VisitSpec().plan({"proxy_pool": True, "keep_session": True}, [URL], LIMITS)
    pool = {"scope": "desk", "proxies": [{"key": FIRST, "url": FIRST}]}
    item = LeasedItem(0, 0, plan.items[0].key, plan.items[0].item)
    async with VisitExecutor().open({**plan.spec, "pool": pool}, Tools(job.browser)) as runner:
        await runner.run_item(item, job.context)
        assert (await runner.run_item(item, job.context)).wait_s == BENCH_S
        autojump_clock.jump(BENCH_S)
        await runner.run_item(item, job.context)
    assert seen == [None, kept, kept]


def test_a_pool_and_a_proxy_of_the_jobs_own_are_two_ways():
    with pytest.raises(InvalidSpec) as caught:
        VisitSpec().plan({"proxy_pool": True, "proxy": FIRST}, [URL], LIMITS)
    assert "proxy_pool" in str(caught.value.details)


@pytest.mark.parametrize(
    ("failed", "fault", "answered"),
    [
        (Failed("away", by_proxy=True), HttpProxyError, False),
        (Failed("silent", retry=True), HttpConnectError, False),
        (Failed("refused"), None, False),
        (Failed("busy", retry=True, http_status=503), None, True),
        (None, None, True),
    ],
)
def test_what_a_failure_says_of_the_way(failed, fault, answered):
    report = Report({"url": URL}, 2, Scrubber(["hush-hush"]))
    if failed is not None:
        report.fail(failed)
    assert report.answered is answered
    assert (type(report.unanswered()) if fault else report.unanswered()) == fault


def test_what_is_said_of_a_way_is_scrubbed():
    report = Report({"url": URL}, 2, Scrubber(["hush-hush"]))
    report.fail(Failed("step 1 (goto /hush-hush): away", by_proxy=True))
    assert "hush-hush" not in str(report.unanswered())


async def test_of_two_opinions_the_one_that_is_nobodys_fault_counts(autojump_clock):
    job = Job(FIRST, SECOND, ways={FIRST: SILENT, SECOND: BAD})
    [result] = await job.visit()
    assert result is FAILED
    assert job.told() == {SECOND: (0, 1, True)}
