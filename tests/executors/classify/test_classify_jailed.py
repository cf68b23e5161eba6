"""Pictures are classified by a model that was learned, in the jail."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from actors.ports import LeasedItem
from executors.classify.spec import ClassifySpec
from executors.train import export
from executors.train.fitting import Weights
from executors.train.handing import FEATURES
from executors.vision.place import EXPORTER, WEIGHTS_SHA256, models_folder
from nightdesk.pictures import PROCESSOR
from state.model import Tally
from tests.support.houses import Heard
from tests.support.learning import MODELS, stripes
from tests.support.leasing import brief
from tests.support.tagging import LIMITS, Tagged
from workers.cpu import CpuSettings
from workers.pool import Pools, PoolSettings

DOC = (Path(__file__).parents[3] / "docs/classify.md").read_text("utf-8")
LABELS = ["often", "seldom", "never"]
KNOWN = {
    "labels": LABELS,
    "features": {"weights_sha256": WEIGHTS_SHA256, "exporter": EXPORTER},
}


def head(labels=LABELS):
    """A model that is always as sure of each label, whatever it sees."""
    bias = np.log(np.array([0.6, 0.3, 0.1][: len(labels)], np.float32))
    return export.head(Weights(np.zeros((FEATURES, len(labels)), np.float32), bias), labels)


@pytest.fixture
async def classifying(tmp_path, nursery):
    """`classifying(pictures, facts, model, **spec)`: what came of each picture."""

    async def classify(pictures, facts=KNOWN, model=None, **spec):
        readable = (*PROCESSOR, str(models_folder()))
        cpu = CpuSettings(scratch=tmp_path / "scratch", cpu_workers=1, readable=readable)
        executor = ClassifySpec(["pets"])
        heard = Heard()
        pools = Pools(PoolSettings(cpu=cpu), {"classify": executor}, heard)
        await nursery.start(pools.run)
        asked = {"model": "m1", "models": MODELS, **spec}
        plan = executor.plan(asked, [f"pets/{at}.png" for at, _ in enumerate(pictures)], LIMITS)
        filled = executor.fill_secrets(plan.spec, {})
        files = [model or head(), facts if isinstance(facts, bytes) else json.dumps(facts).encode()]
        assets = dict(zip(plan.spec["model_files"], files, strict=True))
        asked = brief(kind="classify", pool="cpu", spec=filled, assets=assets)
        async with pools.attach(asked) as attachment:
            tagged = Tagged(attachment, heard)
            items = [LeasedItem(at, 0, "", item.item) for at, item in enumerate(plan.items)]
            await tagged.work(items, pictures)
            return tagged

    return classify


async def test_the_best_labels_are_told_as_far_as_it_is_sure(classifying):
    done = await classifying([stripes(1, upright=True), b"junk"], threshold=0.2, top=2)
    assert done.result(0) == {
        "image": "pets/0.png",
        "label": "often",
        "score": 0.6,
        "labels": [{"label": "often", "score": 0.6}, {"label": "seldom", "score": 0.3}],
    }
    assert (done.ended[1].status, done.result(1)) == ("failed", {"image": "pets/1.png"})
    assert [done.ended[at].tally for at in (0, 1)] == [Tally(found=1, made=1), Tally(found=1)]
    assert done.heard.said("worker_output") == []
    told = re.findall(r"^\| `([a-z]+)` \|", DOC.partition("## The result")[2], re.MULTILINE)
    assert told == [*done.result(0)]


async def test_where_it_is_sure_of_none_the_score_of_the_best_is_told(classifying):
    done = await classifying([stripes(1, upright=True)], threshold=0.9)
    told = done.result(0)
    assert (told["label"], told["score"], told["labels"]) == (None, 0.6, [])
    assert done.ended[0].tally == Tally(found=1)


@pytest.mark.parametrize(
    ("facts", "model", "reason"),
    [
        ({**KNOWN, "features": {"weights_sha256": "0" * 64, "exporter": 1}}, None, "another emb"),
        ({**KNOWN, "features": {**KNOWN["features"], "exporter": 1}}, None, "learn it again"),
        ({**KNOWN, "labels": ["one"]}, None, "knows 3 labels and its facts 1"),
        (b"junk", None, "the model cannot be read"),
        (KNOWN, b"junk", "the model cannot be read"),
    ],
)
async def test_a_model_that_cannot_be_used_ends_the_job_with_the_reason(
    classifying, facts, model, reason
):
    done = await classifying([stripes(1, upright=True)], facts, model)
    assert reason in done.broken
