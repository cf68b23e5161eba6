"""Real workers in the jail, for pictures."""

from __future__ import annotations

import pytest

from actors.ports import LeasedItem
from executors.tag.spec import TagSpec
from executors.vision.place import models_folder
from nightdesk.pictures import PROCESSOR
from tests.support.houses import Heard
from tests.support.leasing import brief
from tests.support.tagging import Tagged
from workers.cpu import CpuSettings
from workers.pool import Pools, PoolSettings


@pytest.fixture
async def tagging(tmp_path, nursery):
    """`tagging(spec, pictures)`: what came of each, by index, and the files of tags."""

    async def tag(spec, pictures, *, tagger=None, workers=1):
        readable = (*PROCESSOR, str(models_folder()), *([str(tagger)] if tagger else []))
        cpu = CpuSettings(scratch=tmp_path / "scratch", cpu_workers=workers, readable=readable)
        executor = TagSpec(tagger, ["pets"])
        heard = Heard()
        pools = Pools(PoolSettings(cpu=cpu), {"tag": executor}, heard)
        await nursery.start(pools.run)
        plan = Tagged.plan(executor, spec, len(pictures))
        filled = executor.fill_secrets(plan.spec, {})
        async with pools.attach(brief(kind="tag", pool="cpu", spec=filled)) as attachment:
            tagged = Tagged(attachment, heard)
            items = [LeasedItem(i, 0, "", item.item) for i, item in enumerate(plan.items)]
            await tagged.work(items, pictures)
            return tagged

    return tag
