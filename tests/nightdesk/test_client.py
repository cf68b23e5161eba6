"""The Python client against a real server: both kinds, watching over breaks, and its pure rules."""

from __future__ import annotations

import inspect
from decimal import Decimal
from functools import partial
from io import BytesIO

import pytest
import trio

from nightdesk import AsyncClient, Client, NightdeskError
from nightdesk.client import Conflict, Invalid, NotFound, Unreachable, transport
from nightdesk.client.calls import Address
from nightdesk.client.errors import error_of
from nightdesk.client.models import Snapshot, Spend, SpendCap, StatusChange
from nightdesk.client.transport import Lost, Reply, pause_before_again
from tests.support.ports import port_of_our_own, refusing_port
from tests.support.target import Target, page

REFUSED = "http://192.0.2.1/"


def methods(client):
    return {
        name: list(inspect.signature(method).parameters)
        for name, method in vars(client).items()
        if not name.startswith("_")
    }


def test_both_clients_have_the_same_methods():
    blocking, trio_ = methods(Client), methods(AsyncClient)
    assert trio_.keys() - blocking.keys() == {"changes"}
    assert blocking.keys() - trio_.keys() == {"close"}
    for name in blocking.keys() & trio_.keys() - {"watch", "wait"}:
        assert blocking[name] == trio_[name], name


def test_the_blocking_client_from_submit_to_delete(server):
    with Client(server.url) as desk:
        job = desk.submit([REFUSED, {"url": REFUSED, "method": "HEAD"}], name="b", start=False)
        assert (job.name, job.status, job.counts.total) == ("b", "pending", 2)
        assert desk.job(job.id) == job
        assert job.id in [other.id for other in desk.jobs(status="pending", kind="fetch")]
        assert [item.status for item in desk.items(job.id, status="pending")] == ["pending"] * 2
        assert desk.start(job.id).status in ("queued", "running")
        ended = desk.wait(job.id, timeout_s=30)
        assert (ended.status, ended.counts.failed) == ("failed", 2)
        written = BytesIO()
        assert desk.export(job.id, written, format="csv") == len(written.getvalue()) > 0
        assert [line.level for line in desk.log(job.id).lines][-1] == "info"
        assert desk.artifacts(job.id) == ()
        desk.delete(job.id)
        with pytest.raises(NotFound):
            desk.job(job.id)


def test_a_job_is_done_once_more_as_another(server):
    with Client(server.url) as desk:
        first = desk.submit([REFUSED], name="b", start=False)
        again = desk.repeat(first.id, idempotency_key="again")
        assert (again.name, again.counts.total, again.status) == ("b", 1, "queued")
        assert desk.repeat(first.id, idempotency_key="again").id == again.id != first.id
        assert desk.wait(again.id, timeout_s=30).counts.failed == 1


def test_what_a_job_may_spend_is_said_and_said_anew(server):
    with Client(server.url) as desk:
        job = desk.submit([REFUSED], start=False)
        assert (job.cap, job.spend) == (SpendCap(), Spend())
        capped = desk.set_cap(job.id, usd=Decimal("0.50"), tokens=1_000)
        assert capped.cap == SpendCap(usd=Decimal("0.5"), tokens=1_000)
        assert desk.job(job.id).cap == capped.cap
        assert desk.set_cap(job.id).cap == SpendCap()
        with pytest.raises(NotFound):
            desk.set_cap("none", usd=Decimal(1))


def test_the_same_key_is_the_same_job(server):
    with Client(server.url) as desk:
        first = desk.submit([REFUSED], start=False, idempotency_key="k")
        assert desk.submit([REFUSED], start=False, idempotency_key="k").id == first.id
        with pytest.raises(Conflict) as told:
            desk.submit([REFUSED], name="other", start=False, idempotency_key="k")
    assert told.value.code == "idempotency_conflict"


def test_refusals_carry_code_and_details(server):
    with Client(server.url) as desk:
        with pytest.raises(Invalid) as told:
            desk.submit(["ftp://x", REFUSED])
        assert (told.value.status, told.value.code) == (400, "invalid_spec")
        assert [wrong["index"] for wrong in told.value.details["errors"]] == [0]
        with pytest.raises(TimeoutError):
            desk.wait(desk.submit([REFUSED], start=False).id, timeout_s=0)


async def test_changes_come_by_socket_and_end_with_the_deletion(server):
    async with AsyncClient(server.url) as desk, desk.changes() as changes:
        first = await changes.receive()
        assert isinstance(first, Snapshot)
        job = await desk.submit([REFUSED], start=False)
        seen = [await changes.receive()]
        with pytest.raises(NotFound):
            await watch_and_delete(desk, job.id)
        while not (isinstance(seen[-1], StatusChange) and seen[-1].new is None):
            seen.append(await changes.receive())
    statuses = [c.new for c in seen if isinstance(c, StatusChange) and c.job_id == job.id]
    assert statuses == ["pending", "cancelled", None]


async def watch_and_delete(desk, job_id):
    async with desk.watch(job_id) as watched:
        async for current in watched:
            assert current.id == job_id
            await desk.delete(job_id)


