"""Which of the things that were seen become tags, in which order, and how they are written. Pure.

Used by `executors.tag.outcome`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from executors.tag.items import StoredSpec, Tag


def chosen(seen: Sequence[Tag], spec: StoredSpec) -> list[Tag]:
    """The best of them, without those to be skipped; before them the ones that every picture of the
    job has."""
    skipped = {_folded(name) for name in spec.skip_tags}
    extended = [Tag(name, 1.0, "extended") for name in dict.fromkeys(spec.extend_tags)]
    known = {_folded(tag.name) for tag in extended} | skipped
    best = sorted(seen, key=lambda tag: (-tag.score, tag.name))
    kept = [tag for tag in best if _folded(tag.name) not in known][: spec.top]
    if spec.tag_order == "name":
        kept.sort(key=lambda tag: tag.name)
    return [*extended, *(Tag(tag.name, round(tag.score, 4), tag.category) for tag in kept)]


def written(
    image: str, tags: Sequence[Tag], ratings: Mapping[str, float], spec: StoredSpec
) -> bytes:
    """The file of a picture's tags: their names with commas, or all that is known as JSON."""
    if spec.save_type == "txt":
        return (", ".join(tag.name for tag in tags) + "\n").encode()
    told: dict[str, Any] = {"image": image, "analyzer": spec.analyzer, "tags": as_objects(tags)}
    if ratings:
        told["ratings"] = dict(ratings)
    return (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode()


def as_objects(tags: Sequence[Tag]) -> list[dict[str, Any]]:
    """For outcomes and files of JSON."""
    return [{"name": tag.name, "score": tag.score, "category": tag.category} for tag in tags]


def _folded(name: str) -> str:
    """Taggers write `long_hair` where people write `long hair`."""
    return name.casefold().replace("_", " ")
