"""Folders to be tagged, as the page names them: from the body to what is wanted. Pure."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from executors.problems import Reason, integer_reason
from web.dialects.fields import Fields
from web.dialects.taskmanager.titles import title_of
from web.dialects.taskmanager.wanted import Wanted
from web.validate import Errors

DEFAULT_LIMIT, MAX_LIMIT = 100, 10_000
# What pages choose from lists they send as empty text where nothing is chosen.
_CHOICES = ("analyzer", "tag_order", "save_type", "language", "model", "via")
_OTHERS = ("threshold", "character_threshold", "top", "skip_tags", "extend_tags", "save_beside")
_MAX_FOLDERS_SHOWN = 20


def read_tag(value: dict[str, Any], errors: Errors) -> Wanted:
    """What is wrong goes to `errors`."""
    fields = Fields(value, errors)
    folders = fields.take("input_dir", default="")
    if folders in ("", []):
        fields.wrong("input_dir", "is missing: a folder of pictures, or a list of them")
    limit = fields.checked("limit", rule=_limit_reason, default=DEFAULT_LIMIT)
    spec: dict[str, Any] = {"input_dir": folders, "limit": limit}
    for name in (*_CHOICES, *_OTHERS):
        said = fields.take(name)
        if said is not UNSET and not (said == "" and name in _CHOICES):
            spec[name] = said
    fields.checked("output_dir", rule=_no_folder_reason)
    name = fields.take("name", default="")
    fields.done(lambda _: "is not a field of a task of tags")
    listed = folders if isinstance(folders, list) else [folders]
    texts = [folder for folder in listed[:_MAX_FOLDERS_SHOWN] if isinstance(folder, str)]
    return Wanted(
        type="tag",
        spec=spec,
        items=None,
        name=name,
        title=title_of(", ".join(texts)),
        written=fields.written,
        item="input_dir",
        shown={"input_dir": folders, "limit": limit, "output_dir": ""},
    )


def _limit_reason(value: Any) -> Reason:
    return integer_reason(value, 1, MAX_LIMIT)


def _no_folder_reason(value: Any) -> Reason:
    """Where tags go is not for a request to say: a path of the server's disk."""
    if value == "":
        return None
    return "must be empty: tags become files of the task (or `save_beside` of their pictures)"