async def test_waiting_for_a_job_that_is_not_there(server):
    async with AsyncClient(server.url) as desk:
        with pytest.raises(NotFound):
            await desk.wait("00000000-0000-4000-8000-000000000000")


async def test_without_sockets_it_polls(server, nursery):
    """Through a relay that refuses every WebSocket, as some proxies do."""
    cut = []

    async def relay(client):
        head = await client.receive_some()
        if b"Upgrade: websocket" in head:
            cut.append(head)
            await client.send_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        host, port = server.url.removeprefix("http://").strip("/").split(":")
        async with await trio.open_tcp_stream(host, int(port)) as upstream:
            await upstream.send_all(head)
            async with trio.open_nursery() as pumps:
                pumps.start_soon(pump, client, upstream)
                await pump(upstream, client)
                pumps.cancel_scope.cancel()

    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    nursery.start_soon(trio.serve_listeners, relay, [listener])
    port = listener.socket.getsockname()[1]
    async with AsyncClient(f"http://127.0.0.1:{port}") as desk:
        job = await desk.submit([REFUSED], start=False)
        async with desk.watch(job.id) as changes:
            seen = []
            async for current in changes:
                seen.append(current.status)
                if len(seen) == 1:
                    await desk.cancel(job.id)
    assert (seen[0], seen[-1]) == ("pending", "cancelled")
    assert cut


async def pump(source, sink):
    try:
        async for data in source:
            await sink.send_all(data)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return


async def test_watching_bears_a_kill_and_a_restart(start_server, nursery):
    port = port_of_our_own()
    gate, target = trio.Event(), Target()

    async def gated(talk):
        await gate.wait()
        await page()(talk)

    target.handlers = {"/now": page(), "/later": gated}
    await nursery.start(target.run)
    start = partial(start_server, "--allow-target", f"127.0.0.1:{target.port}", port=port)
    first = await trio.to_thread.run_sync(start)
    async with AsyncClient(first.url) as desk:
        job = await desk.submit([target.url("/now"), target.url("/later")])
        async with desk.watch(job.id) as changes:
            async for current in changes:
                if current.counts.done == 1 and not gate.is_set():
                    await trio.to_thread.run_sync(first.kill)
                    gate.set()
                    await trio.to_thread.run_sync(start)
    assert (current.status, current.counts.ok) == ("completed", 2)


def test_nobody_listening_is_said_at_once():
    with (
        refusing_port() as port,
        Client(f"http://127.0.0.1:{port}") as desk,
        pytest.raises(Unreachable) as told,
    ):
        desk.snapshot()
    assert told.value.code == "unreachable"
    assert isinstance(told.value, NightdeskError)


ADDRESS = Address("http://x", None, None)
LOST = Lost(failure=Unreachable("gone", code="unreachable"), connected=True)
NOT_CONNECTED = Lost(failure=LOST.failure, connected=False)


@pytest.mark.parametrize(
    ("call", "reply", "again"),
    [
        (ADDRESS.snapshot(), Reply(status=200), False),
        (ADDRESS.snapshot(), Reply(status=500), False),
        (ADDRESS.snapshot(), Reply(status=503), True),
        (ADDRESS.delete("j"), Reply(status=429), True),
        (ADDRESS.snapshot(), LOST, True),
        (ADDRESS.command("j", "retry"), LOST, True),
        (ADDRESS.create_desk(), LOST, False),
        (ADDRESS.delete("j"), LOST, False),
        (ADDRESS.snapshot(), NOT_CONNECTED, False),
    ],
)
def test_what_is_asked_again(call, reply, again):
    assert (pause_before_again(call, 1, reply) is not None) is again
    assert pause_before_again(call, transport.RETRIES + 1, reply) is None


@pytest.mark.parametrize(
    ("asked", "pause_s"), [("3", 3.0), ("600", 10.0), ("soon", 0.2), ("-1", 0.2), (None, 0.2)]
)
def test_retry_after_is_obeyed_within_reason(asked, pause_s):
    reply = Reply(status=429, retry_after=asked)
    assert pause_before_again(ADDRESS.snapshot(), 1, reply) == pytest.approx(pause_s)


def test_the_desk_is_local_unless_somebody_asks(monkeypatch):
    monkeypatch.delenv("NIGHTDESK_TOKEN", raising=False)
    assert Address("http://x/", None, None).snapshot().path == "/api/desks/local"
    assert Address("http://x/", None, "t").snapshot().path == "/api/desks/me"
    assert Address("http://x/", "a/b", "t").job("../c").path == "/api/desks/a%2Fb/jobs/..%2Fc"
    assert Address("https://x/", None, None).stream_url == "wss://x/api/desks/local/stream"


def test_an_answer_that_is_not_ours_is_no_answer():
    url = "http://there"
    assert isinstance(error_of(404, None, url), Unreachable)
    assert isinstance(error_of(502, {"detail": "proxy"}, url), Unreachable)
    assert isinstance(error_of(404, {"error": {"code": "not_found"}}, url), NotFound)
