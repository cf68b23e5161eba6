"""BatchGo's sockets as tabs: what a page is told to open, and what its answers do."""

from __future__ import annotations

import json

import pytest
import trio
from msgspec.structs import replace

from actors.ports import TabLease
from tests.support.forged import token
from tests.web.test_batch_socket import ann, heard
from web.app import build_app

__all__ = ["ann"]


class HeldTabs:
    """Tabs that were asked for one line, which hands out what tests put in."""

    def __init__(self):
        self.send, self.receive = trio.open_memory_channel(10)
        self.connected, self.answers, self.beats = [], [], 0

    def join(self, desk, *, capacity, acknowledges=True):
        self.connected.append((desk, acknowledges))
        return self

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.connected.pop()

    async def wait_news(self):
        return [await self.receive.receive()]

    def answer(self, job_id, index, status, error=None):
        self.answers.append((job_id, index, status, error))
        return index == 0

    def beat(self):
        self.beats += 1


LEASE = TabLease(
    job_id="j", index=0, url="https://a.example/", delay_ms=250, new_window=True, sequential=False
)


@pytest.fixture
def tabs():
    return HeldTabs()


async def test_a_page_is_told_what_to_open_and_answers(deps, ann, tabs, autojump_clock):
    client = build_app(replace(deps, tabs=tabs)).test_client()
    async with client.websocket(f"/ws?token={token()}&after={ann.revision}") as socket:
        tabs.send.send_nowait(LEASE)
        told = await heard(socket)
        assert tabs.connected == [(ann.key, True)]
        assert told == {
            "type": "batch_task_start", "task_id": "j", "taskId": "j", "mode": "basic",
            "urls": [{"url": "https://a.example/", "status": "pending", "index": 0}],
            "config": {"delay": 250, "new_window": True, "sequential": False},
            "revision": ann.revision,
        }  # fmt: skip
        said = {"type": "url_opened", "task_id": "j", "index": 0, "status": "blocked"}
        await socket.send(json.dumps(said))
        await socket.send(json.dumps({**said, "index": 1, "status": "opened"}))
        assert (await heard(socket))["error"]["code"] == "invalid_status"
    assert [answer[1:3] for answer in tabs.answers] == [(0, "blocked"), (1, "opened")]
    assert tabs.beats >= 1
    assert tabs.connected == []


@pytest.mark.parametrize(
    "fields",
    [{"index": -1}, {"index": 1.5}, {"index": "0"}, {"index": True}, {"task_id": 5},
     {"status": "done"}, {"status": None}, {"index": 2**60}],
    ids=str,
)  # fmt: skip
async def test_an_answer_that_is_none_changes_nothing(deps, ann, tabs, autojump_clock, fields):
    client = build_app(replace(deps, tabs=tabs)).test_client()
    async with client.websocket(f"/ws?token={token()}&after={ann.revision}") as socket:
        said = {"type": "url_opened", "task_id": "j", "index": 0, "status": "opened", **fields}
        await socket.send(json.dumps(said))
        assert (await heard(socket))["error"]["code"] == "invalid_request"
    assert tabs.answers == []


async def test_a_nested_page_acknowledges_nothing(deps, ann, tabs, autojump_clock):
    client = build_app(replace(deps, tabs=tabs)).test_client()
    async with client.websocket(f"/ws?token={token()}&after={ann.revision}") as socket:
        await socket.send('{"type":"client_ready"}')
        tabs.send.send_nowait(LEASE)
        told = await heard(socket)
        assert tabs.connected == [(ann.key, False)]
    assert (told["type"], told["data"]) == (
        "batchgo_open_url", {"task_id": "j", "urls": ["https://a.example/"], "delay": 250},
    )  # fmt: skip
