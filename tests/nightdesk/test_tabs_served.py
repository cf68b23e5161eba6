"""Two pages at a real server, over real sockets, one of which is killed in the middle of its work:
every URL is opened once, and none is lost."""

from __future__ import annotations

import json

import pytest
import trio
from trio_websocket import ConnectionClosed, wrap_client_stream

from nightdesk import AsyncClient

URLS = [f"https://site.test/{number}" for number in range(40)]
OPENED_BEFORE_IT_DIES = 6


class Page:
    """A page that opens nothing but says that it did."""

    def __init__(self, server) -> None:
        host, _, port = server.url.removeprefix("http://").rstrip("/").partition(":")
        self._address = host, int(port)
        self.opened: list[str] = []

    async def run(self, capacity, on_lease, *, task_status=trio.TASK_STATUS_IGNORED):
        """`on_lease` is awaited before each URL; what it raises kills the page with its URL."""
        host, port = self._address
        async with await trio.open_tcp_stream(host, port) as stream, trio.open_nursery() as nursery:
            socket = await wrap_client_stream(
                nursery, stream, f"{host}:{port}", "/api/desks/local/tab"
            )
            assert json.loads(await socket.get_message())["type"] == "welcome"
            await socket.send_message(json.dumps({"type": "hello", "capacity": capacity}))
            task_status.started()
            try:
                await self._work(socket, on_lease)
            except Killed:
                # No goodbye: the kernel closes what a killed process had open.
                await trio.aclose_forcefully(stream)
            nursery.cancel_scope.cancel()

    async def _work(self, socket, on_lease):
        while True:
            try:
                lease = json.loads(await socket.get_message())
            except ConnectionClosed:
                return
            assert lease["type"] == "lease", lease
            await on_lease(self)
            self.opened.append(lease["url"])
            answer = {"type": "opened", "job_id": lease["job_id"], "index": lease["index"]}
            await socket.send_message(json.dumps(answer))


class Killed(Exception):
    """The end of a page."""


@pytest.mark.parametrize("delay_ms", [0, 5])
async def test_a_killed_page_loses_no_url_and_none_is_opened_twice(server, delay_ms):
    dead = trio.Event()

    async def dies(page):
        if len(page.opened) == OPENED_BEFORE_IT_DIES:
            dead.set()
            raise Killed

    async def waits(page):
        await dead.wait()

    doomed, survivor = Page(server), Page(server)
    with trio.fail_after(120):
        async with AsyncClient(server.url) as desk, trio.open_nursery() as nursery:
            await nursery.start(doomed.run, 1, dies)
            await nursery.start(survivor.run, 2, waits)
            job = await desk.submit(
                URLS, kind="tab", spec={"concurrency": 3, "delay_ms": delay_ms}, start=True
            )
            done = await desk.wait(job.id)
            outcomes = [outcome async for outcome in desk.items(job.id)]
            nursery.cancel_scope.cancel()
    assert (done.status, done.counts.ok) == ("completed", len(URLS))
    assert len(doomed.opened) == OPENED_BEFORE_IT_DIES
    assert sorted(doomed.opened + survivor.opened) == sorted(URLS)
    assert sorted(outcome.url for outcome in outcomes) == sorted(URLS)
    assert {outcome.attempts for outcome in outcomes} == {1}
