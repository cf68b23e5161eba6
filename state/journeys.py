"""Journeys: what a desk's browser is to do on request, kept as one file beside the desk's state.

A journey is validated where it comes in (`executors.visit`); here it is data. The file is immutable
and named by its hash, so the state that names it (`state.model.JourneyBook`) can never name half of
another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from state.model import InputItem, OutcomeRecord, OutcomeStatus

# How long their file may be.
MAX_BYTES = 4 * 1024 * 1024
# How long a path may be that comes from an outcome: one that was found has some dozens of steps.
FOUND_MAX_BYTES = 64 * 1024


class Journey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One journey. `id` is ours (8 hex digits) and stays with it. `path` are its steps, None where
    it has none yet; `generated` says that they were found by us. Times are seconds since the
    epoch, UTC. `completed`: it has ended well since somebody last said otherwise.
    """

    id: str
    name: str
    url: str
    path: tuple[dict[str, Any], ...] | None = None
    generated: bool = False
    not_before: float | None = None
    expires_at: float | None = None
    completed: bool = False


class Ending(Struct, frozen=True):
    """How a journey went, once: whether well, the path that was found for it, and when it ended."""

    id: str
    ok: bool
    at: float
    path: tuple[dict[str, Any], ...] | None = None


class _Item(Struct):
    """What an item says of the journey that it is."""

    id: str | None = None


class _Result(Struct):
    """What a journey's outcome may teach. The path is read only where it is ours."""

    generated: bool = False
    path: Raw = Raw(b"null")


_NONSENSE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_items = msgspec.json.Decoder(_Item)
_results = msgspec.json.Decoder(_Result)
# The fields of a step are plain values: what is nested is no path, however deep.
_paths = msgspec.json.Decoder(tuple[dict[str, str | int | float | bool | None], ...])
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(tuple[Journey, ...])


def encode_journeys(journeys: Sequence[Journey]) -> bytes:
    """The bytes of their file."""
    return _encoder.encode(journeys)


def decode_journeys(data: bytes) -> tuple[Journey, ...]:
    """Raises msgspec.DecodeError (ValidationError) for what is no such file."""
    return _decoder.decode(data)


def secret_names(journeys: Iterable[Journey]) -> set[str]:
    """What stands in the place of values that are filled in secretly: `{"secret": NAME}`."""
    steps = (step for journey in journeys for step in journey.path or ())
    return {name for step in steps if (name := secret_name(step)) is not None}


def secret_name(step: Mapping[str, Any]) -> str | None:
    """The name in the place of the step's value; None where there is none."""
    match step.get("value"):
        case {"secret": str(name)}:
            return name
        case _:
            return None


def ending_of(record: OutcomeRecord, item: InputItem) -> Ending | None:
    """What the end of that item says of a journey; None where it is none of a desk's. The result
    comes from a worker: what of it is no path is none."""
    try:
        journey_id = _items.decode(item.item).id
    except _NONSENSE:
        return None
    if journey_id is None:
        return None
    ok = record.status is OutcomeStatus.OK
    return Ending(journey_id, ok, record.at, _path_found(record.result))


def _path_found(result: Raw) -> tuple[dict[str, Any], ...] | None:
    try:
        found = _results.decode(result)
        if not found.generated or len(bytes(found.path)) > FOUND_MAX_BYTES:
            return None
        return _paths.decode(found.path)
    except _NONSENSE:
        return None


def fold(
    journeys: Sequence[Journey], endings: Iterable[Ending], *, since: float
) -> tuple[Journey, ...]:
    """The journeys with what those endings teach: that one has ended well, and the path that was
    found where there is none. What ended before `since` (`JourneyBook.set_at`) teaches nothing:
    the user has spoken after it. Never adds, drops or moves a journey, nor takes anything back.
    """
    done: set[str] = set()
    found: dict[str, tuple[dict[str, Any], ...]] = {}
    for ending in endings:
        if ending.at < since:
            continue
        if ending.ok:
            done.add(ending.id)
        if ending.path:
            found.setdefault(ending.id, ending.path)
    return tuple(_taught(journey, done, found) for journey in journeys)


def _taught(
    journey: Journey, done: set[str], found: dict[str, tuple[dict[str, Any], ...]]
) -> Journey:
    if journey.id in done and not journey.completed:
        journey = replace(journey, completed=True)
    if not journey.path and journey.id in found:
        journey = replace(journey, path=found[journey.id], generated=True)
    return journey


def encode_bounded(journeys: Sequence[Journey], taught: Sequence[Journey]) -> bytes:
    """The file of the journeys as they were `taught`; without the paths that were found where it
    would be too long with them."""
    data = encode_journeys(taught)
    if len(data) <= MAX_BYTES:
        return data
    return encode_journeys(
        [replace(old, completed=new.completed) for old, new in zip(journeys, taught, strict=True)]
    )
