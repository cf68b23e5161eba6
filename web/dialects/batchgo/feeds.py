"""A desk's messages, encoded once for all sockets that take them. Used by `talk`.

What is kept is made from what a desk has published, so that it may be dropped at any time.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from actors.messages import Published
from web.deps import Desk
from web.dialects.batchgo.frames import encode, frames
from web.sending import Step, make_step

# Sockets that keep up all ask for the same step, in one of two spellings.
_KEPT = 8

_Key = tuple[int | None, int, bool]


class BatchFeeds:
    """Built once; what it has of a desk lives as long as somebody holds the desk."""

    def __init__(self) -> None:
        # Written by the socket that asks first.
        self._steps: WeakKeyDictionary[Desk, dict[_Key, Step | None]] = WeakKeyDictionary()

    def step(
        self, desk: Desk, published: Published, after: int | None, nested: bool
    ) -> Step | None:
        """What brings a client from `after` to `published`; None where that is nothing to tell."""
        kept = self._steps.setdefault(desk, {})
        key = (after, published.revision, nested)
        if key not in kept:
            texts = encode(frames(published, after, nested=nested))
            if len(kept) >= _KEPT:
                del kept[next(iter(kept))]
            kept[key] = make_step(texts) if texts else None
        return kept[key]
