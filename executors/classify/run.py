"""The working half of classifying, in a jailed worker; `executors.classify.spec` is the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from actors.ports import ItemContext, ItemResult, ItemRunner, LeasedItem, Tools
from executors.classify.items import StoredSpec
from executors.classify.model import LearnedModel
from executors.refusals import Refused
from executors.vision.decode import decoded
from executors.vision.embedded import DECODED_SIDE
from executors.vision.sources import PictureSource
from state.model import OutcomeStatus

_items = msgspec.json.Decoder(PictureSource)


class ClassifyExecutor:
    """The spec is a `StoredSpec`, an item a `PictureSource` with its picture's bytes enclosed; the
    model is a file of the job's."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        read = msgspec.convert(spec, StoredSpec)
        model, facts = [await tools.asset(digest) for digest in read.model_files]
        yield ClassifyRunner(read, LearnedModel(model, facts, Path(read.embedded)), tools)


class ClassifyRunner:
    """The pictures of one job, in one worker."""

    def __init__(self, spec: StoredSpec, model: LearnedModel, tools: Tools) -> None:
        self._spec = spec
        self._model = model
        self._tools = tools

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        asked = _items.decode(item.payload)
        data = await context.enclosed()
        told: dict[str, Any] = {"image": asked.image}
        try:
            scores = await self._tools.compute(lambda: self._look(data))
        except Refused as error:
            return ItemResult(
                status=OutcomeStatus.FAILED, result=told, error=str(error), tally=_tally(None)
            )
        found = self._told(scores)
        return ItemResult(
            status=OutcomeStatus.OK, result=told | found, tally=_tally(found["label"])
        )

    def _look(self, data: bytes) -> list[float]:
        return self._model.scores(decoded(data, DECODED_SIDE))

    def _told(self, scores: list[float]) -> dict[str, Any]:
        """The best label, and the best of all; none where it is not sure enough of any."""
        best = sorted(zip(scores, self._model.labels, strict=True), key=lambda pair: -pair[0])
        sure = [(score, label) for score, label in best if score >= self._spec.threshold]
        labels = [
            {"label": label, "score": round(score, 4)} for score, label in sure[: self._spec.top]
        ]
        first = labels[0] if labels else {"label": None, "score": round(best[0][0], 4)}
        return {**first, "labels": labels}


def _tally(label: str | None) -> dict[str, int]:
    """Every picture is one that was found; one with a label has come to something."""
    return {"found": 1, "made": int(label is not None)}
