"""Errands with a real worker: what they bring back, and what they are refused."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from actors.errors import InvalidSpec
from actors.ports.errands import Errand, ErrandsBusy
from state.model import NO_LISTS, EgressLists
from state.views import DeskKey
from tests.support.bad_proxy import BadProxy
from tests.support.houses import Heard
from tests.support.ports import refusing_port
from tests.support.proxy import HttpProxy, SocksProxy
from tests.support.target import Target, page
from workers.errands import ERRANDS_PER_DESK
from workers.pool import Pools, PoolSettings

DESK = DeskKey("a" * 64)
OTHER = DeskKey("b" * 64)


@pytest.fixture
async def target(nursery):
    served = Target({"/list": page(b"one\ntwo\n"), "/big": page(b"x" * 5_000)})
    await nursery.start(served.run)
    return served


@pytest.fixture
def errands_of(nursery):
    async def build(allow=("127.0.0.1",)):
        settings = PoolSettings(tool_settings={"http": {"allow_target": list(allow)}})
        pools = Pools(settings, {}, Heard())
        await nursery.start(pools.run)
        return pools.errands()

    return build


async def test_a_request_brings_status_and_body(errands_of, target):
    errands = await errands_of()
    reply = await errands.send(Errand(desk=DESK, url=target.url("/list")))
    assert (reply.error, reply.http_status, reply.body) == (None, 200, b"one\ntwo\n")
    reply = await errands.send(Errand(desk=DESK, url=target.url("/none")))
    assert (reply.http_status, reply.body) == (404, b"no such page")
    assert "404" in reply.error
    reply = await errands.send(Errand(desk=DESK, url=target.url("/big"), max_bytes=1_000))
    assert "larger than 1000 bytes" in reply.error
    assert reply.body == b""


async def test_what_is_sent_is_what_was_asked_for(errands_of, target):
    errands = await errands_of()
    await errands.send(
        Errand(
            desk=DESK,
            url=target.url("/list"),
            method="POST",
            headers={"X-Signature": "abc", "Authorization": "secret"},
            body='{"ok": true}',
        )
    )
    (asked,) = target.asked
    assert (asked.method, asked.body) == ("POST", b'{"ok": true}')
    assert asked.headers["x-signature"] == "abc"
    assert asked.headers["authorization"] == "secret"


async def test_the_rules_of_the_egress_and_the_lists_of_the_desk_hold(errands_of, target):
    refusing = await errands_of(allow=())
    reply = await refusing.send(Errand(desk=DESK, url=target.url("/list")))
    assert reply.error.startswith("refused: 127.0.0.1")
    errands = await errands_of()
    denied = EgressLists(deny=("127.0.0.0/8",))
    reply = await errands.send(Errand(desk=DESK, url=target.url("/list"), egress=denied))
    assert reply.error.startswith("refused:")
    assert not target.asked


async def test_what_no_job_could_ask_for_is_refused(errands_of):
    errands = await errands_of()
    with pytest.raises(InvalidSpec):
        await errands.send(Errand(desk=DESK, url="file:///etc/passwd"))


async def test_proxies_are_greeted(errands_of, nursery):
    errands = await errands_of()
    plain, socks = HttpProxy(), SocksProxy(login=("user", "right"))
    for proxy in (plain, socks):
        await nursery.start(proxy.run)

    async def greet(url):
        return await errands.greet(DESK, url, NO_LISTS, 5.0)

    assert await greet(f"http://127.0.0.1:{plain.port}") is None
    assert await greet(f"socks5://user:right@127.0.0.1:{socks.port}") is None
    wrong = await greet(f"socks5://user:canary@127.0.0.1:{socks.port}")
    assert "refused the user name or password" in wrong
    assert "canary" not in wrong
    with refusing_port() as port:
        assert "refused" in await greet(f"http://127.0.0.1:{port}")
    assert plain.asked == []


async def test_a_proxy_that_hangs_is_of_no_use(errands_of, nursery):
    errands = await errands_of()
    hanging = BadProxy()
    await nursery.start(hanging.run)
    said = await errands.greet(DESK, f"socks5://127.0.0.1:{hanging.port}", NO_LISTS, 0.3)
    assert "did not answer within 0.3 s" in said


async def test_a_proxy_in_private_space_is_refused(errands_of):
    errands = await errands_of(allow=())
    with refusing_port() as port:
        said = await errands.greet(DESK, f"http://127.0.0.1:{port}", NO_LISTS, 5.0)
    assert said.startswith("refused: 127.0.0.1")
    assert said.endswith("(the proxy)")


async def test_a_desk_has_so_many_at_once_and_keeps_nobody_else_waiting(errands_of, target):
    reached, go = trio.Semaphore(0), trio.Event()

    async def held(talk):
        reached.release()
        await go.wait()
        await talk.respond(b"done")

    target.handlers["/held"] = held
    errands = await errands_of()
    replies = []

    async def send(desk):
        replies.append(await errands.send(Errand(desk=desk, url=target.url("/held"))))

    async with trio.open_nursery() as sending:
        for _ in range(ERRANDS_PER_DESK):
            sending.start_soon(send, DESK)
        for _ in range(ERRANDS_PER_DESK):
            await reached.acquire()
        with pytest.raises(ErrandsBusy):
            await errands.send(Errand(desk=DESK, url=target.url("/held")))
        sending.start_soon(send, OTHER)
        await reached.acquire()
        go.set()
    assert [reply.body for reply in replies] == [b"done"] * (ERRANDS_PER_DESK + 1)
