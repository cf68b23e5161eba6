"""One item from its payload to its result, over real sockets."""

import gzip
import hashlib

import msgspec
import pytest
import trio
import trio.testing

from actors.ports import LeasedItem, PlanLimits
from executors.bodies import LARGE_BODIES, LARGE_BODY_BYTES
from executors.fetch.run import FetchExecutor
from executors.fetch.spec import FetchSpec
from tests.support.ports import refusing_port
from tests.support.proxy import SocksProxy
from tests.support.target import Target, page, raw, silent
from workers.net.client import open_http

LIMITS = PlanLimits(
    max_items=100, max_url_bytes=8_192, max_concurrency=100, max_body_read_bytes=100_000
)


class Context:
    """Records what an item said."""

    def __init__(self):
        self.lines = []
        self.artifacts = {}

    def progress(self, fraction, stage=""):
        raise AssertionError("a fetch has no progress")

    def log(self, level, message):
        self.lines.append((level, message))

    async def artifact(self, name, data, paid=None):
        await trio.lowlevel.checkpoint()
        self.artifacts[name] = data


class Tools:
    def __init__(self, http):
        self.http = http


@pytest.fixture
async def target(nursery):
    served = Target()
    await nursery.start(served.run)
    return served


@pytest.fixture
def context():
    return Context()


@pytest.fixture
async def http(nursery):
    async with open_http({"allow_target": ["127.0.0.1"]}) as client:
        yield client


@pytest.fixture
def fetch(http, context):
    """`await fetch(item, **spec)`, or of several items their results, in one job."""

    async def fetched(*items, **spec):
        subject = FetchSpec()
        plan = subject.plan(spec, list(items), LIMITS)
        filled = subject.fill_secrets(plan.spec, plan.secrets)
        async with FetchExecutor().open(filled, Tools(http)) as runner:
            results = [
                await runner.run_item(LeasedItem(index, 0, each.key, each.item), context)
                for index, each in enumerate(plan.items)
            ]
        return results[0] if len(items) == 1 else results

    return fetched


async def test_a_page(target, fetch):
    target.handlers["/a"] = page(b"hello")
    done = await fetch(target.url("/a"))
    assert (done.status, done.error) == ("ok", None)
    assert done.result == {
        "url": target.url("/a"),
        "http_status": 200,
        "final_url": target.url("/a"),
        "bytes": 5,
        "sha256": hashlib.sha256(b"hello").hexdigest(),
    }


async def test_what_is_sent(target, fetch):
    target.handlers["/a"] = page()
    item = {"url": target.url("/a"), "method": "PUT", "headers": {"X-B": "own"}, "body": "ä"}
    await fetch(item, headers={"x-a": "job", "x-b": "job", "cookie": "c"}, user_agent="Me/2")
    (asked,) = target.asked
    assert (asked.method, asked.body) == ("PUT", "ä".encode())
    sent = {name: asked.headers[name] for name in ("x-a", "x-b", "cookie", "user-agent")}
    assert sent == {"x-a": "job", "x-b": "own", "cookie": "c", "user-agent": "Me/2"}


async def test_an_items_own_secret_is_sent(target, fetch):
    target.handlers["/a"] = page()
    await fetch({"url": target.url("/a"), "headers": {"Authorization": "Bearer t"}})
    assert target.asked[0].headers["authorization"] == "Bearer t"


async def test_cookies_are_not_kept(target, fetch):
    target.handlers["/a"] = page(set_cookie="id=1")
    await fetch(target.url("/a"), target.url("/a"))
    assert [asked.headers.get("cookie") for asked in target.asked] == [None, None]


async def test_the_body_is_hashed_as_it_reads(target, fetch):
    packed = gzip.compress(b"a" * 50_000)
    target.handlers["/"] = page(packed, content_encoding="gzip")
    done = await fetch(target.url())
    assert done.result["bytes"] == 50_000
    assert done.result["sha256"] == hashlib.sha256(b"a" * 50_000).hexdigest()


