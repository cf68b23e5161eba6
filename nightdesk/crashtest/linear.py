"""Is there an order of one job's steps in which every answer was true? (Linearizability.)

Just in time: going through beginnings and ends in time, all states are kept in which the job may
be, with the steps under way that would have led there. A step takes effect between its beginning
and its end, and not after the death of the server it was sent to; an unknown one may not at all.
Pure; called by `nightdesk.crashtest.judge`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nightdesk.crashtest.history import NEVER, Life
from nightdesk.crashtest.model import Step, after, by_itself, crashed

# A state, and the steps under way that have taken effect.
_World = tuple[str, frozenset[int]]
_Event = tuple[float, int, Step | Life]

# At one time: ends come first (a step that ends then may precede one that begins), deaths last.
_END, _BEGIN, _DEATH = 0, 1, 2


def impossible(steps: Sequence[Step], lives: Iterable[Life], start: str) -> Step | None:
    """The first step whose answer no order explains; None where all is well."""
    worlds = _Worlds(start)
    for _, kind, event in sorted(_events(steps, lives), key=lambda entry: entry[:2]):
        if isinstance(event, Life):
            worlds.die(event)
        elif kind == _BEGIN:
            worlds.begin(event)
        elif not worlds.end(event):
            return event
    return None


def _events(steps: Iterable[Step], lives: Iterable[Life]) -> Iterable[_Event]:
    for step in steps:
        yield step.began, _BEGIN, step
        if step.result != "unknown":
            yield step.ended, _END, step
    for life in lives:
        if life.ended != NEVER:
            yield life.ended, _DEATH, life


class _Worlds:
    """All that may be; for one job and one walk through its steps."""

    def __init__(self, start: str) -> None:
        self._worlds: set[_World] = {(start, frozenset())}
        self._under_way: dict[int, Step] = {}

    def begin(self, step: Step) -> None:
        self._under_way[step.number] = step

    def end(self, step: Step) -> bool:
        """False where it cannot have been answered so."""
        number = step.number
        reached = {world for world in self._expanded() if number in world[1]}
        self._worlds = {(state, done - {number}) for state, done in reached}
        self._under_way.pop(number, None)
        return bool(self._worlds)

    def die(self, life: Life) -> None:
        """What was under way at that server was done before, or never will be."""
        self._worlds = {(crashed(state), done) for state, done in self._expanded()}
        lost = {n for n, step in self._under_way.items() if step.life <= life.number}
        for number in lost:
            step = self._under_way.pop(number)
            if step.result == "unknown":
                self._worlds = {(state, done - {number}) for state, done in self._worlds}

    def _expanded(self) -> set[_World]:
        found: set[_World] = set()
        left = list(self._worlds)
        while left:
            world = left.pop()
            if world in found:
                continue
            found.add(world)
            state, done = world
            left += [(moved, done) for moved in by_itself((state,)) if moved != state]
            for number, step in self._under_way.items():
                if number not in done and (then := after(step, state)) is not None:
                    left.append((then, done | {number}))
        return found
