"""How pictures are to be tagged, as a job's spec says: read and validated. Pure.

Used by `executors.tag.spec`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from actors.ports import PlanLimits
from executors.problems import (
    Problems,
    Reason,
    Rule,
    boolean_reason,
    choice_reason,
    field_problems,
    integer_reason,
    number_reason,
    text_reason,
)
from executors.tag.items import (
    ANALYZERS,
    SAVE_TYPES,
    TAG_ORDERS,
    AnalyzerName,
    SaveType,
    TagOrder,
)
from executors.vision.labels import LANGUAGES, Language
from state.library import Picture

MAX_RETRIES = 10
# Each item in flight brings its picture along: this bounds what a job holds in memory.
MAX_CONCURRENCY = 16
MAX_TOP = 1_000
MAX_TAGS = 1_000
MAX_TAG_CHARS = 200
NO_TAGGER = "needs a model that this server has none of: its operator names one with --tagger-dir"


class Defaults(Struct, frozen=True):
    """What an analyzer takes where a spec says nothing."""

    threshold: float
    top: int


DEFAULTS: Mapping[AnalyzerName, Defaults] = {
    "imagenet": Defaults(0.1, 5),
    "wd14tagger": Defaults(0.35, 100),
}
CHARACTER_THRESHOLD = 0.85


class Options(Struct, frozen=True, kw_only=True):
    """A job's spec, with its defaults. `pictures` is what the desk's library has, by id."""

    analyzer: AnalyzerName
    threshold: float
    character_threshold: float
    top: int
    save_type: SaveType
    tag_order: TagOrder
    language: Language
    skip_tags: tuple[str, ...]
    extend_tags: tuple[str, ...]
    concurrency: int
    retries: int
    stop_on_failure: bool
    pictures: Mapping[str, Picture]


def read_options(
    spec: Mapping[str, Any], limits: PlanLimits, problems: Problems, *, has_tagger: bool
) -> Options:
    """Raises InvalidSpec, by way of `problems`, for everything that is wrong."""
    given = {field: value for field, value in spec.items() if value is not None}
    for field, reason in field_problems(given, _rules(limits), "a job of tags"):
        problems.add(None, field, reason)
    analyzer: AnalyzerName = given.get("analyzer", "imagenet")
    if analyzer == "wd14tagger" and not has_tagger:
        problems.add(None, "analyzer", NO_TAGGER)
    problems.raise_if_any()
    defaults = DEFAULTS[analyzer]
    return Options(
        analyzer=analyzer,
        threshold=float(given.get("threshold", defaults.threshold)),
        character_threshold=float(given.get("character_threshold", CHARACTER_THRESHOLD)),
        top=given.get("top", defaults.top),
        save_type=given.get("save_type", "txt"),
        tag_order=given.get("tag_order", "score"),
        language=given.get("language", "en"),
        skip_tags=tuple(given.get("skip_tags", ())),
        extend_tags=tuple(given.get("extend_tags", ())),
        concurrency=given.get("concurrency", min(MAX_CONCURRENCY, limits.max_concurrency)),
        retries=given.get("retries", 0),
        stop_on_failure=given.get("stop_on_failure", False),
        pictures=given.get("pictures", {}),
    )


def _rules(limits: PlanLimits) -> dict[str, Rule]:
    most = min(MAX_CONCURRENCY, limits.max_concurrency)
    return {
        "analyzer": lambda value: choice_reason(value, ANALYZERS),
        "threshold": _share_reason,
        "character_threshold": _share_reason,
        "top": lambda value: integer_reason(value, 1, MAX_TOP),
        "save_type": lambda value: choice_reason(value, SAVE_TYPES),
        "tag_order": lambda value: choice_reason(value, TAG_ORDERS),
        "language": lambda value: choice_reason(value, LANGUAGES),
        "skip_tags": _tags_reason,
        "extend_tags": _tags_reason,
        "concurrency": lambda value: integer_reason(value, 1, most),
        "retries": lambda value: integer_reason(value, 0, MAX_RETRIES),
        "stop_on_failure": boolean_reason,
        "pictures": _pictures_reason,
    }


def _share_reason(value: Any) -> Reason:
    reason = number_reason(value, 0, 1, "probability")
    return None if reason is None else "must be a number from 0 to 1"


def _tags_reason(value: Any) -> Reason:
    if not isinstance(value, list | tuple) or len(value) > MAX_TAGS:
        return f"must be a list of at most {MAX_TAGS:,} tags"
    for tag in value:
        if (reason := text_reason(tag, MAX_TAG_CHARS)) is not None:
            return f"holds a tag that {reason}"
        if "," in tag or not tag.isprintable():
            return f"holds {tag[:50]!r}: a tag has no comma and no line break"
    return None


def _pictures_reason(value: Any) -> Reason:
    """Only the server puts them there: no JSON becomes one."""
    pictures = value.values() if isinstance(value, Mapping) else [value]
    if all(isinstance(each, Picture) for each in pictures):
        return None
    return 'are named by items: {"picture": "<id>"}'
