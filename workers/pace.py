"""How fast each host may be asked: unlimited until it complains, then learned from its answers.

Pure: the clock is an argument. One `Pace` lives in each worker process (items of a host go to one
process only) and is used by `workers.hosted`. A 429 or 503 doubles the interval between requests
once per congestion event; answers to requests that started before the last back-off belong to the
same event. Each good answer shortens the interval a little, until the host is forgotten.
"""

from __future__ import annotations

from collections import OrderedDict

from msgspec import Struct

from actors.ports import ItemResult

MAX_KEYS = 4_096
# A wait this short is slept in the slot; a longer one sends the item back and frees the slot.
PATIENCE_S = 0.05
FIRST_INTERVAL_S = 0.1
MAX_INTERVAL_S = 30.0
# Faster than this is as good as unlimited.
FORGET_INTERVAL_S = 0.002
RECOVERY = 0.97


class KeyPace(Struct):
    """What is known of one host that has complained. Written by `Pace` only."""

    interval_s: float
    next_at: float
    backed_off_at: float


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
            known.next_at = max(known.next_at, now) + known.interval_s
        return wait

    def observe(self, key: str, started_at: float, now: float, result: ItemResult) -> None:
        """Learn from the answer to a request that was started at that time."""
        if result.pressure or result.retry_after_s is not None:
            self._back_off(key, started_at, now, result)
        elif self._keys and (known := self._keys.get(key)) is not None:
            self._recover(key, known, started_at)

    def _back_off(self, key: str, started_at: float, now: float, result: ItemResult) -> None:
        known = self._keys.get(key)
        if known is None:
            known = KeyPace(FIRST_INTERVAL_S, now, now)
            self._remember(key, known)
        elif started_at >= known.backed_off_at:
            known.interval_s = min(known.interval_s * 2, MAX_INTERVAL_S)
            known.backed_off_at = now
        asked = min(max(result.retry_after_s or 0.0, 0.0), self._backoff_max_s)
        known.next_at = max(known.next_at, now + max(asked, known.interval_s))

    def _recover(self, key: str, known: KeyPace, started_at: float) -> None:
        if started_at < known.backed_off_at:
            return
        known.interval_s *= RECOVERY
        if known.interval_s < FORGET_INTERVAL_S:
            del self._keys[key]

    def _remember(self, key: str, known: KeyPace) -> None:
        self._keys[key] = known
        if len(self._keys) > self._max_keys:
            self._keys.popitem(last=False)
