"""The working half of training, in a jailed worker; `executors.train.spec` is the other half.

Pictures become features, which are files of the job; the last item learns from all of them. What it
makes is written by `executors.train.reporting`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from actors.ports import ItemContext, ItemResult, ItemRunner, LeasedItem, Tools
from executors.refusals import Refused
from executors.train.handing import unpacked
from executors.train.items import FACTS, MODEL, Head, StoredSpec, TrainItem, features_file
from executors.vision.decode import decoded
from executors.vision.embedded import DECODED_SIDE, EmbeddedModel
from state.model import OutcomeStatus

if TYPE_CHECKING:
    from executors.train.learning import Learning

_items = msgspec.json.Decoder(TrainItem)


class TrainExecutor:
    """The spec is a `StoredSpec`, an item a `TrainItem` with its picture's bytes enclosed; with the
    last one come the features of all pictures."""

    @asynccontextmanager
    async def open(self, spec: dict[str, Any], tools: Tools) -> AsyncIterator[ItemRunner]:
        read = msgspec.convert(spec, StoredSpec)
        yield TrainRunner(read, EmbeddedModel(Path(read.model)), tools)


class TrainRunner:
    """The pictures of one job, in one worker."""

    def __init__(self, spec: StoredSpec, model: EmbeddedModel, tools: Tools) -> None:
        self._spec = spec
        self._model = model
        self._tools = tools

    async def run_item(self, item: LeasedItem, context: ItemContext) -> ItemResult:
        asked = _items.decode(item.payload)
        data = await context.enclosed()
        try:
            if asked.pictures_n:
                return await self._learn(data, context)
            return await self._look(asked, data, context)
        except Refused as error:
            told = {"image": asked.image, **({"label": asked.label} if asked.label else {})}
            # The last item is about no picture.
            tally = {} if asked.pictures_n else {"found": 1, "made": 0}
            return ItemResult(
                status=OutcomeStatus.FAILED, result=told, error=str(error), tally=tally
            )

    async def _look(self, asked: TrainItem, data: bytes, context: ItemContext) -> ItemResult:
        features = await self._tools.compute(lambda: self._features(data))
        await context.artifact(features_file(context.index), features)
        told = {"image": asked.image, "label": asked.label}
        return ItemResult(status=OutcomeStatus.OK, result=told, tally={"found": 1, "made": 1})

    def _features(self, data: bytes) -> bytes:
        features = self._model.features([decoded(data, DECODED_SIDE)])
        return features.astype("<f2").tobytes()

    async def _learn(self, data: bytes, context: ItemContext) -> ItemResult:
        """Epoch by epoch, so that each can be seen."""
        head, rows = unpacked(data)
        epochs = self._spec.epochs
        context.progress(0.0, "reads what the pictures show", done=0, total=epochs)
        features = np.frombuffer(rows, "<f2")
        learning = await self._tools.compute(lambda: _learning(head, features, self._spec))
        for message in learning.warnings:
            context.log("warning", message)
        for epoch in range(1, epochs + 1):
            loss = await self._tools.compute(learning.epoch)
            context.progress(epoch / epochs, "learns", done=epoch, total=epochs)
            if epoch in (1, epochs) or epoch % 10 == 0:
                context.log("info", f"epoch {epoch} of {epochs}: loss {loss:.4f}")
        made = await self._tools.compute(learning.made)
        for name, file in made.files.items():
            await context.artifact(name, file)
        told = {"image": self._spec.name, "file": MODEL, "facts": FACTS, **made.told}
        return ItemResult(status=OutcomeStatus.OK, result=told)


def _learning(head: Head, features: NDArray[np.float16], spec: StoredSpec) -> Learning:
    """scikit-learn is loaded by the one worker that learns: all others look at pictures alone. What
    it starts processes with is told first not to try: the jail would not let it."""
    os.environ["JOBLIB_MULTIPROCESSING"] = "0"
    from executors.train.learning import Learning

    return Learning(head, features, spec)
