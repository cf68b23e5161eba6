"""The light half of the tagger: validates a job, in the server. See `docs/tag.md`.

Nothing here reads a picture; `executors.tag.run` is the other half, and
`executors.vision.enclosing` reads the bytes of each picture when its item goes to a worker.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw

from actors.ports import Plan, PlanLimits
from actors.ports.forms import Asked, Form
from actors.ports.webui import WEBUI
from executors.asked import asked_job
from executors.problems import BadItem, Problems, read_items
from executors.tag.items import ANALYZERS, AnalyzerName, TagItem
from executors.tag.names import Names
from executors.tag.options import Equipment, form_of, read_options
from executors.vision.asking import described
from executors.vision.place import embedded_model
from executors.vision.sources import Sources, asked_source, picture_schema, stored_source
from state.model import InputItem

_STORED = (
    *(
        "analyzer",
        "via",
        "model",
        "threshold",
        "character_threshold",
        "top",
        "save_type",
        "tag_order",
    ),
    *("language", "concurrency", "retries", "stop_on_failure", "save_beside"),
)
_encoder = msgspec.json.Encoder()


class TagSpec:
    """ExecutorSpec of kind `tag`. `tagger` is the operator's folder with a model of WD14's making,
    `folders` are the names of the folders of pictures that are open to all, those that may be
    written also in `writable`, `webui` is whether the
    operator has named a WebUI."""

    kind = "tag"
    pool = "cpu"
    runner = "executors.tag.run:TagExecutor"
    manifest = ("image", "file", "tags_n", "status", "error")

    def __init__(
        self,
        tagger: Path | None = None,
        folders: Sequence[str] = (),
        *,
        writable: Collection[str] = (),
        webui: bool = False,
    ) -> None:
        self._tagger = tagger
        self._folders = tuple(folders)
        self._writable = frozenset(writable)
        self._has = Equipment(tagger is not None, webui)

    def has_analyzer(self) -> bool:
        """Whether pictures can be tagged on this machine now: the embedded model comes with its
        installation, which may be made up for at any time."""
        return self._tagger is not None or embedded_model().is_file()

    @property
    def analyzers(self) -> tuple[AnalyzerName, ...]:
        """Those that there are at this moment."""
        has = {
            "imagenet": embedded_model().is_file(),
            "wd14tagger": self._has.tagger or self._has.webui,
        }
        return tuple(name for name in ANALYZERS if has.get(name, self._has.webui))

    def pool_of(self, spec: Mapping[str, Any]) -> str:
        """See ExecutorSpec.pool_of."""
        return "net" if spec.get("via") == "webui" else self.pool

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """See ExecutorSpec.plan. The front end has put what the desk's library has into
        `spec.pictures`, so this stays pure."""
        problems = Problems()
        options = read_options(spec, limits, problems, self._has)
        names = Names(options.save_type)
        sources = Sources(options.pictures, self._folders)
        key = WEBUI if options.via == "webui" else ""
        beside = options.save_beside
        read = partial(self._item, sources=sources, names=names, key=key, beside=beside)
        good = read_items(items, read, limits, problems)
        problems.raise_if_any()
        stored: dict[str, Any] = {field: getattr(options, field) for field in _STORED}
        stored |= {"skip_tags": [*options.skip_tags], "extend_tags": [*options.extend_tags]}
        return Plan(
            items=good,
            spec=stored,
            secrets={},
            concurrency=options.concurrency,
            retries=options.retries,
            assets=sources.assets,
        )

    def describe(self, item: Raw) -> dict[str, Any]:
        """See ExecutorSpec.describe."""
        return described(item)

    def fill_secrets(self, spec: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
        """See ExecutorSpec.fill_secrets. There are none; where the model is, only workers learn."""
        of_wd14 = spec["analyzer"] == "wd14tagger" and self._tagger is not None
        model = self._tagger if of_wd14 else embedded_model()
        return {**spec, "place": str(model)}

    def form(self, limits: PlanLimits) -> Form:
        """See Formed.form."""
        return Form(spec=form_of(limits, self.analyzers), item=picture_schema())

    def asked(self, spec: Mapping[str, Any], items: Sequence[Raw], limits: PlanLimits) -> Asked:
        """See Repeatable.asked."""
        return asked_job(
            self.form(limits), spec, items, lambda item: asked_source(stored_source(item))
        )

    def _item(
        self, raw: Any, *, sources: Sources, names: Names, key: str, beside: bool
    ) -> InputItem:
        """Raises BadItem."""
        source = sources.read(raw)
        if beside and source.path is not None:
            self._check_writable(source.path)
        item = TagItem(name=names.name_of(source.image), **msgspec.structs.asdict(source))
        return InputItem(Raw(_encoder.encode(item)), key)

    def _check_writable(self, path: str) -> None:
        """Raises BadItem."""
        name = path.split("/")[0]
        if name not in self._writable:
            reason = f"is in a folder that is open to be read only: `save_beside` needs {name}"
            raise BadItem(("path", f"{reason} as --images-dir {name}=FOLDER:rw"))
