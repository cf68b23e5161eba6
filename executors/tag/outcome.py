"""What becomes of what was seen on a picture: a file, and the item's outcome.

Used by `executors.tag.local` and `executors.tag.by_webui`.
"""

from __future__ import annotations

from typing import Any

from actors.ports import ItemContext, ItemResult
from executors.tag.choosing import as_objects, chosen, written
from executors.tag.items import Seen, StoredSpec, TagItem
from state.model import OutcomeStatus

# Of an outcome, which is shown in pages: the file has them all.
TAGS_TOLD = 50


async def tagged(asked: TagItem, seen: Seen, spec: StoredSpec, context: ItemContext) -> ItemResult:
    """Its tags are a file, and told."""
    tags = chosen(seen.tags, spec)
    await context.artifact(asked.name, written(asked.image, tags, seen.ratings, spec))
    told: dict[str, Any] = {"image": asked.image, "file": asked.name, "tags_n": len(tags)}
    told["tags"] = as_objects(tags[:TAGS_TOLD])
    if seen.ratings:
        told["ratings"] = seen.ratings
    return ItemResult(status=OutcomeStatus.OK, result=told, tally={"found": 1, "made": 1})


def not_tagged(asked: TagItem, error: str, *, retry: bool = False) -> ItemResult:
    """It has none."""
    return ItemResult(
        status=OutcomeStatus.FAILED,
        result={"image": asked.image},
        error=error,
        retry=retry,
        tally={"found": 1},
    )
