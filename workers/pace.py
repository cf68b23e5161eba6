"""How fast each host may be asked: unlimited until it complains, then learned from its answers.

Pure: the clock is an argument. One `Pace` lives in each worker process (items of a host go to one
process only) and is used by `workers.hosted`. A 429 or 503 doubles the interval between requests
once per congestion event; answers to requests that started before the last back-off belong to the
same event. The first good answers bring it back quickly to where the trouble began, as TCP's slow
start does; each further one shortens it a little, until the host is forgotten. A worker that ends
takes its `Pace` along; the parent keeps what it has told in a `PaceBook` for the next.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from actors.ports import ItemResult
from workers.protocol import KnownPace

MAX_KEYS = 4_096
# A wait this short is slept in the slot; a longer one sends the item back and frees the slot.
PATIENCE_S = 0.05
FIRST_INTERVAL_S = 0.1
MAX_INTERVAL_S = 30.0
# Faster than this is as good as unlimited.
FORGET_INTERVAL_S = 0.002
RECOVERY = 0.97
# After several complaints in a row, until the interval is again that of the first of them.
RETURN = 0.25

_Known = TypeVar("_Known")


class KeyPace(Struct):
    """What is known of one host that has complained. Written by `Pace` only.

    `turn_at` is when the last request that was admitted starts, `not_before` what the host asked
    for. `safe_s` is the interval after the first complaint in a row: those that follow without a
    good answer between say that the trouble lasts, not that this was too fast. `told_s` is the
    interval that the parent was last told.
    """

    interval_s: float
    safe_s: float
    not_before: float
    backed_off_at: float
    turn_at: float = -math.inf
    good_since: bool = False
    told_s: float = 0.0

    @property
    def next_at(self) -> float:
        return max(self.not_before, self.turn_at + self.interval_s)


class Pace:
    """The pace of every key that has asked for one; the least recently used are forgotten."""

    def __init__(self, *, backoff_max_s: float, max_keys: int = MAX_KEYS) -> None:
        self._backoff_max_s = backoff_max_s
        self._max_keys = max_keys
        # Written by `admit` and `observe`, least recently used first.
        self._keys: OrderedDict[str, KeyPace] = OrderedDict()

    def __len__(self) -> int:
        return len(self._keys)

    def admit(self, key: str, now: float) -> float:
        """0 to go now, else the seconds to wait. Up to `PATIENCE_S` the turn is reserved for the
        caller, who sleeps that long and goes; a longer wait reserves nothing."""
        known = self._keys.get(key)
        if known is None:
            return 0.0
        self._keys.move_to_end(key)
        wait = max(0.0, known.next_at - now)
        if wait <= PATIENCE_S:
            known.turn_at = now + wait
        return wait

    def observe(
        self, key: str, started_at: float, now: float, result: ItemResult
    ) -> KnownPace | None:
        """Learn from the answer to a request that was started at that time. Returns what the next
        worker should know of the host, where that has changed much."""
        if result.pressure or result.retry_after_s is not None:
            return self._back_off(key, started_at, now, result)
        if self._keys and (known := self._keys.get(key)) is not None:
            return self._recover(key, known, started_at, now)
        return None

    def adopt(self, told: KnownPace, now: float) -> None:
        """Go on where an earlier worker stopped."""
        known = KeyPace(
            told.interval_s,
            safe_s=told.safe_s or told.interval_s,
            not_before=now + told.wait_s,
            backed_off_at=now,
            told_s=told.interval_s,
        )
        _remember(self._keys, told.key, known, self._max_keys)

    def _back_off(
        self, key: str, started_at: float, now: float, result: ItemResult
    ) -> KnownPace | None:
        known = self._keys.get(key)
        same_event = known is not None and started_at < known.backed_off_at
        if known is None:
            known = KeyPace(FIRST_INTERVAL_S, FIRST_INTERVAL_S, not_before=now, backed_off_at=now)
            _remember(self._keys, key, known, self._max_keys)
        elif not same_event:
            known.interval_s = min(known.interval_s * 2, MAX_INTERVAL_S)
            known.backed_off_at = now
            if known.good_since:
                known.safe_s, known.good_since = known.interval_s, False
        asked = min(max(result.retry_after_s or 0.0, 0.0), self._backoff_max_s)
        known.not_before = max(known.next_at, now + max(asked, known.interval_s))
        return None if same_event else _told(key, known, now, asked)

    def _recover(self, key: str, known: KeyPace, started_at: float, now: float) -> KnownPace | None:
        if started_at < known.backed_off_at:
            return None
        known.good_since = True
        if known.interval_s > known.safe_s:
            known.interval_s = max(known.interval_s * RETURN, known.safe_s)
        else:
            known.interval_s *= RECOVERY
        if known.interval_s < FORGET_INTERVAL_S:
            del self._keys[key]
            return KnownPace(key, 0.0, 0.0)
        return _told(key, known, now) if known.interval_s < known.told_s / 2 else None


class PaceBook:
    """What the workers of a seat have told of paces, kept for the worker that comes after them.
    Lives in the parent; the least recently told are forgotten."""

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        # By key, what was told and when. Written by `note`.
        self._known: OrderedDict[str, tuple[KnownPace, float]] = OrderedDict()

    def note(self, told: KnownPace, now: float) -> None:
        self._known.pop(told.key, None)
        if told.interval_s:
            _remember(self._known, told.key, (told, now), self._max_keys)

    def all(self, now: float) -> list[KnownPace]:
        """All that is known, as of now."""
        return [
            replace(told, wait_s=max(0.0, told_at + told.wait_s - now))
            for told, told_at in self._known.values()
        ]


def _told(key: str, known: KeyPace, now: float, asked_s: float = 0.0) -> KnownPace:
    known.told_s = known.interval_s
    safe_s = known.safe_s if known.safe_s < known.interval_s else 0.0
    return KnownPace(key, known.interval_s, known.next_at - now, safe_s, asked_s)


def _remember(keys: OrderedDict[str, _Known], key: str, known: _Known, max_keys: int) -> None:
    keys[key] = known
    if len(keys) > max_keys:
        keys.popitem(last=False)
