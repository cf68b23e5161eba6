"""Whether a journey is driven at all, and what the tool is asked for. No browser here."""

from __future__ import annotations

import time

import pytest

from actors.ports import BrowserGone, EgressRefused, ItemResult, LeasedItem, PlanLimits
from executors.visit.run import VisitExecutor
from executors.visit.spec import VisitSpec
from executors.visit.ways import Driven
from state.model import OutcomeStatus

LIMITS = PlanLimits(
    max_items=10, max_url_bytes=8_192, max_concurrency=10, max_body_read_bytes=100_000
)
URL = "http://user-named.example/start"
DONE = ItemResult(status=OutcomeStatus.OK, result={})


class Tool:
    """Drives nothing; keeps what it was asked for. `comes_to` is what it raises or returns."""

    def __init__(self, comes_to):
        self.comes_to = comes_to
        self.asked = []

    async def drive(self, options, work, context, *, alone=False):
        self.asked.append((options, alone))
        if isinstance(self.comes_to, Exception):
            raise self.comes_to
        return self.comes_to


class Tools:
    def __init__(self, browser):
        self.browser = browser


@pytest.fixture
def tool():
    return Tool(Driven(result=DONE))


@pytest.fixture
def run(tool):
    async def running(*items, strikes=0, **spec):
        plan = VisitSpec().plan(spec, list(items), LIMITS)
        filled = VisitSpec().fill_secrets(plan.spec, plan.secrets)
        results = []
        async with VisitExecutor().open(filled, Tools(tool)) as runner:
            for index, each in enumerate(plan.items):
                item = LeasedItem(index, 0, each.key, each.item, strikes)
                results.append(await runner.run_item(item, None))
        return results

    return running


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        ({"not_before": "2999-01-01T00:00:00Z"}, "it does not open before 2999-01-01T00:00:00Z"),
        ({"expires_at": 60}, "it has expired at 1970-01-01T00:01:00Z"),
    ],
)
async def test_outside_its_time_it_is_skipped(run, tool, window, reason):
    [result] = await run({"url": URL, "name": "Home", "id": "0123abcd", **window})
    assert (result.status, result.error) == (OutcomeStatus.SKIPPED, reason)
    assert result.result == {"url": URL, "name": "Home", "id": "0123abcd"}
    assert tool.asked == []


async def test_within_its_time_it_is_driven(run, tool):
    now = time.time()
    [result] = await run({"url": URL, "not_before": now - 60, "expires_at": now + 60})
    assert result is DONE


async def test_what_is_completed_is_skipped_only_where_the_job_says_so(run, tool):
    item = {"url": URL, "completed": True}
    [again] = await run(item)
    [skipped] = await run(item, skip_completed=True)
    assert again is DONE
    assert (skipped.status, skipped.error) == (OutcomeStatus.SKIPPED, "it is completed already")


async def test_without_a_path_it_fails_where_the_job_says_so(run, tool):
    path = [{"do": "screenshot"}]
    without, with_one = await run(URL, {"url": URL, "path": path}, without_path="fail")
    assert without.status is OutcomeStatus.FAILED
    assert "no path" in without.error
    assert with_one is DONE


async def test_what_was_lost_with_a_browser_is_driven_alone(run, tool):
    await run(URL)
    await run(URL, strikes=1)
    assert [alone for _, alone in tool.asked] == [False, True]


async def test_a_page_is_made_as_the_job_says_and_secret_headers_do_not_go_everywhere(run, tool):
    await run(
        URL,
        headers={"X-Plain": "a", "X-Api-Key": "b"},
        basic_auth={"username": "me", "password": "pw"},
        proxy="http://me:pw@proxy.example:8080",
        locale="zh-CN",
    )
    [(options, _)] = tool.asked
    assert dict(options.headers) == {"X-Plain": "a"}
    assert (options.basic_auth, options.origin) == (("me", "pw"), "http://user-named.example:80")
    assert (options.proxy, options.locale) == ("http://me:pw@proxy.example:8080", "zh-CN")


async def test_a_session_is_handed_on(run, tool):
    kept = {"cookies": [], "origins": []}
    tool.comes_to = Driven(result=DONE, storage=kept)
    await run(URL, URL, keep_session=True)
    assert [options.storage for options, _ in tool.asked] == [None, kept]


async def test_a_proxy_that_is_none_is_an_outcome(run, tool):
    tool.comes_to = EgressRefused("10.0.0.1 is a private address")
    [result] = await run(URL)
    assert result.status is OutcomeStatus.FAILED
    assert result.error == "the proxy: 10.0.0.1 is a private address"


async def test_a_lost_browser_is_the_hosts_to_judge(run, tool):
    tool.comes_to = BrowserGone("it died")
    with pytest.raises(BrowserGone):
        await run(URL)
