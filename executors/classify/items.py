"""The values that a job of classifying is leased by. Used by both halves of `classify`."""

from __future__ import annotations

from msgspec import Struct


class StoredSpec(Struct, frozen=True, kw_only=True):
    """What a worker reads of a stored spec. `model_files` are the digests of the model and of what
    is known of it, which the job keeps copies of; `embedded` is the place of the embedded model,
    which the server fills in: it is never a user's to say."""

    model_name: str
    model_files: tuple[str, str]
    top: int
    threshold: float
    embedded: str
