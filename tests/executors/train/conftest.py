"""Real workers in the jail, that learn."""

from __future__ import annotations

import json
from functools import partial

import pytest
import trio

from actors.ports import LeasedItem
from executors.train.handing import packed
from executors.train.items import Example, Head
from executors.train.spec import TrainSpec
from executors.vision.place import models_folder
from nightdesk.pictures import PROCESSOR
from tests.support.houses import Heard
from tests.support.learning import labelled
from tests.support.leasing import brief
from tests.support.tagging import LIMITS, Tagged
from workers.cpu import CpuSettings
from workers.pool import Pools, PoolSettings


class Trained(Tagged):
    """What came of pictures that have labels, and of learning from them."""

    def handed(self, items, count):
        """What the store would hand to the last item: the features of those that ended well."""
        good = [at for at in range(count) if self.ended[at].error is None]
        labels = sorted({items[at]["label"] for at in good})
        examples = tuple(
            Example(items[at]["image"], labels.index(items[at]["label"])) for at in good
        )
        head = Head(tuple(labels), examples, count - len(good))
        return packed(head, [bytes(self.files[f"features/{at}.f16"]) for at in good])


async def train(spec, pictures, *, nursery, scratch):
    """What came of each picture, and of the model; `pictures` are (label, bytes)."""
    readable = (*PROCESSOR, str(models_folder()))
    cpu = CpuSettings(scratch=scratch, cpu_workers=1, readable=readable)
    executor = TrainSpec(["pets"])
    heard = Heard()
    pools = Pools(PoolSettings(cpu=cpu), {"train": executor}, heard)
    await nursery.start(pools.run)
    items = [f"pets/{label}/{at}.png" for at, (label, _) in enumerate(pictures)]
    plan = executor.plan({"name": "stripes", **spec}, items, LIMITS)
    filled = executor.fill_secrets(plan.spec, {})
    stored = [json.loads(bytes(item.item)) for item in plan.items]
    leased = [LeasedItem(at, 0, "", item.item) for at, item in enumerate(plan.items)]
    async with pools.attach(brief(kind="train", pool="cpu", spec=filled)) as attachment:
        trained = Trained(attachment, heard)
        await trained.work(leased[:-1], [data for _, data in pictures])
        last = trained.handed(stored, len(pictures))
        await trained.work(leased[-1:], {len(pictures): last})
        return trained


@pytest.fixture
def training(tmp_path, nursery):
    """`training(spec, pictures)`: see `train`."""
    return partial(train, nursery=nursery, scratch=tmp_path / "scratch")


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """What came of 24 pictures that can be told apart and of two that are none. Made once for all
    tests that look at it: a worker loads what it learns with for seconds."""
    none = [("lying", b""), ("upright", b"<svg/>")]

    async def learn():
        async with trio.open_nursery() as nursery:
            scratch = tmp_path_factory.mktemp("trained") / "scratch"
            spec = {"validation": 0.25, "whole": True}
            made = await train(spec, [*labelled(12), *none], nursery=nursery, scratch=scratch)
            nursery.cancel_scope.cancel()
        return made

    return trio.run(learn)
