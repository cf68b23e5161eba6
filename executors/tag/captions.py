"""What the WebUI says of a picture, read with distrust. Pure. Used by `executors.tag.by_webui`.

`/sdapi/v1/interrogate` answers with one text, of names with commas; `/tagger/v1/interrogate`, which
is an extension's, with scores, among which or beside which are ratings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from executors.tag.items import Seen, Tag
from executors.webui.answers import BadAnswer
from state.text import inert

MAX_TAGS = 1_000
MAX_TAG_CHARS = 200
RATINGS = frozenset({"general", "sensitive", "questionable", "explicit"})
NOT_ITS_API = "the WebUI's answer is not what its API promises"

_WEIGHED = re.compile(r"\((.+):([0-9]*\.?[0-9]+)\)")


class _Caption(Struct, frozen=True):
    caption: Any


class _Models(Struct, frozen=True):
    models: list[str]


def read_text(body: bytes, threshold: float) -> Seen:
    """Names in the order in which they are said; one that has no score is sure. Raises
    BadAnswer."""
    caption = _caption(body)
    if not isinstance(caption, str):
        raise BadAnswer(NOT_ITS_API)
    tags = (_said(part) for part in caption.split(",", MAX_TAGS)[:MAX_TAGS])
    return Seen(tuple(tag for tag in tags if tag.name and tag.score >= threshold))


def read_scores(body: bytes, threshold: float) -> Seen:
    """Raises BadAnswer."""
    caption = _caption(body)
    if not isinstance(caption, dict):
        raise BadAnswer(NOT_ITS_API)
    tags, ratings = caption.get("tag"), caption.get("rating")
    if isinstance(tags, dict):
        rated = dict(_scores(ratings)) if isinstance(ratings, dict) else {}
        scores = list(_scores(tags))
    else:
        both = list(_scores(caption))
        rated = {name: score for name, score in both if name in RATINGS}
        scores = [(name, score) for name, score in both if name not in RATINGS]
    best = sorted(scores, key=lambda each: -each[1])[:MAX_TAGS]
    return Seen(
        tuple(Tag(name, score) for name, score in best if score >= threshold),
        {name: round(score, 4) for name, score in list(rated.items())[: len(RATINGS)]},
    )


def read_models(body: bytes) -> list[str]:
    """The names of taggers that the WebUI has. Raises BadAnswer."""
    try:
        return msgspec.json.decode(body, type=_Models).models
    except msgspec.DecodeError:
        raise BadAnswer(NOT_ITS_API) from None


def _caption(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body, type=_Caption).caption
    except msgspec.DecodeError:
        raise BadAnswer(NOT_ITS_API) from None


def _said(part: str) -> Tag:
    """`name`, or `(name:0.98)` where the WebUI is set to tell scores; brackets of a name come with
    a backslash."""
    text = part.strip()
    weighed = _WEIGHED.fullmatch(text)
    name, score = (weighed[1], min(1.0, float(weighed[2]))) if weighed else (text, 1.0)
    return Tag(_name(name.replace("\\(", "(").replace("\\)", ")")), score)


def _scores(told: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, score in told.items():
        if isinstance(score, int | float) and math.isfinite(score) and (clean := _name(name)):
            yield clean, min(1.0, max(0.0, float(score)))


def _name(text: str) -> str:
    """A tag has no comma: files of tags are names with commas."""
    return inert(text.replace(",", " ").strip()[:MAX_TAG_CHARS])
