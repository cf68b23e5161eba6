"""Where each task is in its script, and what was asked and answered: the endpoint's memory.

A request is known by its bytes: the same one again gets the same answer again, so a client that
repeats a call whose answer it has lost goes on as if nothing had been. Written by the endpoint's
connections, each in one step.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from hashlib import blake2b

from msgspec import Struct

from nightdesk.demo_model.script import Role, Round, Say, Script, Trouble

# Of requests and tasks that are remembered; older ones are as if they had never been.
REMEMBERED = 100_000


class Heard(Struct, frozen=True):
    """A try of a call and what it gets, noted just before the answer's bytes go out. `whole`: that
    is all of a good answer. `call` tells it from others: one that is heard whole twice was made
    twice."""

    task: str
    role: Role
    round: int
    turn: int
    status: int
    whole: bool
    call: str


class Place(Struct, frozen=True):
    """The round counts from 1, the turn of its role within it from 0."""

    round: int
    turn: int
    role: Role


class Course:
    """Places, tries, and what was heard."""

    def __init__(self) -> None:
        # All written by `place` and `trouble`.
        self._places: OrderedDict[str, Place] = OrderedDict()
        self._latest: OrderedDict[str, Place] = OrderedDict()
        self._tries: Counter[str] = Counter()
        # Written by `end`; the newest `REMEMBERED`.
        self.heard: deque[Heard] = deque(maxlen=REMEMBERED)

    def place(self, task: str, role: Role, call: str) -> Place:
        """Where the script is at that call. A round ends when the coder is asked after a judge."""
        known = self._places.get(call)
        if known is not None:
            return known
        last = self._latest.get(task)
        if last is None:
            place = Place(1, 0, role)
        elif last.role == role:
            place = Place(last.round, last.turn + 1, role)
        else:
            place = Place(last.round + (role == "coder"), 0, role)
        _remember(self._places, call, place)
        _remember(self._latest, task, place)
        return place

    def trouble(self, script: Script, say: Say, call: str) -> Trouble | None:
        """What this try gets instead of `say`."""
        if script.always is not None:
            return script.always
        if not say.before:
            return None
        self._tries[call] += 1
        tried = self._tries[call]
        return say.before[tried - 1] if tried <= len(say.before) else None

    def end(self, heard: Heard) -> None:
        self.heard.append(heard)

    # ------------------------------------------------------------------------- for assertions

    def answered(self) -> tuple[Heard, ...]:
        """The calls that had their whole answer."""
        return tuple(heard for heard in self.heard if heard.whole)

    def twice(self) -> tuple[str, ...]:
        """The calls that had their whole answer more than once."""
        counted = Counter(heard.call for heard in self.answered())
        return tuple(call for call, times in counted.items() if times > 1)

    def counts(self) -> Counter[tuple[str, int, Role]]:
        """Whole answers by task, round and role."""
        return Counter((heard.task, heard.round, heard.role) for heard in self.answered())


def call_of(body: bytes) -> str:
    """The name of a request: the same for the same bytes."""
    return blake2b(body, digest_size=12).hexdigest()


def said_at(script: Script, place: Place) -> Say:
    """The script's answer at that place."""
    round_: Round = script.round(place.round)
    says = round_.coder if place.role == "coder" else round_.judge
    return says[min(place.turn, len(says) - 1)] if says else Say()


def _remember(kept: OrderedDict[str, Place], key: str, place: Place) -> None:
    kept[key] = place
    kept.move_to_end(key)
    if len(kept) > REMEMBERED:
        kept.popitem(last=False)
