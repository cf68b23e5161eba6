"""Clients of the task manager on the virtual clock: real desks and plans, work that is played."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from math import inf

import msgspec
import trio
from msgspec.structs import replace

from actors.ports import ItemResult
from executors.classify.spec import ClassifySpec
from executors.crawl.sources.recipe import read_recipes
from executors.crawl.spec import CrawlSpec
from executors.folders import Folders
from executors.generate.spec import GenerateSpec
from executors.tag.spec import TagSpec
from executors.train.spec import TrainSpec
from executors.vision.enclosing import Pictures
from state.model import OutcomeStatus
from state.views import desk_key
from tests.support.servers import Server
from tests.web.conftest import GUEST
from web.app import build_app

ME = {"X-Session-ID": GUEST, "Accept-Language": "en", "Content-Type": "application/json"}
DESK = desk_key(GUEST)
ENDED = ("completed", "failed", "cancelled")
PLAYED = "tests.support.managing:Played"
# The smallest picture that is told by its first bytes.
PICTURE = b"\x89PNG\r\n\x1a\n" + b"pixels"


class PlayedCrawl(CrawlSpec):
    """Plans as `crawl` does."""

    runner = PLAYED

    def __init__(self):
        super().__init__(read_recipes(None))


class PlayedGenerate(GenerateSpec):
    """Plans as `generate` does."""

    runner = PLAYED


class PlayedTag(TagSpec):
    """Plans as `tag` does, in the workers for the network: there are no others here."""

    pool = "net"
    runner = PLAYED

    def pool_of(self, spec):
        return self.pool

    def fill_secrets(self, spec, secrets):
        return spec


class PlayedTrain(TrainSpec):
    """Plans as `train` does."""

    pool = "net"
    runner = PLAYED

    def pool_of(self, spec):
        return self.pool

    def fill_secrets(self, spec, secrets):
        return spec


class PlayedClassify(ClassifySpec):
    """Plans as `classify` does."""

    pool = "net"
    runner = PLAYED

    def pool_of(self, spec):
        return self.pool

    def fill_secrets(self, spec, secrets):
        return spec


class Played:
    """An item takes ten seconds, and comes to what its words say: `fail`, `half` (the second half
    of its pictures is missing), anything else is well."""

    @asynccontextmanager
    async def open(self, spec, tools):
        yield self

    async def run_item(self, item, context):
        asked = msgspec.json.decode(item.payload)
        words = json.dumps(asked)
        context.progress(0.25, "step 5 of 20", done=5, total=20)
        await trio.sleep(10)
        if "fail" in words:
            return ItemResult(status=OutcomeStatus.FAILED, result={}, error="no such sampler")
        if "image" in asked:
            return await tagged(asked, context)
        await context.artifact(f"{item.index:05d}-1.png", PICTURE)
        told = {"file": f"{item.index:05d}-1.png"}
        return ItemResult(
            status=OutcomeStatus.OK, result=told, tally={"found": 2 if "half" in words else 1,
                                                         "made": 1}
        )  # fmt: skip


async def tagged(asked, context):
    """Every picture is of a cat, and of somebody who is known."""
    tags = [
        {"name": "cat", "score": 0.9, "category": "general"},
        {"name": "miku", "score": 0.8, "category": "character"},
    ]
    await context.artifact(asked["name"], b"cat, miku")
    told = {"image": asked["image"], "file": asked["name"], "tags_n": 2, "tags": tags}
    return ItemResult(status=OutcomeStatus.OK, result=told, tally={"found": 1, "made": 1})


class Client:
    """Somebody of the desk, who says what pages say."""

    def __init__(self, http):
        self.http = http

    async def __call__(self, method, path, body=None, status=200, **headers):
        """What is answered, which has that status. Threads look into folders meanwhile: no clock
        is to jump over a request that waits for one."""
        sent = b"" if body is None else json.dumps(body).encode()
        clock = trio.lowlevel.current_clock()
        clock.autojump_threshold = inf
        try:
            answer = await self.http.open(path, method=method, headers={**ME, **headers}, data=sent)
            told = await answer.get_json()
        finally:
            clock.autojump_threshold = 0
        assert answer.status_code == status, (answer.status_code, told)
        return told

    async def data(self, method, path, body=None):
        """`data` of what is answered well, in the envelope."""
        told = await self(method, path, body)
        assert told["status"] == {"code": 0, "message": told["message"]}
        return told["data"]

    async def refusal(self, method, path, body=None, status=400, **headers):
        """The text of what is refused so, and the fields that it names."""
        told = await self(method, path, body, status, **headers)
        assert set(told) == {"status", "message", "error", "details"}
        assert told["status"] == {"code": status, "message": told["message"]}
        fields = [error["field"] for error in told["details"].get("errors", ())]
        assert all(field in told["message"] for field in fields[:3])
        return told["message"], fields

    async def generate(self, prompt="a cat", **params):
        """A task of pictures, as the page makes one: its id."""
        task = await self.data("POST", "/api/generate", {"prompt": prompt, **params})
        return task["id"]

    async def task(self, task):
        """The task, by the address that the page has for one."""
        told = await self("POST", "/api/status", {"task_id": task})
        data = told.pop("data")
        assert told == data
        return data

    async def until(self, task, *statuses):
        """The task as soon as it has one of those; without any, as soon as it has ended."""
        with trio.fail_after(3_600):
            while True:
                told = await self.task(task)
                if told["status"] in (statuses or ENDED):
                    return told
                await trio.sleep(1)


@asynccontextmanager
async def managing(deps, *, folders=None, limits=None, **settings):
    """A server with its front end; yields (client, server). Whoever uses it also asks for the
    virtual clock."""
    folders = folders or Folders({})
    server = Server(**(limits or {}))
    server.executors = {
        "crawl": PlayedCrawl(),
        "generate": PlayedGenerate(),
        "tag": PlayedTag(None, folders.names),
        "train": PlayedTrain(folders.names),
        "classify": PlayedClassify(folders.names),
    }
    server.enclosures = {"tag": Pictures(server.store, folders)}
    async with server.running() as directory:
        app = build_app(
            replace(
                deps,
                desks=directory,
                store=server.store,
                executors=server.executors,
                folders=folders,
                now=server.now,
                settings=replace(deps.settings, **settings),
            )
        )
        await directory.create(DESK)
        yield Client(app.test_client()), server
