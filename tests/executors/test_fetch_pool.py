"""Fetching through a pool of real proxies: some of them fail, hang, lie or want a password."""

from __future__ import annotations

from contextlib import ExitStack, asynccontextmanager

import msgspec
import pytest

from actors.ports import LeasedItem
from executors.fetch.run import FetchExecutor
from executors.fetch.spec import FetchSpec
from executors.ways import POOL_PATIENCE_S
from state.model import OutcomeStatus
from tests.support.bad_proxy import BadProxy
from tests.support.fetching import LIMITS, Tools
from tests.support.ports import refusing_port
from tests.support.proxy import HttpProxy
from tests.support.target import Target, page
from workers.net import pool as pools
from workers.net.client import open_http

SCOPE = "desk"


class Context:
    """What a job's log was told."""

    def __init__(self):
        self.lines = []

    def log(self, level, message):
        assert message.isprintable()
        self.lines.append((level, message))


class Job:
    """A job that draws on a pool. `fetch` is one attempt at an item."""

    def __init__(self, runner, http, context):
        self.runner = runner
        self.book = http.book
        self.context = context

    async def fetch(self, url):
        item = LeasedItem(0, 0, "", msgspec.Raw(msgspec.json.encode(url)))
        return await self.runner.run_item(item, self.context)

    def told(self):
        """By key: (ok, failed, whether it is benched)."""
        news = self.book.take_news()
        return {key: (ok, failed, s > 0) for _, key, ok, failed, s in news.told} if news else {}


@asynccontextmanager
async def a_job(*urls, server=(), allow=("127.0.0.1",), **spec):
    subject = FetchSpec()
    wanted = {"timeout_s": 10, "proxy_pool": True, **spec}
    stored = subject.plan(wanted, ["http://x.example/"], LIMITS).spec
    told = [{"key": f"p{place}", "url": url} for place, url in enumerate(urls)]
    filled = {**stored, "pool": {"scope": SCOPE, "proxies": told}}
    settings = {"allow_target": list(allow), "proxies": list(server)}
    async with (
        open_http(settings) as http,
        FetchExecutor().open(filled, Tools(http)) as runner,
    ):
        yield Job(runner, http, Context())


@pytest.fixture
async def target(nursery):
    served = Target({"/": page(b"direct")})
    await nursery.start(served.run)
    return served


@pytest.fixture
def gone():
    """Addresses that refuse every connection."""
    with ExitStack() as held:
        yield lambda: f"http://127.0.0.1:{held.enter_context(refusing_port())}"


@pytest.fixture
def start(nursery):
    async def started(proxy):
        await nursery.start(proxy.run)
        return f"http://127.0.0.1:{proxy.port}"

    return started


async def test_requests_go_through_the_pool_in_turn(target, start):
    first, second = HttpProxy(), HttpProxy()
    async with a_job(await start(first), await start(second)) as job:
        for _ in range(4):
            result = await job.fetch(target.url())
            assert (result.status, result.result["bytes"]) == (OutcomeStatus.OK, 9)
        assert (len(first.asked), len(second.asked)) == (2, 2)
        assert job.told() == {"p0": (2, 0, False), "p1": (2, 0, False)}
    assert not target.asked


async def test_without_rotation_the_first_that_works_is_used(target, start, gone):
    good, spare = HttpProxy(), HttpProxy()
    urls = (gone(), await start(good), await start(spare))
    async with a_job(*urls, proxy_rotation=False) as job:
        for _ in range(3):
            assert (await job.fetch(target.url())).error is None
        assert (len(good.asked), len(spare.asked)) == (3, 0)
        assert job.told() == {"p0": (0, 1, True), "p1": (3, 0, False)}


@pytest.mark.parametrize(
    "bad",
    [
        BadProxy(b"SSH-2.0-OpenSSH_9.6\r\n"),
        BadProxy(b""),
        BadProxy(),
        HttpProxy(refuse="407 Proxy Authentication Required"),
    ],
    ids=["lies", "breaks off", "hangs", "wants a password"],
)
async def test_one_bad_proxy_costs_its_item_nothing(bad, target, start):
    good = HttpProxy()
    async with a_job(await start(bad), await start(good), timeout_s=2) as job:
        for _ in range(2):
            result = await job.fetch(target.url())
            assert (result.status, result.wait_s) == (OutcomeStatus.OK, None)
        assert job.told() == {"p0": (0, 1, True), "p1": (2, 0, False)}
        ((level, said),) = job.context.lines
        assert level == "warning"
        assert "benched for 30 s" in said


