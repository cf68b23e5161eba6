"""Journeys: what a desk's browser is to do on request, kept as one file beside the desk's state.

A journey is validated where it comes in (`executors.visit`); here it is data. The file is immutable
and named by its hash, so the state that names it (`state.model.JourneyBook`) can never name half of
another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct


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


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(tuple[Journey, ...])


def encode_journeys(journeys: Sequence[Journey]) -> bytes:
    """The bytes of their file."""
    return _encoder.encode(journeys)


def decode_journeys(data: bytes) -> tuple[Journey, ...]:
    """Raises msgspec.DecodeError (ValidationError) for what is no such file."""
    return _decoder.decode(data)


def digest_of(data: bytes) -> str:
    """The name of the file that holds these bytes, without its suffix."""
    return hashlib.sha256(data).hexdigest()
