"""Server-sent events of a task: the newest, until its end, within bounds."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager

import pytest
import trio
from msgspec.structs import replace

from actors.messages import LiveProgress
from state.model import Counts, JobStatus
from state.rotation import Secrets
from tests.support.forged import bearer, token
from tests.support.serving import served
from tests.web.conftest import SECRET, HeldSecrets, make_keyring
from tests.web.test_batch_socket import ann, make_task
from web.app import build_app

__all__ = ["ann"]

LIVE = "/api/v1/batchgo/tasks/t1/live"
ASKED = {**bearer(token()), "Accept": "text/event-stream"}


class Source:
    """A plain reader of an event stream."""

    def __init__(self, stream):
        self.stream, self.data = stream, b""

    async def _until(self, end):
        with trio.fail_after(60):
            while end not in self.data:
                chunk = await self.stream.receive_some(65536)
                if not chunk:
                    raise EOFError(self.data)
                self.data += chunk
        found, _, self.data = self.data.partition(end)
        return found

    async def head(self):
        return (await self._until(b"\r\n\r\n")).decode()

    async def event(self):
        """(id, data) of the next event, comments left out."""
        while True:
            lines = (await self._until(b"\n\n")).decode().splitlines()
            fields = dict(line.split(": ", 1) for line in lines if ": " in line)
            if "data" in fields:
                return int(fields["id"]), json.loads(fields["data"])

    async def ended(self):
        """What came until the last chunk."""
        return await self._until(b"0\r\n\r\n")


@asynccontextmanager
async def listening(port, path=LIVE, headers=()):
    lines = [f"{name}: {value}" for name, value in {**ASKED, **dict(headers)}.items()]
    head = "\r\n".join([f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *lines, "", ""])
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(head.encode())
        yield Source(stream)


@pytest.mark.parametrize("path", [LIVE, "/api/v1/batchopen/tasks/t1/live"])
async def test_a_task_is_told_until_it_ends(deps, ann, path):
    await make_task(ann)
    async with served(build_app(deps)) as port, listening(port, path) as source:
        head = await source.head()
        assert head.startswith("HTTP/1.1 200")
        assert "text/event-stream" in head
        revision, told = await source.event()
        assert (told["taskId"], told["status"]) == ("t1", "running")
        assert told["progress"]["total"] == {
            "target": 1, "completed": 0, "failed": 0, "percentage": 0.0,
        }  # fmt: skip
        ann.move("t1", JobStatus.RUNNING)
        ann.progress("t1", LiveProgress(counts=Counts(total=1, ok=1)))
        ann.move("t1", JobStatus.COMPLETED, ended_at=1.0)
        newer, told = await source.event()
        while told["status"] != "completed":
            assert newer > revision
            newer, told = await source.event()
        assert told["progress"]["total"]["completed"] == 1
        assert newer == ann.revision
        await source.ended()
    assert ann.subscribers == 0


async def test_who_has_seen_the_end_is_not_to_come_again(client, ann):
    await make_task(ann)
    ann.move("t1", JobStatus.CANCELLED)
    headers = {**ASKED, "Last-Event-ID": str(ann.revision)}
    assert (await client.get(LIVE, headers=headers)).status_code == 204
    again = await client.get(LIVE, headers={**ASKED, "Last-Event-ID": str(ann.revision - 1)})
    assert again.status_code == 200
    assert b'"terminated"' in await again.get_data(as_text=False)


async def test_who_comes_again_is_told_what_has_changed_and_no_more(deps, ann):
    await make_task(ann)
    async with served(build_app(deps)) as port:
        async with listening(port) as source:
            seen, _ = await source.event()
        async with listening(port, headers={"Last-Event-ID": str(seen)}) as source:
            await source.head()
            ann.progress("t1", LiveProgress(counts=Counts(total=1, failed=1)))
            newer, told = await source.event()
            assert newer > seen
            assert told["progress"]["total"]["failed"] == 1


async def test_the_server_s_end_ends_it(deps, ann):
    await make_task(ann)
    async with served(build_app(deps)) as port, listening(port) as source:
        await source.event()
        deps.stopping.set()
        await source.ended()


async def test_what_opened_it_ends_it(deps, ann):
    """Its key is taken back: whoever asks next, the server sees that."""
    await make_task(ann)
    source_of_keys = HeldSecrets(Secrets(SECRET))
    app = build_app(replace(deps, keyring=make_keyring(source_of_keys)))
    async with served(app) as port, listening(port) as source:
        await source.event()
        source_of_keys.held = Secrets(b"n" * 32)
        assert (await app.test_client().get(LIVE, headers=ASKED)).status_code == 401
        await source.ended()


async def test_a_deleted_task_ends_it(deps, client, ann):
    await make_task(ann)
    async with served(build_app(deps)) as port, listening(port) as source:
        await source.event()
        await client.delete("/api/v1/batchgo/tasks/t1", headers=bearer(token()))
        await source.ended()


async def test_whoever_leaves_is_not_counted_any_more(deps, ann):
    await make_task(ann)
    async with served(build_app(deps)) as port:
        async with listening(port) as source:
            await source.event()
            assert ann.subscribers == 1
        with trio.fail_after(60):
            ok = 0
            while ann.subscribers:
                ok += 1
                ann.progress("t1", LiveProgress(counts=Counts(total=10**6, ok=ok)))
                await trio.testing.wait_all_tasks_blocked(0.001)


async def test_a_desk_has_so_many(deps, ann):
    await make_task(ann)
    deps = replace(deps, settings=replace(deps.settings, max_sockets_per_desk=1))
    async with served(build_app(deps)) as port, listening(port) as source:
        await source.event()
        async with listening(port) as other:
            assert (await other.head()).startswith("HTTP/1.1 429")


async def test_whoever_is_no_event_source_is_told_once(client, ann):
    await make_task(ann)
    answer = await client.get(LIVE, headers=bearer(token()))
    assert (await answer.get_json())["taskId"] == "t1"
    headed = await client.head(LIVE, headers=ASKED)
    assert headed.status_code == 200


@pytest.mark.parametrize("path", [LIVE, "/api/autoclick/live"])
async def test_a_task_that_is_not_there_is_404(client, ann, path):
    answer = await client.get(path, headers=ASKED)
    assert answer.status_code == 404
    assert (await answer.get_json())["error"] == "task_not_found"


async def test_nobody_s_stream_is_401(client, ann):
    await make_task(ann)
    assert (await client.get(LIVE, headers={"Accept": "text/event-stream"})).status_code == 401
