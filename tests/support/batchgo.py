"""Tasks that are played: the real plans of the three modes, and workers without a network.

An item takes a second of the clock. At a URL that ends in `/broken` it fails; one that ends in
`/slow` takes a minute.
"""

from __future__ import annotations

from contextlib import asynccontextmanager

import msgspec
import trio
from msgspec.structs import replace

from actors.ports import ItemResult
from executors.fetch.spec import FetchSpec
from executors.tab.spec import TabSpec
from executors.visit.spec import VisitSpec
from state.model import OutcomeStatus
from tests.support.forged import bearer, token
from tests.support.servers import Server
from web.app import build_app

TASKS = "/api/v1/batchgo/tasks"
ANN = bearer(token(sub="ann", iat=1_700_000_000 - 5, exp=1_700_000_000 + 90 * 86_400))
ENGLISH = {**ANN, "Accept-Language": "en"}
URLS = ["https://example.com", "https://google.com"]


class Played:
    """The worker's half of every kind."""

    @asynccontextmanager
    async def open(self, spec, tools):
        yield self

    async def run_item(self, item, context) -> ItemResult:
        said = msgspec.json.decode(item.payload)
        url = said if isinstance(said, str) else said["url"]
        await trio.sleep(60.0 if url.endswith("/slow") else 1.0)
        broken = url.endswith("/broken")
        return ItemResult(
            status=OutcomeStatus.FAILED if broken else OutcomeStatus.OK,
            result={
                "url": url,
                "http_status": 404 if broken else 200,
                "final_url": url,
                "bytes": 12,
                "sha256": "ab" * 32,
            },
            error="HTTP 404" if broken else None,
        )


class PlayedFetch(FetchSpec):
    """Plans as `fetch` does."""

    runner = "tests.support.batchgo:Played"


class PlayedVisit(VisitSpec):
    """Plans as `visit` does."""

    runner = "tests.support.batchgo:Played"


class PlayedTab(TabSpec):
    """Plans as `tab` does, and needs no tab."""

    pool = "net"
    runner = "tests.support.batchgo:Played"


def plans():
    fetch = PlayedFetch()
    return {"fetch": fetch, "visit": PlayedVisit(), "tab": PlayedTab(fetch)}


class Client:
    """Speaks as one user does; answers are (status, body)."""

    def __init__(self, client, headers=ENGLISH) -> None:
        self.client = client
        self.headers = headers

    async def ask(self, method, path, body=None, **headers):
        sent = {} if body is None else {"json": body}
        answer = await self.client.open(
            path, method=method, headers={**self.headers, **headers}, **sent
        )
        return answer.status_code, await answer.get_json()

    async def get(self, path, **headers):
        return await self.ask("GET", path, **headers)

    async def post(self, path, body=None, **headers):
        return await self.ask("POST", path, body, **headers)

    async def created(self, mode="silent", urls=URLS, config=None, **fields):
        """The task of that mode, made."""
        config = {} if config is None else {"config": {mode: config}}
        status, told = await self.post(
            TASKS, {"name": "批处理任务", "mode": mode, "urls": urls, **config, **fields}
        )
        assert status == 201, told
        return told

    async def refused(self, status, name, method, path, body=None):
        """The refusal of that name; its shape is checked."""
        found, told = await self.ask(method, path, body)
        assert (found, told["error"]) == (status, name), told
        assert told.keys() == {
            "success", "code", "error", "message", "details", "required", "balance",
        }  # fmt: skip
        assert told["success"] is False
        assert 1_000 <= told["code"] <= 5_999
        return told

    async def until_over(self, task_id):
        with trio.fail_after(3_600):
            while True:
                _, told = await self.get(f"{TASKS}/{task_id}")
                if told["status"] in ("completed", "failed", "cancelled"):
                    return told
                await trio.sleep(1)


@asynccontextmanager
async def playing(deps, *, actors=None, **settings):
    """A server with its front end on the virtual clock; yields (client, server)."""
    server = Server(**(actors or {}))
    server.executors = plans()
    async with server.running() as directory:
        app = build_app(
            replace(
                deps,
                desks=directory,
                store=server.store,
                executors=server.executors,
                now=server.now,
                settings=replace(deps.settings, **settings),
            )
        )
        yield Client(app.test_client()), server
