"""The light half of classifying: validates a job, in the server. See `docs/classify.md`.

Nothing here reads a picture or a model; `executors.classify.run` is the other half, and
`executors.vision.enclosing` reads the bytes of each picture when its item goes to a worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec import Raw

from actors.ports import Plan, PlanLimits
from actors.ports.forms import Asked, Form
from executors.asked import asked_job
from executors.classify.options import form_of, read_options
from executors.problems import Problems, read_items
from executors.vision.asking import described
from executors.vision.place import embedded_model
from executors.vision.sources import Sources, asked_source, picture_schema, stored_source
from state.model import InputItem

_STORED = ("top", "threshold", "concurrency", "retries", "stop_on_failure")
_encoder = msgspec.json.Encoder()


class ClassifySpec:
    """ExecutorSpec of kind `classify`. `folders` are the names of the folders of pictures that are
    open to all."""

    kind = "classify"
    pool = "cpu"
    runner = "executors.classify.run:ClassifyExecutor"
    manifest = ("image", "label", "score", "status", "error")

    def __init__(self, folders: Sequence[str] = ()) -> None:
        self._folders = tuple(folders)

    def pool_of(self, spec: Mapping[str, Any]) -> str:
        """See ExecutorSpec.pool_of."""
        return self.pool

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """See ExecutorSpec.plan. The front end has put what the desk's library has into
        `spec.pictures` and `spec.models`, so this stays pure."""
        problems = Problems()
        options = read_options(spec, limits, problems)
        sources = Sources(options.pictures, self._folders)
        good = read_items(items, partial(_item, sources=sources), limits, problems)
        problems.raise_if_any()
        model = options.model
        files = (model.digest, model.facts)
        stored: dict[str, Any] = {field: getattr(options, field) for field in _STORED}
        stored |= {"model": model.id, "model_name": model.name, "model_files": [*files]}
        return Plan(
            items=good,
            spec=stored,
            secrets={},
            concurrency=options.concurrency,
            retries=options.retries,
            assets=tuple(dict.fromkeys([*files, *sources.assets])),
        )

    def describe(self, item: Raw) -> dict[str, Any]:
        """See ExecutorSpec.describe."""
        return described(item)

    def fill_secrets(self, spec: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
        """See ExecutorSpec.fill_secrets. There are none; where the model is, only workers learn."""
        return {**spec, "embedded": str(embedded_model())}

    def form(self, limits: PlanLimits) -> Form:
        """See Formed.form."""
        return Form(spec=form_of(limits), item=picture_schema())

    def asked(self, spec: Mapping[str, Any], items: Sequence[Raw], limits: PlanLimits) -> Asked:
        """See Repeatable.asked."""
        return asked_job(
            self.form(limits), spec, items, lambda item: asked_source(stored_source(item))
        )


def _item(raw: Any, *, sources: Sources) -> InputItem:
    """Raises BadItem."""
    return InputItem(Raw(_encoder.encode(sources.read(raw))))