async def test_what_may_have_been_done_is_not_done_once_more_by_another_proxy(target, start):
    good = HttpProxy()
    async with a_job(await start(BadProxy()), await start(good), timeout_s=2) as job:
        result = await job.fetch({"method": "POST", "url": target.url(), "body": "an order"})
        assert (result.status, result.retry) == (OutcomeStatus.FAILED, True)
        assert job.told() == {}
    assert not good.asked


async def test_a_proxy_in_private_space_is_not_connected_to(target, start):
    secret, good = HttpProxy(), HttpProxy()
    await start(secret)
    await start(good)
    allowed = f"127.0.0.1:{good.port}"
    reach = f"127.0.0.1:{target.port}"
    urls = (f"http://127.0.0.1:{secret.port}", f"http://127.0.0.1:{good.port}")
    async with a_job(*urls, allow=(allowed, reach)) as job:
        assert (await job.fetch(target.url())).error is None
        assert job.told() == {"p0": (0, 1, True), "p1": (1, 0, False)}
        assert "--allow-target" in job.context.lines[0][1]
    assert not secret.asked


async def test_a_target_that_is_gone_benches_nobody(start, gone):
    one, other = HttpProxy(refuse="502 Bad Gateway"), HttpProxy(refuse="502 Bad Gateway")
    async with a_job(await start(one), await start(other)) as job:
        result = await job.fetch(gone().replace("http:", "https:"))
        assert (result.status, result.retry) == (OutcomeStatus.FAILED, True)
        assert "could not reach" in result.error
        assert job.told() == {}
    assert (len(one.asked), len(other.asked)) == (1, 1)


async def test_where_all_are_benched_items_wait_and_the_log_says_so_once(target, gone):
    urls = [gone() for _ in range(2)]
    async with a_job(*urls) as job:
        for _ in range(3):
            result = await job.fetch(target.url())
            assert 1.0 <= result.wait_s <= pools.BENCH_S
        waits = [said for _, said in job.context.lines if said.startswith("items wait")]
        assert len(waits) == 1
        assert "all 2 proxies of the pool are benched" in waits[0]


async def test_a_pool_that_has_not_worked_for_long_fails_its_items(target, monkeypatch, gone):
    async with a_job(gone()) as job:
        assert (await job.fetch(target.url())).wait_s is not None
        monkeypatch.setattr("executors.ways.POOL_PATIENCE_S", 0.0)
        result = await job.fetch(target.url())
        assert (result.wait_s, result.retry) == (None, True)
        assert result.error.startswith("the one proxy of the pool is benched")
    assert POOL_PATIENCE_S == 600


async def test_a_pool_without_proxies_fails_its_items_in_words(target):
    async with a_job() as job:
        result = await job.fetch(target.url())
    assert result.error.startswith("the job is to draw on a pool of proxies")
    assert result.wait_s is None


async def test_the_servers_proxies_are_drawn_on_too(target, start):
    own, shared = HttpProxy(), HttpProxy()
    async with a_job(await start(own), server=[await start(shared)]) as job:
        for _ in range(2):
            assert (await job.fetch(target.url())).error is None
        assert job.told() == {"p0": (1, 0, False), "0": (1, 0, False)}


async def test_what_a_proxy_is_told_of_us_is_its_own_user_and_password(target, start):
    proxy = HttpProxy()
    url = (await start(proxy)).replace("//", "//user:pass%40word@")
    async with a_job(url) as job:
        assert (await job.fetch(target.url())).error is None
    (asked,) = proxy.asked
    assert asked.headers["proxy-authorization"] == "Basic dXNlcjpwYXNzQHdvcmQ="


async def test_many_bad_proxies_take_turns_with_other_items(target, monkeypatch, gone):
    monkeypatch.setattr("executors.ways.MAX_PROXIES_TRIED", 3)
    urls = [gone() for _ in range(5)]
    async with a_job(*urls) as job:
        result = await job.fetch(target.url())
        assert result.wait_s == 1.0
        assert sum(failed for _, failed, _ in job.told().values()) == 3


def test_a_pool_and_proxies_of_ones_own_are_two_ways():
    with pytest.raises(Exception, match="cannot be combined"):
        FetchSpec().plan(
            {"proxy_pool": True, "proxies": ["http://a.example:1"]}, ["http://x.example/"], LIMITS
        )