@pytest.mark.parametrize(("status", "retry"), [("404 Not Found", False), ("503 Busy", True)])
async def test_a_status_that_failed(target, fetch, status, retry):
    target.handlers["/"] = page(b"no", status, retry_after="9")
    done = await fetch(target.url())
    assert (done.status, done.retry, done.retry_after_s, done.pressure) == (
        "failed",
        retry,
        9.0,
        retry,
    )
    assert done.error.startswith(f"HTTP {status[:3]}")
    assert done.result["bytes"] == 2


async def test_the_edge_of_the_body_limit(target, fetch, context):
    target.handlers["/at"] = page(b"a" * 100_000)
    target.handlers["/over"] = page(b"a" * 100_001)
    at, over = await fetch(target.url("/at"), target.url("/over"))
    assert "truncated" not in at.result
    assert (over.status, over.result["truncated"], over.result["bytes"]) == ("ok", True, 100_000)
    assert at.result["sha256"] == over.result["sha256"]
    assert context.lines == [("warning", "only the first 100000 bytes were read and hashed")]


async def test_an_endless_body_ends(target, fetch):
    async def endless(talk):
        await talk.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await talk.send(b"a" * 65_536)

    target.handlers["/"] = endless
    assert (await fetch(target.url())).result["bytes"] == 100_000


async def test_a_kept_body(target, fetch, context):
    target.handlers["/r.csv"] = page(b"a,b")
    done = await fetch(target.url("/r.csv"), keep_body=True)
    assert done.result["file"] == "000000-r.csv"
    assert context.artifacts == {"000000-r.csv": b"a,b"}


async def test_a_body_too_large_to_keep_is_a_failure(target, fetch, context):
    target.handlers["/"] = page(b"a" * 100_001)
    done = await fetch(target.url(), keep_body=True)
    assert (done.status, done.retry, context.artifacts) == ("failed", False, {})
    assert "was not kept" in done.error


async def test_redirects_are_followed_and_counted(target, fetch):
    target.handlers["/n"] = page(b"end")
    for hop in range(10):
        to = f"/{hop + 1}" if hop < 9 else "/n"
        target.handlers[f"/{hop}"] = page(b"", "302 Found", location=to)
    done = await fetch(target.url("/0"))
    assert (done.status, done.result["final_url"]) == ("ok", target.url("/n"))
    assert target.connections == 1


@pytest.mark.parametrize("location", ["/loop", "http://127.0.0.1:{port}/loop"])
async def test_a_loop_of_redirects_ends(target, fetch, location):
    target.handlers["/loop"] = page(b"", "302 Found", location=location.format(port=target.port))
    done = await fetch(target.url("/loop"))
    assert (done.error, done.retry, len(target.asked)) == ("more than 10 redirects", False, 11)


async def test_redirects_are_left_alone_when_asked(target, fetch):
    target.handlers["/"] = page(b"", "302 Found", location="/n")
    done = await fetch(target.url(), follow_redirects=False)
    assert (done.status, done.result["http_status"], len(target.asked)) == ("ok", 302, 1)


@pytest.mark.parametrize("hop", [0, 8])
async def test_a_redirect_to_a_private_address_is_refused(target, fetch, hop):
    for place in range(hop):
        target.handlers[f"/{place}"] = page(b"", "302 Found", location=f"/{place + 1}")
    target.handlers[f"/{hop}"] = page(b"", "307 Go", location=f"http://127.0.0.2:{target.port}/")
    done = await fetch(target.url("/0"))
    assert (done.status, done.retry) == ("failed", False)
    assert done.error.startswith("refused: 127.0.0.2 is a loopback address")


async def test_a_huge_location_is_refused(target, fetch):
    target.handlers["/"] = page(b"", "302 Found", location="/" + "x" * 60_000)
    assert "longer than 8192 bytes" in (await fetch(target.url())).error


async def test_authorization_stays_with_its_origin(target, fetch, nursery):
    other = Target({"/": page()})
    await nursery.start(other.run)
    target.handlers["/"] = page(b"", "302 Found", location=other.url())
    await fetch(target.url(), headers={"Authorization": "s", "X-Api-Key": "s", "x-a": "b"})
    (asked,) = other.asked
    assert "authorization" not in asked.headers
    assert "x-api-key" not in asked.headers
    assert asked.headers["x-a"] == "b"


