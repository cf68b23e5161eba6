"""A real Chromium through a pool of real proxies: the one that is bad is benched, the others are
taken in turn, a context each, and no password comes out."""

from __future__ import annotations

import tempfile

import pytest
import trio

from actors.ports import LeasedItem
from executors.visit.run import VisitExecutor
from executors.visit.spec import VisitSpec
from state.model import EgressLists, OutcomeStatus
from tests.support.proxy import HttpProxy
from tests.support.visiting import LIMITS, PATIENCE, Context, Tools
from workers.browser.tool import open_browser

pytestmark = pytest.mark.browser

PASSWORD = "pass-word-of-a-proxy"
ITEMS = ["http://127.0.0.1:9999/one", "http://127.0.0.1:9999/two"]


async def drive():
    """The results of both items, what the log said, what was told of the proxies, and what each was
    asked."""
    proxies = [HttpProxy(refuse="407 Who"), HttpProxy(), HttpProxy()]
    with tempfile.TemporaryDirectory() as scratch:
        async with trio.open_nursery() as serving:
            for each in proxies:
                await serving.start(each.run)
            urls = [f"http://me:{PASSWORD}@127.0.0.1:{each.port}" for each in proxies]
            own = {"scratch": scratch, "pages": 1, **PATIENCE}
            http = {"allow_target": ["127.0.0.1"], "proxies": [urls[2]]}
            async with open_browser(own, http) as host:
                job = host.for_job(EgressLists(), lambda index, data: None, lambda: False)
                told = await visit(job, urls[:2])
                with trio.fail_after(60):
                    news = await newest(host)
            serving.cancel_scope.cancel()
    return (*told, news, [len(each.asked) for each in proxies])


async def visit(job, urls):
    plan = VisitSpec().plan({"proxy_pool": True, "timeout_s": 60}, ITEMS, LIMITS)
    told = [{"key": f"p{place}", "url": url} for place, url in enumerate(urls)]
    filled = {**plan.spec, "pool": {"scope": "desk", "proxies": told}}
    context = Context(0)
    async with VisitExecutor().open(filled, Tools(job)) as runner:
        results = [
            await runner.run_item(LeasedItem(place, 0, each.key, each.item), context)
            for place, each in enumerate(plan.items)
        ]
    return results, context


async def newest(host):
    """What a worker would tell of them."""
    told = []
    async with trio.open_nursery() as nursery:

        def take(news):
            told.extend(news.told)
            nursery.cancel_scope.cancel()

        nursery.start_soon(host.tell_proxies, take)
    return {(scope, key): (ok, failed, benched_s > 0) for scope, key, ok, failed, benched_s in told}


def test_pages_go_through_the_pool_in_turn_and_past_the_bad_one():
    results, context, news, asked = trio.run(drive)
    assert [(each.status, each.error) for each in results] == [(OutcomeStatus.OK, None)] * 2
    assert [each.result["http_status"] for each in results] == [200, 200]
    assert news == {
        ("desk", "p0"): (0, 1, True),
        ("desk", "p1"): (1, 0, False),
        ("server", "0"): (1, 0, False),
    }
    assert all(asked)
    [(level, line)] = context.lines
    assert level == "warning"
    assert "a proxy is benched for 30 s" in line
    assert "wants another user name or password (status 407)" in line
    assert PASSWORD not in f"{results} {context.lines} {context.told}"
