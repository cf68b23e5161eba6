"""What tags of many pictures have in common: how often each was found, and how sure of it the model
was. Pure; fed by `web.workshop.tagged`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from msgspec import Struct

from executors.problems import Reason, integer_reason
from web.http import invalid
from web.validate import field_error

# Of a file of tags that names no scores.
SURE = 1.0
# Tags that are told apart: beyond it those that come later are passed over.
MAX_TOLD_APART = 100_000
# Tags that may be wanted.
MAX_WANTED = 500


class Wanted(Struct, frozen=True, kw_only=True):
    """Which tags are wanted: found so often, weighing so much, the first so many of them, but for
    some."""

    min_frequency: int = 2
    min_weight: float = 0.3
    max_tags: int = 30
    exclude: Collection[str] = ()


def checked_limits(
    min_frequency: int, min_weight: float, max_tags: int, exclude: Collection[str]
) -> Wanted:
    """As somebody wants it. Raises WebError with all that is wrong."""
    weight = None if 0 <= min_weight <= 1 else "must be a number from 0 to 1"
    reasons: dict[str, Reason] = {
        "min_frequency": integer_reason(min_frequency, 0, MAX_TOLD_APART),
        "min_weight": weight,
        "max_tags": integer_reason(max_tags, 1, MAX_WANTED),
    }
    errors = [field_error(name, reason) for name, reason in reasons.items() if reason]
    if errors:
        raise invalid(errors)
    return Wanted(
        min_frequency=min_frequency, min_weight=min_weight, max_tags=max_tags, exclude=exclude
    )


class Extracted(Struct, frozen=True, kw_only=True):
    """What was found in so many files: how many of them have a tag, and how much it weighs, from 0
    to 1, on the average. The most frequent come first."""

    total_files: int
    tag_frequency: dict[str, int]
    tag_weights: dict[str, float]


class TagTally:
    """Counts the tags of pictures, one picture after the other. Written by its one owner."""

    def __init__(self) -> None:
        self.files = 0
        self._counts: Counter[str] = Counter()
        self._scores: dict[str, float] = {}

    def add(self, tags: Iterable[tuple[str, float]]) -> None:
        """Take in the tags of one picture; of one that is there twice the better score counts."""
        self.files += 1
        best: dict[str, float] = {}
        for tag, score in tags:
            best[tag] = max(score, best.get(tag, 0.0))
        for tag, score in best.items():
            if tag in self._counts or len(self._counts) < MAX_TOLD_APART:
                self._counts[tag] += 1
                self._scores[tag] = self._scores.get(tag, 0.0) + score

    def found(self, wanted: Wanted) -> Extracted:
        """The tags that are wanted, the most frequent first."""
        excluded = {_plain(tag) for tag in wanted.exclude}
        weights = {tag: self._scores[tag] / count for tag, count in self._counts.items()}
        fit = [
            tag
            for tag, count in self._counts.items()
            if count >= wanted.min_frequency
            and weights[tag] >= wanted.min_weight
            and _plain(tag) not in excluded
        ]
        fit.sort(key=lambda tag: (-self._counts[tag], -weights[tag], tag))
        chosen = fit[: wanted.max_tags]
        return Extracted(
            total_files=self.files,
            tag_frequency={tag: self._counts[tag] for tag in chosen},
            tag_weights={tag: round(weights[tag], 4) for tag in chosen},
        )


def tags_in(value: Any) -> list[tuple[str, float]]:
    """The tags of a picture by a result or a file of JSON, ours or an older system's: a list of
    objects, or an object of scores. What is none is passed over."""
    tags = value.get("tags") if isinstance(value, Mapping) else None
    if isinstance(tags, Mapping):
        return [(tag, score) for tag, score in map(_scored, tags.items()) if tag]
    if not isinstance(tags, list):
        return []
    pairs = ((each.get("name"), each.get("score")) for each in tags if isinstance(each, Mapping))
    return [(tag, score) for tag, score in map(_scored, pairs) if tag]


def tags_of_text(text: str) -> list[tuple[str, float]]:
    """The tags of a file of names with commas."""
    return [(tag.strip(), SURE) for tag in text.split(",") if tag.strip()]


def _scored(pair: tuple[Any, Any]) -> tuple[str, float]:
    """An empty name where it is no tag."""
    tag, score = pair
    if not isinstance(tag, str):
        return "", 0.0
    sure = SURE if score is None else score
    if not isinstance(sure, int | float) or isinstance(sure, bool):
        return "", 0.0
    return tag.strip(), min(max(float(sure), 0.0), SURE)


def _plain(tag: str) -> str:
    return tag.strip().replace("_", " ").casefold()