async def test_a_drip_ends_at_the_total_deadline(target, fetch):
    async def drip(talk):
        await talk.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while True:
            await talk.send(b"a")
            await trio.sleep(0.01)

    target.handlers["/"] = drip
    done = await fetch(target.url(), timeout_s=0.5)
    assert (done.error, done.retry) == ("timed out after 0.5 s (total)", True)
    assert done.result["http_status"] == 200


async def test_the_deadline_covers_redirects(target, fetch):
    async def slow(talk):
        await trio.sleep(0.02)
        await talk.respond(b"", "302 Found", location=f"{talk.asked.target}x")

    target.handlers = {"/" + "x" * length: slow for length in range(20)}
    assert (await fetch(target.url("/"), timeout_s=0.1)).error == "timed out after 0.1 s (total)"


async def test_a_cancel_is_not_an_outcome(target, fetch):
    target.handlers["/"] = silent
    with trio.move_on_after(0.05) as scope:
        await fetch(target.url())
    assert scope.cancelled_caught


async def test_a_failing_proxy_is_passed_over(target, fetch, nursery):
    target.handlers["/"] = page()
    proxy = SocksProxy()
    await nursery.start(proxy.run)
    with refusing_port() as port:
        dead = f"http://127.0.0.1:{port}"
        good = f"socks5://127.0.0.1:{proxy.port}"
        results = await fetch(*[target.url()] * 4, proxies=[dead, good])
    assert [each.status for each in results] == ["failed", "ok", "ok", "ok"]
    assert results[0].retry
    assert "the proxy" in results[0].error
    assert len(proxy.asked) == 1


@pytest.mark.parametrize("error", [b"", b"SSH-2.0-x\r\n"])
async def test_an_error_names_the_url(target, fetch, error):
    target.handlers["/"] = raw(error)
    done = await fetch(target.url())
    assert done.result == {
        "url": target.url(),
        "http_status": None,
        "final_url": None,
        "bytes": None,
        "sha256": None,
    }
    assert msgspec.json.encode(done)


async def test_at_most_so_many_large_bodies_are_held_at_once(target, http, nursery):
    """A body beyond the small size waits for its turn with what it has read; small ones pass."""
    count = LARGE_BODIES + 4
    target.handlers["/large"] = page(b"a" * (LARGE_BODY_BYTES + 1))
    target.handlers["/small"] = page(b"a" * LARGE_BODY_BYTES)
    limits = msgspec.structs.replace(LIMITS, max_body_read_bytes=LARGE_BODY_BYTES * 2)
    urls = [*[target.url("/large")] * count, target.url("/small")]
    plan = FetchSpec().plan({"keep_body": True}, urls, limits)
    context = Holding()
    done = []

    async def run(runner, index, item):
        done.append(await runner.run_item(LeasedItem(index, 0, item.key, item.item), context))

    async with FetchExecutor().open(plan.spec, Tools(http)) as runner:
        for index, item in enumerate(plan.items):
            nursery.start_soon(run, runner, index, item)
        await context.wait_held(LARGE_BODIES + 1)
        for _ in range(20):
            await trio.testing.wait_all_tasks_blocked(0.01)
        assert context.held == LARGE_BODIES + 1
        context.go_on.set()
        await context.wait_held(count + 1)
        await trio.testing.wait_all_tasks_blocked(0.01)
    assert [each.status for each in done] == ["ok"] * (count + 1)


class Holding(Context):
    """Takes no artifact before it is let."""

    def __init__(self):
        super().__init__()
        self.held = 0
        self.more = trio.Event()
        self.go_on = trio.Event()

    async def artifact(self, name, data, paid=None):
        self.held += 1
        self.more.set()
        await self.go_on.wait()

    async def wait_held(self, count):
        with trio.fail_after(60):
            while self.held < count:
                await self.more.wait()
                self.more = trio.Event()
