"""The light half of the tagger: validates a job, in the server. See `docs/tag.md`.

Nothing here reads a picture; `executors.tag.run` is the other half, and `executors.tag.enclosing`
reads the bytes of each picture when its item goes to a worker.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, Struct

from actors.ports import Plan, PlanLimits
from executors.folders import path_reason
from executors.problems import BadItem, Problems, read_items, text_reason
from executors.tag.items import FileOfJob, TagItem
from executors.tag.names import Names
from executors.tag.options import Options, read_options
from executors.vision.place import embedded_model
from state.model import InputItem

KINDS_OF_ITEM = ("picture", "file", "path")
MAX_NAME_CHARS = 500
_JOB = re.compile(r"[A-Za-z0-9-]{1,64}")
_STORED = (
    *("analyzer", "threshold", "character_threshold", "top", "save_type", "tag_order"),
    *("language", "concurrency", "retries", "stop_on_failure"),
)
_encoder = msgspec.json.Encoder()


class TagSpec:
    """ExecutorSpec of kind `tag`. `tagger` is the operator's folder with a model of WD14's making,
    `folders` are the names of the folders of pictures that are open to all."""

    kind = "tag"
    pool = "cpu"
    runner = "executors.tag.run:TagExecutor"
    manifest = ("image", "file", "tags_n", "status", "error")

    def __init__(self, tagger: Path | None = None, folders: Sequence[str] = ()) -> None:
        self._tagger = tagger
        self._folders = tuple(folders)

    def pool_of(self, spec: Mapping[str, Any]) -> str:
        """See ExecutorSpec.pool_of."""
        return self.pool

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """See ExecutorSpec.plan. The front end has put what the desk's library has into
        `spec.pictures`, so this stays pure."""
        problems = Problems()
        options = read_options(spec, limits, problems, has_tagger=self._tagger is not None)
        names = Names(options.save_type)
        assets: dict[str, None] = {}
        read = partial(self._item, options=options, names=names, assets=assets)
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
            assets=tuple(assets),
        )

    def describe(self, item: Raw) -> dict[str, Any]:
        """See ExecutorSpec.describe."""
        return {"image": msgspec.json.decode(item, type=_Told).image}

    def fill_secrets(self, spec: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
        """See ExecutorSpec.fill_secrets. There are none; where the model is, only workers learn."""
        of_wd14 = spec["analyzer"] == "wd14tagger" and self._tagger is not None
        model = self._tagger if of_wd14 else embedded_model()
        return {**spec, "model": str(model)}

    def _item(
        self, raw: Any, *, options: Options, names: Names, assets: dict[str, None]
    ) -> InputItem:
        """Raises BadItem."""
        if isinstance(raw, str):
            raw = {"path": raw}
        kinds = [kind for kind in KINDS_OF_ITEM if isinstance(raw, dict) and kind in raw]
        if len(kinds) != 1 or len(raw) > 1:
            raise BadItem((None, f"must be an object with one of {', '.join(KINDS_OF_ITEM)}"))
        match kinds[0]:
            case "picture":
                item = _picture(raw["picture"], options, names)
                assets[item.digest or ""] = None
            case "file":
                item = _file(raw["file"], names)
            case _:
                item = self._path(raw["path"], names)
        return InputItem(Raw(_encoder.encode(item)))

    def _path(self, path: Any, names: Names) -> TagItem:
        reason = path_reason(path)
        if reason is None and "/" not in path:
            reason = "must name a file in a folder: <folder>/<file>"
        if reason is None and path.split("/")[0] not in self._folders:
            known = f"there are: {', '.join(self._folders)}" if self._folders else "there are none"
            reason = f"must begin with a folder of pictures that the operator has opened; {known}"
        if reason is not None:
            raise BadItem(("path", reason))
        return TagItem(image=path, name=names.name_of(path), path=path)


class _Told(Struct, frozen=True):
    """What an outcome says of an item where nothing ran."""

    image: str


def _picture(id: Any, options: Options, names: Names) -> TagItem:
    picture = options.pictures.get(id) if isinstance(id, str) else None
    if picture is None:
        raise BadItem(("picture", f"there is no picture {str(id)[:64]!r} in the library"))
    image = f"{id}.{picture.format}"
    return TagItem(image=image, name=names.name_of(image), picture=id, digest=picture.digest)


def _file(raw: Any, names: Names) -> TagItem:
    try:
        file = msgspec.convert(raw, FileOfJob)
    except msgspec.ValidationError as error:
        raise BadItem(("file", f'must be {{"job": ..., "name": ...}}: {error}')) from None
    if _JOB.fullmatch(file.job) is None:
        raise BadItem(("file.job", "must be the id of a job of this desk"))
    if (reason := text_reason(file.name, MAX_NAME_CHARS)) is not None:
        raise BadItem(("file.name", reason))
    return TagItem(image=file.name, name=names.name_of(file.name), file=file)
