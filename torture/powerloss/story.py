"""Stories: a data folder to begin with, and commands, some of them cut short by a kill.

    busy:create,start          from a desk with jobs in all states
    empty:create!3,start       the server is killed before the 4th change of `create`
    busy:work,power7,count     the power goes after `work`; what survived is chosen by the number

`torture.powerloss.explore` takes what a story leaves and loses the power at every point of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

import trio.testing
from msgspec import Struct

from torture.powerloss.client import Client
from torture.powerloss.commands import COMMANDS
from torture.powerloss.files import Killed
from torture.powerloss.models import MODELS
from torture.powerloss.platter import Event, Image, Platter
from torture.powerloss.promises import Promises, Timeline

# What there is before a story begins: made by these commands and an orderly stop.
BASES = {
    "empty": None,
    "running": "create,start",
    "busy": "create,start,work,count,artifact,create,start,finish,library,create",
}
# Stories that found a bug, or that a certain one could be found by only: always played.
FOUND = (
    "busy:work,kill",
    # At which of its steps a server is killed moves as the product changes: the ones around it too.
    *(f"busy:stall!{at}" for at in range(5, 9)),
    *(f"running:stall!{at}" for at in range(4, 8)),
    "running:reopen!5",
    "running:artifact!6,artifact",
    "running:artifact!8,artifact",
    "empty:other!14,other",
)
_STEP = re.compile(r"(?P<command>[a-z]+?)(?P<power>\d+)?(?:!(?P<kill>\d+))?")
_POWER = "power"
SHORT = 3


class Base(Struct, frozen=True):
    """A data folder at rest and what was promised of it."""

    image: Image
    promises: Promises


class Segment(Struct, frozen=True):
    """What happened on one disk between two losses of power; to be explored from event `begin`."""

    image: Image
    events: list[Event]
    timeline: Timeline
    begin: int

    def platter(self, point: int) -> Platter:
        """The disk when that many events had happened."""
        platter = Platter(self.image)
        for event in self.events[:point]:
            platter.take(event)
        return platter


class Player:
    """Plays stories. Keeps the bases that it has made."""

    def __init__(self, clock: trio.testing.MockClock) -> None:
        self._clock = clock
        self._bases: dict[str, Base] = {}

    async def play(self, label: str) -> list[Segment]:
        """What the story did to the disk; nothing where a command of it does not apply."""
        name, _, steps = label.partition(":")
        base = await self._base(name)
        return await self._play(base, [step for step in steps.split(",") if step])

    async def _base(self, name: str) -> Base:
        if name not in self._bases:
            self._bases[name] = await self._made(BASES[name])
        return self._bases[name]

    async def _made(self, steps: str | None) -> Base:
        if steps is None:
            return Base({}, Promises())
        client = await self._begun(Base({}, Promises()))
        for step in steps.split(","):
            await COMMANDS[step](client, self._clock)
        await client.stop()
        image = Segment({}, client.files.events, client.timeline, 0).platter(
            len(client.files.events)
        )
        return Base(image.everything(), client.timeline.now)

    async def _begun(self, base: Base) -> Client:
        client = Client(base.image, base.promises)
        await client.start()
        await client.work_on()
        return client

    async def _play(self, base: Base, steps: list[str]) -> list[Segment]:
        """Short stories are explored from their last command on: what comes before is the end of
        another story. Long ones are samples, explored from their beginning, without what does not
        apply."""
        client = await self._begun(base)
        begin, is_short = 0, len(steps) <= SHORT
        segments: list[Segment] = []
        for place, step in enumerate(steps):
            if is_short and place == len(steps) - 1:
                begin = len(client.files.events)
            found = _STEP.fullmatch(step)
            assert found is not None
            if found["command"] == _POWER:
                segment = Segment(base.image, client.files.events, client.timeline, begin)
                segments.append(segment)
                await client.die()
                base, begin = _after_loss(segment, step), 0
                client = await self._begun(base)
            elif not await self._step(client, found["command"], found["kill"]) and is_short:
                await client.die()
                return []
        segments.append(Segment(base.image, client.files.events, client.timeline, begin))
        await client.die()
        return segments

    async def _step(self, client: Client, command: str, kill: str | None) -> bool:
        if kill is None:
            return await COMMANDS[command](client, self._clock)
        client.files.kill_after(int(kill))
        killed = False
        try:
            await COMMANDS[command](client, self._clock)
        except* Killed:
            killed = True
        client.files.kill_after(None)
        if killed:
            await client.die()
            await client.start()
            await client.work_on()
        return killed  # or it had fewer changes than that


def _after_loss(segment: Segment, seed: str) -> Base:
    point = len(segment.events)
    random = Random(seed)
    model = random.choice(list(MODELS.values()))
    images = list(model.images(segment.platter(point), seed, 64))
    return Base(random.choice(images), segment.timeline.at(point))


def singles() -> Iterator[str]:
    """No command, and each alone, from each base."""
    for base in BASES:
        yield f"{base}:"
        yield from (f"{base}:{one}" for one in COMMANDS)


def pairs_and_triples() -> Iterator[str]:
    """With `singles` that is every sequence of at most three commands, from nothing and from a
    desk with jobs in all states; of at most two from the base between them."""
    for base in BASES:
        for one in COMMANDS:
            for two in COMMANDS:
                yield f"{base}:{one},{two}"
                if base != "running":
                    yield from (f"{base}:{one},{two},{three}" for three in COMMANDS)


def killed(most: int) -> Iterator[str]:
    """Each command cut short by a kill at each of its first changes, alone and before some of the
    others."""
    for base in BASES:
        for one in COMMANDS:
            for at in range(most):
                yield f"{base}:{one}!{at}"
                for place, two in enumerate(COMMANDS):
                    if (place + at) % 3 == 0:
                        yield f"{base}:{one}!{at},{two}"


def long(seed: int, count: int) -> Iterator[str]:
    """Random stories of 4 to 12 commands, with kills and losses of power among them."""
    for number in range(count):
        random = Random(f"{seed} {number}")
        steps = [random.choice([*COMMANDS, _POWER]) for _ in range(random.randint(4, 12))]
        for place, step in enumerate(steps):
            if step == _POWER:
                steps[place] = f"{_POWER}{random.randrange(1000)}"
            elif random.random() < 0.1:
                steps[place] = f"{step}!{random.randrange(12)}"
        yield f"{random.choice(list(BASES))}:{','.join(steps)}"
