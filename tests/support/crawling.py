"""A crawl from its plan to its end, as a job and its worker do it: the job grows, and knows what it
has; whoever has to wait comes back."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import msgspec
import trio

from actors.ports import HelperStopped, LeasedItem, PlanLimits
from executors.crawl.hostile import work
from executors.crawl.run import CrawlExecutor
from executors.crawl.sources.recipe import read_recipes
from executors.crawl.spec import CrawlSpec
from executors.crawl.turns import Turns
from workers.net.client import open_http

LIMITS = PlanLimits(
    max_items=10_000, max_url_bytes=2_048, max_concurrency=10, max_body_read_bytes=1_000_000
)


class Helpers:
    """Does the work of helpers in this process."""

    max_bytes = 1_000_000

    async def run(self, name, data):
        assert name == "executors.crawl.hostile:work"
        await trio.lowlevel.checkpoint()
        if b"STOP THE HELPER" in data:
            raise HelperStopped("took longer than 2 s")
        return work(data)


@dataclass
class Tools:
    http: object
    helpers: object = field(default_factory=Helpers)
    turns: object = field(default_factory=Turns)


@dataclass
class Context:
    """Of one item. What it found and kept goes to the crawl that it belongs to."""

    index: int
    crawl: Crawl
    lines: list = field(default_factory=list)

    def log(self, level, message):
        self.crawl.lines.append((level, message))

    async def artifact(self, name, data, paid=None):
        await trio.lowlevel.checkpoint()
        self.crawl.artifacts[name] = data
        self.crawl.stored += 1

    async def add_items(self, found):
        await trio.lowlevel.checkpoint()
        for each in found:
            self.crawl.add(each.key, msgspec.json.encode(each.item), each.pace)


class Crawl:
    """One job. `results` are by index; `waits` are the seconds that items were sent away for. With
    `loses`, nothing of the first attempt at an item is kept, as where its disk is full."""

    def __init__(self, plan, *, loses=False):
        self.plan = plan
        self._loses = loses
        self.items = []
        self.results = {}
        self.artifacts = {}
        self.stored = 0
        self.lines = []
        self.waits = []
        self._kept_to = 0
        self._known = set()
        self._queue = []
        for each in plan.items:
            self.add(each.name, each.item, each.key)

    def add(self, name, payload, key):
        if name in self._known or len(self.items) >= self.plan.grows_to:
            return
        self._known.add(name)
        item = LeasedItem(len(self.items), 0, key, msgspec.Raw(payload))
        self.items.append(item)
        heapq.heappush(self._queue, (0.0, item.index))

    async def run(self, runner, clock=None):
        """Where items have to wait, the `clock` jumps."""
        while self._queue:
            at, index = heapq.heappop(self._queue)
            if (wait_s := at - trio.current_time()) > 0:
                clock.jump(wait_s)
            if self._loses and not index < self._kept_to:
                await runner.run_item(self.items[index], Context(index, Crawl(self.plan)))
                self._kept_to = index + 1
            result = await runner.run_item(self.items[index], Context(index, self))
            if result.wait_s is not None:
                self.waits.append(result.wait_s)
                heapq.heappush(self._queue, (trio.current_time() + result.wait_s, index))
                continue
            assert msgspec.json.encode(result.result)
            self.results[index] = result

    def by_url(self):
        return {r.result["url"]: r for r in self.results.values() if "url" in r.result}

    def of_step(self, step):
        return [r for r in self.results.values() if r.result["step"] == step]


async def crawl(*seeds, limits=LIMITS, recipes=None, clock=None, loses=False, turns=None, **spec):
    """A finished crawl."""
    subject = CrawlSpec(read_recipes(None) if recipes is None else recipes)
    plan = subject.plan({"retries": 0, "timeout_s": 10, **spec}, list(seeds), limits)
    job = Crawl(plan, loses=loses)
    filled = subject.fill_secrets(msgspec.json.decode(msgspec.json.encode(plan.spec)), plan.secrets)
    async with (
        open_http({"allow_target": ["127.0.0.1", "localhost"]}) as http,
        CrawlExecutor().open(filled, Tools(http, turns=turns or Turns())) as runner,
    ):
        await job.run(runner, clock)
    return job
