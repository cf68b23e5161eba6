"""An outcome of the tagger as this dialect's tagged picture."""

from __future__ import annotations

from typing import Any

import msgspec

from executors.vision.sources import PictureSource
from state.model import InputItem, Job, OutcomeRecord
from web.dialects.taskmanager.file_schemas import ManagerTag, ManagerTagged
from web.dialects.taskmanager.view import folder_of
from web.gallery.root import LIBRARY
from web.views import wire_time
from web.visit import Visit

# Of a tag that names a character; all others are general.
_CHARACTER = "character"
_sources = msgspec.json.Decoder(PictureSource)


def tagged_of(visit: Visit, job: Job, record: OutcomeRecord, item: InputItem) -> ManagerTagged:
    """One that ended well."""
    told: dict[str, Any] = msgspec.json.decode(record.result)
    at = wire_time(record.at)
    return ManagerTagged(
        id=f"{job.id}-{record.index}",
        image_path=_path(visit, _sources.decode(item.item)),
        tags=[_tag(one) for one in told.get("tags", [])],
        analyzer=str(job.spec.get("analyzer", "")),
        metadata={
            "task_id": job.id,
            "file": told.get("file"),
            "tags_n": told.get("tags_n"),
            "ratings": told.get("ratings", {}),
        },
        created_at=at,
        updated_at=at,
    )


def _tag(one: dict[str, Any]) -> ManagerTag:
    return ManagerTag(
        name=one["name"],
        score=one["score"],
        category=one["category"],
        is_general=one["category"] != _CHARACTER,
    )


def _path(visit: Visit, source: PictureSource) -> str:
    """What `/api/images/` shows it by. A file of a job that is gone is in no folder."""
    if source.path is not None:
        return source.path
    if source.picture is not None:
        return f"{LIBRARY}/{source.image}"
    if source.file is not None and (view := visit.desk.published.jobs.get(source.file.job)):
        return f"{folder_of(view.job)}/{source.file.name}"
    return source.image
