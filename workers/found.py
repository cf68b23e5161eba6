"""Items that an item has found, made fit for the wire: encoded, and in batches. Pure.

Called by `workers.context`, for the item; the other end is `actors.runner.growth`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Raw

from actors.ports import FoundItem, ItemsFound
from actors.ports.workers import found_bytes
from state.model import InputItem
from workers.protocol import FOUND_BATCH, FOUND_BYTES

_encoder = msgspec.json.Encoder()


def batches_of(index: int, found: Iterable[FoundItem]) -> Iterator[ItemsFound]:
    """What the item of that index has found, in order. Raises ValueError for what cannot be an
    item of a job; what came before it has been given out then."""
    batch: list[InputItem] = []
    size_bytes = 0
    for each in found:
        item = _encoded(each)
        own_bytes = found_bytes(item)
        if own_bytes > FOUND_BYTES:
            raise ValueError(f"a found item of {own_bytes} bytes is over {FOUND_BYTES}")
        if len(batch) == FOUND_BATCH or size_bytes + own_bytes > FOUND_BYTES:
            yield ItemsFound(index, tuple(batch))
            batch, size_bytes = [], 0
        batch.append(item)
        size_bytes += own_bytes
    if batch:
        yield ItemsFound(index, tuple(batch))


def _encoded(found: FoundItem) -> InputItem:
    if not found.key:
        raise ValueError("a found item has no key to be known by")
    return InputItem(Raw(_encoder.encode(found.item)), found.pace, found.key)
