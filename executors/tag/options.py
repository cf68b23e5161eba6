"""How pictures are to be tagged, as a job's spec says: read and validated. Pure.

Used by `executors.tag.spec`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from actors.ports import PlanLimits
from actors.ports.forms import Schema
from executors.described import Choice, Flag, Shaped, Share, Text, Whole, lines, spec_schema
from executors.problems import Problems, Reason, Rule, field_problems, text_reason
from executors.tag.items import (
    ANALYZERS,
    SAVE_TYPES,
    TAG_ORDERS,
    VIAS,
    AnalyzerName,
    SaveType,
    TagOrder,
    Via,
)
from executors.vision.asking import folders_schema, most_at_once, shared_rules
from executors.vision.labels import LANGUAGES, Language
from state.library import Picture

MAX_TOP = 1_000
MAX_TAGS = 1_000
MAX_TAG_CHARS = 200
MAX_MODEL_CHARS = 200
# The WebUI does one after the other, whoever asks, and may fail for a moment.
WEBUI_CONCURRENCY, WEBUI_RETRIES = 1, 2
NO_TAGGER = (
    "needs a model that this server has none of: its operator names one with --tagger-dir, or a"
    " WebUI with --webui"
)
NO_WEBUI = "needs a WebUI, and this server has none: its operator names one with --webui"


class Defaults(Struct, frozen=True):
    """What an analyzer takes where a spec says nothing."""

    threshold: float
    top: int


DEFAULTS: Mapping[AnalyzerName, Defaults] = {
    "imagenet": Defaults(0.1, 5),
    "wd14tagger": Defaults(0.35, 100),
    "deepbooru": Defaults(0.5, 100),
    "clip": Defaults(0.0, 100),
}
CHARACTER_THRESHOLD = 0.85


class Options(Struct, frozen=True, kw_only=True):
    """A job's spec, with its defaults. `pictures` is what the desk's library has, by id."""

    analyzer: AnalyzerName
    via: Via
    model: str
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
    save_beside: bool
    pictures: Mapping[str, Picture]


class Equipment(Struct, frozen=True):
    """What of the operator's a server has: a model of WD14's making, a WebUI."""

    tagger: bool
    webui: bool


def read_options(
    spec: Mapping[str, Any], limits: PlanLimits, problems: Problems, has: Equipment
) -> Options:
    """Raises InvalidSpec, by way of `problems`, for everything that is wrong."""
    given = {field: value for field, value in spec.items() if value is not None}
    for field, reason in field_problems(given, _rules(limits), "a job of tags"):
        problems.add(None, field, reason)
    analyzer: AnalyzerName = given.get("analyzer", "imagenet")
    problems.raise_if_any()
    via = _via(analyzer, given.get("via"), has, problems)
    problems.raise_if_any()
    alone = via == "webui"
    most = WEBUI_CONCURRENCY if alone else most_at_once(limits)
    defaults = DEFAULTS[analyzer]
    return Options(
        analyzer=analyzer,
        via=via,
        model=given.get("model", ""),
        threshold=float(given.get("threshold", defaults.threshold)),
        character_threshold=float(given.get("character_threshold", CHARACTER_THRESHOLD)),
        top=given.get("top", defaults.top),
        save_type=given.get("save_type", "txt"),
        tag_order=given.get("tag_order", "score"),
        language=given.get("language", "en"),
        skip_tags=tuple(given.get("skip_tags", ())),
        extend_tags=tuple(given.get("extend_tags", ())),
        concurrency=min(given.get("concurrency", most), most),
        retries=given.get("retries", WEBUI_RETRIES if alone else 0),
        stop_on_failure=given.get("stop_on_failure", False),
        save_beside=given.get("save_beside", False),
        pictures=given.get("pictures", {}),
    )


def _via(analyzer: AnalyzerName, asked: Via | None, has: Equipment, problems: Problems) -> Via:
    """A model of this server's comes before the WebUI's, where neither is asked for."""
    of_webui = analyzer in ("deepbooru", "clip")
    if analyzer == "wd14tagger":
        of_webui = asked == "webui" or (asked is None and not has.tagger)
        if not has.webui and not has.tagger:
            problems.add(None, "analyzer", NO_TAGGER)
        elif asked == "local" and not has.tagger:
            problems.add(None, "via", "this server has no model of its own: see --tagger-dir")
    elif asked is not None and (asked == "webui") is not of_webui:
        problems.add(None, "via", f"must be {'webui' if of_webui else 'local'} for {analyzer}")
    if of_webui and not has.webui:
        problems.add(None, "analyzer", NO_WEBUI)
    return "webui" if of_webui else "local"


def form_of(limits: PlanLimits, analyzers: Sequence[AnalyzerName]) -> Schema:
    """What may be asked of a job, as JSON Schema; `analyzers` are those that there are."""
    defaults = {
        "analyzer": "imagenet",
        "character_threshold": CHARACTER_THRESHOLD,
        "save_type": "txt",
        "tag_order": "score",
        "language": "en",
        "concurrency": most_at_once(limits),
        "stop_on_failure": False,
        "save_beside": False,
    }
    rules: dict[str, Rule] = {
        **_rules(limits),
        "input_dir": Shaped(lambda _: None, folders_schema()),
        "limit": Whole(1, limits.max_items),
    }
    first = ("analyzer", "save_type", "threshold", "top", "extend_tags")
    schema = spec_schema(rules, defaults, first=first)
    schema["properties"]["analyzer"]["x-there"] = [*analyzers]
    usual = {
        name: {"threshold": each.threshold, "top": each.top} for name, each in DEFAULTS.items()
    }
    schema["properties"]["analyzer"]["x-usual"] = usual
    return schema


def _rules(limits: PlanLimits) -> dict[str, Rule]:
    return {
        **shared_rules(limits),
        "analyzer": Choice(ANALYZERS),
        "via": Choice(VIAS),
        "model": Text(MAX_MODEL_CHARS, empty=True),
        "threshold": Share(0, 1),
        "character_threshold": Share(0, 1),
        "top": Whole(1, MAX_TOP),
        "save_type": Choice(SAVE_TYPES),
        "tag_order": Choice(TAG_ORDERS),
        "language": Choice(LANGUAGES),
        "skip_tags": lines(_tags_reason, MAX_TAGS, format="commas"),
        "extend_tags": lines(_tags_reason, MAX_TAGS, format="commas"),
        "stop_on_failure": Flag(),
        "save_beside": Flag(),
    }


def _tags_reason(value: Any) -> Reason:
    if not isinstance(value, list | tuple) or len(value) > MAX_TAGS:
        return f"must be a list of at most {MAX_TAGS:,} tags"
    for tag in value:
        if (reason := text_reason(tag, MAX_TAG_CHARS)) is not None:
            return f"holds a tag that {reason}"
        if "," in tag or not tag.isprintable():
            return f"holds {tag[:50]!r}: a tag has no comma and no line break"
    return None
