"""The items of one running job that have not ended: which may be leased next, and which wait.

Pure and synchronous; owned by the job's runner. It knows items by index only (payloads stay on
disk), so 100,000 items cost a byte each plus an entry for those that came back.

An item waits because its last attempt asked for a delay, or because its key (a host) is held. An
item whose worker (or browser) died is a suspect: it is tried once more, few suspects at a time, and
the second death under it poisons it. Progress forgives: what has kept some of its work since the
death before (`forgive`) is no suspect any more, until it has died too often for that, too. A finale
waits for all others to have ended.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, OrderedDict, deque
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

from actors.rules.paced import PacedHosts
from state.causes import host_of
from state.paces import HostPace

MAX_SUSPECTS = 8
MAX_STRIKES = 2
# A worker takes all that it holds down with it, so what kills one after each bit of progress has to
# end as well. Ten deaths under one item are no chance; and from the fifth on it has one of the few
# places of suspects until it ends, so that it does not take all the others through all ten.
MAX_DEATHS = 10
WATCHED_DEATHS = 5


class Lost(Struct, frozen=True):
    """What became of items whose worker died: those that are tried `again`; and the attempts of
    those that are poisoned and over, as it died `twice` without any progress, or too `often`."""

    again: list[int]
    twice: dict[int, int]
    often: dict[int, int]


class ItemQueue:
    """Every attribute is written by the owning runner's tasks through the methods below, none of
    which awaits."""

    def __init__(
        self,
        pending: bytearray,
        strikes: dict[int, int],
        last: Collection[int] = (),
        *,
        finale: int | None = None,
        deaths: Mapping[int, int] | None = None,
    ) -> None:
        """`pending[index]` is 1 where the item has not ended. `strikes` are the deaths that are not
        forgiven, `deaths` are all (None: the same). Those of `last` are taken, in their order, when
        all others have been. The `finale`, the very last item, is there for nobody before
        `release_finale`."""
        self._pending = pending
        # Held back until all others have ended; None where there is none, or not any more.
        self._finale = finale if finale is not None and pending[finale] else None
        self._left = sum(pending)
        self._in_flight: dict[int, str] = {}
        self._strikes = {i: n for i, n in strikes.items() if pending[i]}
        known_deaths = strikes if deaths is None else deaths
        self._deaths = {i: n for i, n in known_deaths.items() if pending[i]}
        self._attempts = dict(self._deaths)
        # Where items wait. `_fresh` is the first index that may never have been taken; those that
        # have died are passed over there because they wait as suspects, or are ready where they
        # were forgiven, and those of `_last` for the others.
        self._fresh = 0
        held_back = set() if self._finale is None else {self._finale}
        known = self._deaths.keys() | held_back
        self._last = OrderedDict.fromkeys(i for i in last if pending[i] and i not in known)
        self._fresh_left = self._left - len(known) - len(self._last)
        returning = sorted(self._deaths.keys() - held_back)
        self._ready = deque(i for i in returning if not self._is_suspect(i))
        self._suspects = deque(i for i in returning if self._is_suspect(i))
        self._suspects_out: set[int] = set()
        self._delayed: list[tuple[float, int, str]] = []
        # Held keys: when each may go on, and the items seen to have that key. Keys that are free
        # again but still have such items take turns in `_freed`.
        self._held_until: dict[str, float] = {}
        self._holds: list[tuple[float, str]] = []
        self._by_key: dict[str, deque[int]] = {}
        self._freed: OrderedDict[str, None] = OrderedDict()
        self._held_count = 0
        self._freed_count = 0
        # Hosts that the job's user has slowed; until when their keys are held for that; and items
        # whose turn was found with their key, before they are admitted.
        self._paced = PacedHosts()
        self._slowed: dict[str, float] = {}
        self._begun: set[int] = set()

    # ------------------------------------------------------------------------- what is seen

    @property
    def left(self) -> int:
        """Items that have not ended, in flight included."""
        return self._left

    @property
    def in_flight(self) -> int:
        return len(self._in_flight)

    def is_in_flight(self, index: int) -> bool:
        return index in self._in_flight

    @property
    def waiting(self) -> int:
        """Items that came back and are held by a delay or by their key."""
        return len(self._delayed) + self._held_count

    @property
    def finale_due(self) -> bool:
        """Nothing is left but the finale, which is held back."""
        return self._finale is not None and self._left == 1

    def available(self, now: float) -> int:
        """How many items `take` could give now."""
        self._release(now)
        self._hold_paced(now)
        room = min(len(self._suspects), MAX_SUSPECTS - len(self._suspects_out))
        fresh = self._fresh_left + len(self._last)
        return room + len(self._ready) + self._freed_count + fresh

    def next_wake(self) -> float | None:
        """When the next waiting item or key is due; None where nothing waits for the clock."""
        heads = [heap[0][0] for heap in (self._delayed, self._holds) if heap]
        return min(heads, default=None)

    def attempts(self, index: int) -> int:
        return self._attempts.get(index, 0)

    def strikes(self, index: int) -> int:
        """How often the item was lost with its worker, or its browser, since it was forgiven."""
        return self._strikes.get(index, 0)

    # ---------------------------------------------------------------------------- taking

    def take(self, count: int, now: float) -> list[int]:
        """Up to `count` items, which are in flight from now on. Each must then be admitted."""
        self._release(now)
        taken: list[int] = []
        while len(taken) < count and (index := self._next(now)) is not None:
            self._in_flight[index] = ""
            taken.append(index)
        return taken

    def admit(self, index: int, key: str, now: float) -> bool:
        """Name the key of a taken item. False: the key is held, so the item is not to be leased."""
        if index in self._begun:
            self._begun.discard(index)
            self._in_flight[index] = key
            return True
        if self._paced.any:
            self._hold_where_paced(key, now)
        if key not in self._held_until:
            self._in_flight[index] = key
            self._paced.begin(key, now)
            return True
        del self._in_flight[index]
        self._suspects_out.discard(index)
        self._park(index, key)
        return False

    def slow(self, paces: Mapping[str, HostPace], now: float) -> None:
        """From now on hosts are asked so; keys that waited for the paces of before go on."""
        self._paced.set(paces, Counter(filter(None, self._in_flight.values())))
        for key in list(self._slowed):
            self._unhold(key)
        self._release(now)

    def _hold_paced(self, now: float) -> None:
        """Keys that are free to go on by themselves, and not by their host's pace, are held."""
        if self._paced.any:
            for key in list(self._freed):
                self._hold_where_paced(key, now)

    def _hold_where_paced(self, key: str, now: float) -> None:
        until = self._paced.wait_until(key, now)
        if until > max(now, self._held_until.get(key, now)):
            self._slowed[key] = until
            self._hold(key, until)

    def _unhold(self, key: str) -> None:
        """The pace of its host holds the key no longer; what the host asked for still may."""
        until = self._slowed.pop(key)
        if self._held_until.get(key) == until:
            self._held_until[key] = -math.inf
            heapq.heappush(self._holds, (-math.inf, key))

    def _gone(self, key: str) -> None:
        """An item of that key is not in flight any more: those that waited for it may go on."""
        if self._paced.any and (host := self._paced.end(key)) is not None:
            waited = [each for each, until in self._slowed.items() if until == math.inf]
            for each in waited:
                if host_of(each) == host:
                    self._unhold(each)

    def _next(self, now: float) -> int | None:
        if self._suspects and len(self._suspects_out) < MAX_SUSPECTS:
            index = self._suspects.popleft()
            self._suspects_out.add(index)
            return index
        if self._ready:
            return self._ready.popleft()
        self._hold_paced(now)
        if self._freed:
            return self._next_freed(now)
        return self._next_fresh()

    def _next_freed(self, now: float) -> int:
        key, _ = self._freed.popitem(last=False)
        waiting = self._by_key[key]
        index = waiting.popleft()
        if self._paced.any:
            self._begun.add(index)
            self._paced.begin(key, now)
        self._freed_count -= 1
        if waiting:
            self._freed[key] = None
        else:
            del self._by_key[key]
        return index

    def _next_fresh(self) -> int | None:
        while self._fresh_left:
            index = self._pending.find(1, self._fresh)
            self._fresh = index + 1
            if index not in self._deaths and index not in self._last:
                self._fresh_left -= 1
                return index
        return self._last.popitem(last=False)[0] if self._last else None

    def grow(self, count: int) -> None:
        """The job has so many more items, behind the others."""
        self._pending.extend(b"\x01" * count)
        self._left += count
        self._fresh_left += count

    def release_finale(self) -> None:
        """It may be taken from now on, like any other item."""
        if self._finale is not None:
            suspect = self._is_suspect(self._finale)
            (self._suspects if suspect else self._ready).append(self._finale)
            self._finale = None

    # ------------------------------------------------------------------------ coming back

    def end(self, index: int) -> bool:
        """The item has ended. False: it was not in flight, so this says nothing new."""
        key = self._in_flight.pop(index, None)
        if key is None:
            return False
        self._gone(key)
        self._settle(index)
        return True

    def defer(
        self, index: int, attempts: int, delay_s: float, now: float, *, hold_key: bool = False
    ) -> bool:
        """The item comes back and waits `delay_s`, with `hold_key` every item of its key too."""
        key = self._in_flight.pop(index, None)
        if key is None:
            return False
        self._gone(key)
        self._suspects_out.discard(index)
        self._attempts[index] = attempts
        if hold_key and key:
            self._hold(key, now + delay_s)
            self._park(index, key)
        else:
            heapq.heappush(self._delayed, (now + delay_s, index, key))
        return True

    def lose(self, indexes: Iterable[int]) -> Lost:
        """Their worker died, which ended an attempt."""
        lost = Lost([], {}, {})
        for index in indexes:
            key = self._in_flight.pop(index, None)
            if key is None:
                continue
            self._gone(key)
            self._suspects_out.discard(index)
            for counted in (self._strikes, self._deaths, self._attempts):
                counted[index] = counted.get(index, 0) + 1
            if self._strikes[index] < MAX_STRIKES and self._deaths[index] < MAX_DEATHS:
                lost.again.append(index)
                self._suspects.append(index)
            else:
                over = lost.twice if self._strikes[index] >= MAX_STRIKES else lost.often
                over[index] = self._attempts[index]
                self._settle(index)
        return lost

    def forgive(self, index: int) -> None:
        """The item has kept some of its work, and would not do that again: what it died of before
        is no strike against it any more."""
        self._strikes.pop(index, None)
        if not self._is_suspect(index):
            self._suspects_out.discard(index)

    def _is_suspect(self, index: int) -> bool:
        return index in self._strikes or self._deaths.get(index, 0) >= WATCHED_DEATHS

    def _settle(self, index: int) -> None:
        self._pending[index] = 0
        self._left -= 1
        self._suspects_out.discard(index)
        self._attempts.pop(index, None)
        self._strikes.pop(index, None)
        self._deaths.pop(index, None)

    # ---------------------------------------------------------------------------- holding

    def _hold(self, key: str, until: float) -> None:
        if until <= self._held_until.get(key, float("-inf")):
            return
        self._held_until[key] = until
        heapq.heappush(self._holds, (until, key))
        if key in self._freed:
            del self._freed[key]
            self._count_freed(-len(self._by_key[key]))

    def _count_freed(self, change: int) -> None:
        self._freed_count += change
        self._held_count -= change

    def _park(self, index: int, key: str) -> None:
        """Let the item wait for its key. A suspect keeps its strikes and loses only its place."""
        self._by_key.setdefault(key, deque()).append(index)
        self._held_count += 1

    def _release(self, now: float) -> None:
        while self._holds and self._holds[0][0] <= now:
            until, key = heapq.heappop(self._holds)
            if self._held_until.get(key) == until:
                del self._held_until[key]
                if key in self._by_key:
                    self._freed[key] = None
                    self._count_freed(len(self._by_key[key]))
        while self._delayed and self._delayed[0][0] <= now:
            _, index, key = heapq.heappop(self._delayed)
            if key in self._held_until:
                self._park(index, key)
            else:
                self._ready.append(index)
