"""A desk's proxies: what is kept where, what every generation finds, and who is told of them."""

import msgspec
import pytest
import trio

from actors.errors import InvalidSpec, LimitReached, StorageUnavailable
from actors.ports.proxies import scope_of
from actors.runner.pooled import draws_on_pool, with_pool
from actors.settings import SetProxies
from state.codec import encode
from state.desks import PROXIES
from state.errors import StorageFull
from state.proxies import PoolProxy
from tests.support.servers import ALICE, ENDED, Server, create, until

CANARY = "canary-9f31"
PLAIN = PoolProxy("http://a.example:8080")
LOGIN = PoolProxy("http://b.example:8080", "proxy.b")
WHOLE = f"http://user:{CANARY}@b.example:8080"
SHOWS = {"do": "spec_of"}


async def kept(server):
    return await server.store.load_secrets(ALICE, PROXIES)


async def test_the_password_is_among_the_secrets_and_nowhere_else(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        reply = await desk.ask(SetProxies(proxies=(PLAIN, LOGIN), secrets={"proxy.b": WHOLE}))
        assert reply.revision == desk.published.revision
        assert desk.published.proxies == (PLAIN, LOGIN)
        assert await kept(server) == {"proxy.b": WHOLE}
        state = (await server.store.load(ALICE)).state
        assert CANARY not in encode(ALICE, state).decode()
        assert CANARY not in repr(desk.published)
    assert CANARY not in repr(server.heard)
    async with server.running() as directory:
        assert (await directory.find(ALICE)).published.proxies == (PLAIN, LOGIN)
        assert await kept(server) == {"proxy.b": WHOLE}


async def test_an_address_that_is_known_keeps_its_name_and_stands_once(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(SetProxies(proxies=(PLAIN, LOGIN), secrets={"proxy.b": WHOLE}))
        again = PoolProxy(LOGIN.address, "proxy.new")
        await desk.ask(SetProxies(proxies=(again, PLAIN), secrets={"proxy.new": WHOLE}, add=True))
        assert desk.published.proxies == (PLAIN, LOGIN)
        assert await kept(server) == {"proxy.b": WHOLE}


async def test_what_no_generation_names_is_forgotten_and_not_before(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(SetProxies(proxies=(LOGIN,), secrets={"proxy.b": WHOLE}))
        await desk.ask(SetProxies(proxies=()))
        await trio.sleep(1)
        assert await kept(server) == {"proxy.b": WHOLE}
        await desk.ask(SetProxies(proxies=(PLAIN,)))
        await trio.sleep(1)
        assert await kept(server) == {}


async def test_a_name_whose_address_is_gone_is_refused(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        with pytest.raises(InvalidSpec, match="anew"):
            await desk.ask(SetProxies(proxies=(LOGIN,)))
        assert desk.published.proxies == ()


async def test_more_than_a_desk_keeps_are_refused_and_the_oldest_make_room_for_others(
    autojump_clock,
):
    server = Server(max_proxies=2)
    three = tuple(PoolProxy(f"http://{name}.example:1") for name in "abc")
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        with pytest.raises(LimitReached):
            await desk.ask(SetProxies(proxies=three))
        await desk.ask(SetProxies(proxies=three[:2]))
        await desk.ask(SetProxies(proxies=three[1:2], add=True))
        assert desk.published.proxies == three[:2]
        await desk.ask(SetProxies(proxies=three[2:], add=True))
        assert desk.published.proxies == three[1:]
        with pytest.raises(LimitReached):
            await desk.ask(SetProxies(proxies=three, add=True))


async def test_a_list_whose_secrets_cannot_be_written_is_not_kept(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        server.store.faults.fail("save_secrets", StorageFull("full"))
        with pytest.raises(StorageUnavailable):
            await desk.ask(SetProxies(proxies=(LOGIN,), secrets={"proxy.b": WHOLE}))
        assert desk.published.proxies == ()


async def test_a_job_that_asks_for_the_pool_is_told_it_whole_and_no_other_is(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(SetProxies(proxies=(PLAIN, LOGIN), secrets={"proxy.b": WHOLE}))
        await desk.ask(create([SHOWS], job_id="with", spec={"proxy_pool": True}))
        await desk.ask(create([SHOWS], job_id="without", spec={"proxy_pool": False}))
        told = {}
        for job_id in ("with", "without"):
            await until(desk, job_id, *ENDED)
            page = await server.store.read_outcomes(ALICE, job_id)
            ((record, _),) = page.records
            told[job_id] = msgspec.json.decode(record.result)["spec"]
        assert told["without"] == {"proxy_pool": False}
        assert told["with"]["pool"] == {
            "scope": scope_of(ALICE),
            "proxies": [
                {"key": PLAIN.address, "url": PLAIN.address},
                {"key": "proxy.b", "url": WHOLE},
            ],
        }
        assert CANARY not in repr(desk.published)


async def test_an_error_that_quotes_a_password_is_kept_without_it(autojump_clock):
    server = Server()
    async with server.running() as directory:
        desk = await directory.create(ALICE)
        await desk.ask(SetProxies(proxies=(LOGIN,), secrets={"proxy.b": WHOLE}))
        quoting = {"do": "fail", "error": f"the proxy {WHOLE} said no to {CANARY}"}
        await desk.ask(create([quoting], spec={"proxy_pool": True}))
        await until(desk, "job", *ENDED)
        page = await server.store.read_outcomes(ALICE, "job")
        ((record, _),) = page.records
        assert record.error
        assert CANARY not in record.error


def test_a_proxy_whose_password_is_lost_is_left_out():
    spec = with_pool({"proxy_pool": True}, ALICE, (LOGIN, PLAIN), {})
    assert [each["key"] for each in spec["pool"]["proxies"]] == [PLAIN.address]


@pytest.mark.parametrize("draws", [True, False])
def test_a_job_of_tabs_draws_on_the_pool_where_it_goes_on_without_them(draws):
    spec = {"failover": {"proxy_pool": draws}}
    assert draws_on_pool(spec) is draws
    filled = with_pool(spec, ALICE, [PLAIN], {})
    assert ("pool" in filled["failover"]) is draws
    assert "pool" not in filled
    assert not draws_on_pool({"failover": None})
