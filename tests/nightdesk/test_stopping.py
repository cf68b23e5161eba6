"""How a served process ends: what it tells those who are there, and that nothing holds it."""

from __future__ import annotations

import json
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
import trio

from nightdesk import AsyncClient, Client
from tests.support.processes import wait_gone
from tests.support.serving import ask, open_socket
from tests.support.target import Target

HARD = "left hard"
ITEMS = 4
STREAM = "/api/desks/local/stream"
SOON_S = 60.0


def port_of(server):
    return int(server.url.rstrip("/").rpartition(":")[2])


def kept_jobs(data: Path):
    """The jobs of the one desk, as its file has them."""
    [file] = data.glob("sessions/*.json")
    return json.loads(file.read_bytes())["desk"]["jobs"].values()


@pytest.fixture
async def target(nursery):
    made = HoldingTarget()
    await nursery.start(made.run)
    return made


class HoldingTarget(Target):
    """Answers the first item of a job and holds all others."""

    def __init__(self):
        super().__init__()
        self.all_asked = trio.Event()
        self.handlers["/0"] = self._answer
        self.handlers.update({f"/{index}": self._hold for index in range(1, ITEMS)})

    async def _answer(self, talk):
        self._note()
        await answer(talk)

    async def _hold(self, _talk):
        self._note()
        await trio.sleep_forever()

    def _note(self):
        if len(self.asked) == ITEMS:
            self.all_asked.set()


async def answer(talk):
    await talk.respond(b"done")


@pytest.fixture
def start(start_server, target):
    """A server that may ask the target."""

    async def start(*arguments):
        allowed = ("--allow-target", f"127.0.0.1:{target.port}")
        return await trio.to_thread.run_sync(start_server, *allowed, *arguments)

    return start


async def run_held_job(server, target):
    """A job with one item done and all others in flight."""
    async with AsyncClient(server.url) as desk:
        urls = [target.url(f"/{index}") for index in range(ITEMS)]
        job = await desk.submit(urls, spec={"concurrency": ITEMS})
        async with desk.watch(job.id) as changes:
            async for seen in changes:
                if seen.counts.ok == 1:
                    break
        with trio.fail_after(SOON_S):
            await target.all_asked.wait()


async def told_to_go(socket):
    """The code that the socket is closed with."""
    with trio.fail_after(SOON_S):
        while await socket.receive() is not None:
            pass
    return socket.close_code


async def ended(server, pids):
    code = await trio.to_thread.run_sync(server.wait)
    for pid in pids:
        await trio.to_thread.run_sync(wait_gone, pid)
    assert HARD not in server.log
    return code


async def test_everybody_is_told_and_what_runs_is_given_back(start, target):
    server = await start("--drain-s", "0.2")
    await run_held_job(server, target)
    workers, port, polled = server.children(), port_of(server), []
    assert workers

    async def poll(revision):
        path = f"/api/desks/local?after={revision}&wait=60"
        polled.append((await ask(port, path=path))[0])

    async with open_socket(port, STREAM) as socket, trio.open_nursery() as pollers:
        revision = json.loads(await socket.receive())["revision"]
        pollers.start_soon(poll, revision)
        await trio.testing.wait_all_tasks_blocked(0.05)
        await ask(port, path="/healthz")  # the server has read what came before it
        server.signal(signal.SIGTERM)
        assert await told_to_go(socket) == 1012
    assert await ended(server, workers) == 0
    assert polled in ([200], [304])
    [job] = kept_jobs(server.data)
    assert (job["status"], job["reason"], job["run"]) == ("queued", "shutdown", 1)
    assert job["counts"]["ok"] == 1


async def test_being_told_twice_to_end_changes_nothing(start, target):
    server = await start("--drain-s", "0.5")
    await run_held_job(server, target)
    workers = server.children()
    async with open_socket(port_of(server), STREAM) as socket:
        server.signal(signal.SIGTERM)
        assert await told_to_go(socket) == 1012
        server.signal(signal.SIGTERM)
    assert await ended(server, workers) == 0
    assert [job["status"] for job in kept_jobs(server.data)] == ["queued"]


async def test_a_second_ctrl_c_ends_it_at_once_and_loses_nothing(start, target):
    server = await start("--drain-s", "60", "--stop-s", "100")
    await run_held_job(server, target)
    workers = server.children()
    async with open_socket(port_of(server), STREAM) as socket:
        server.signal(signal.SIGINT)
        assert await told_to_go(socket) == 1012
        server.signal(signal.SIGINT)
    assert await ended(server, workers) == 130
    target.handlers.update({f"/{index}": answer for index in range(ITEMS)})
    again = await start()
    async with AsyncClient(again.url) as desk:
        [job] = (await desk.snapshot()).jobs
        assert (await desk.wait(job.id)).counts.ok == ITEMS
    assert [asked.target for asked in target.asked].count("/0") == 1


def test_clients_that_never_read_do_not_hold_the_end(start_server):
    server = start_server()
    urls = [f"http://192.0.2.1/{'x' * 1_000}/{index}" for index in range(4_000)]
    with Client(server.url) as desk:
        job = desk.submit(urls, start=False)
        kept = desk.job(job.id)
    host, port = server.url.removeprefix("http://").strip("/").split(":")
    path = f"/api/desks/local/jobs/{job.id}/items?status=pending&limit=1000"
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"
    with ExitStack() as held:
        for _ in range(5):
            stuck = held.enter_context(socket.create_connection((host, int(port))))
            stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            stuck.sendall(request.encode() * 8)
            assert stuck.recv(1)
        assert server.stop() == 0
    assert HARD not in server.log
    with Client(start_server().url) as desk:
        assert desk.job(job.id).counts == kept.counts
