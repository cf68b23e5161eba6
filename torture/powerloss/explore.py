"""Loses the power at every point of a story, starts a server on everything that could be left, and
compares what it finds with what was promised. Called by `torture.powerloss.experiment`.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from msgspec import Struct

from state.model import JobStatus
from torture.powerloss.client import ALICE, Broken, Client
from torture.powerloss.models import MODELS
from torture.powerloss.platter import Image, Platter, digest
from torture.powerloss.promises import Promises
from torture.powerloss.sight import Sight, problems
from torture.powerloss.story import Segment
from torture.verdict import Violation


class Effort(Struct, frozen=True):
    """How much of what is possible is looked at: images of each crash point and model, by the
    number of commands in the story (the last stands for all longer ones); the same for losses
    during the start after a loss, and which share of the starts has those."""

    images: tuple[int, ...]
    again_images: int
    again_share: float

    def images_of(self, label: str) -> int:
        commands = label.count(",")
        return self.images[min(commands, len(self.images) - 1)]


class Place(Struct, frozen=True):
    """One state of the disk: at this crash point, by this model, the image of this number."""

    point: int
    model: str
    number: int

    def __str__(self) -> str:
        return f"{self.point}.{self.model}.{self.number}"


class Found(Struct, frozen=True):
    """What a start on an image came to; `failure` where it, or work after it, went wrong."""

    sight: Sight
    failure: str | None


class Explorer:
    """Written by the one task that explores."""

    def __init__(self, effort: Effort, seed: int) -> None:
        self._effort = effort
        self._seed = seed
        self._found: dict[tuple[bytes, int], Found] = {}
        self.states = 0
        self.violations: list[Violation] = []

    @property
    def digests(self) -> set[bytes]:
        """Of all the different images that a server was started on."""
        return {image for image, _ in self._found}

    async def explore(self, label: str, segments: list[Segment]) -> None:
        images = self._effort.images_of(label)
        for number, segment in enumerate(segments):
            await self._explore(segment, Replay(label, number, self._seed, images))

    async def _explore(self, segment: Segment, replay: Replay) -> None:
        at_most = replay.images if replay.first is None else self._effort.again_images
        for place, image in survivors(segment, replay.seed_text, at_most):
            self.states += 1
            promises = segment.timeline.at(place.point)
            key = (digest(image), promises.schema)
            is_new = key not in self._found
            if is_new:
                self._found[key] = await started(image, promises)
            for said in judged(promises, self._found[key]):
                self.violations.append(Violation(said, replay.command(place)))
            if is_new and replay.first is None and not self.violations and self._again(place):
                again = await start_to_explore(image, promises)
                await self._explore(again, replay.then(place))

    def _again(self, place: Place) -> bool:
        return Random(f"{self._seed} {place} {self.states}").random() < self._effort.again_share


class Replay(Struct, frozen=True):
    """How to come to a state again: the part of a command line before the place itself."""

    label: str
    segment: int
    seed: int
    images: int
    first: Place | None = None

    @property
    def seed_text(self) -> str:
        return f"{self.seed} {self.label} {self.segment} {self.first}"

    def then(self, place: Place) -> Replay:
        return Replay(self.label, self.segment, self.seed, self.images, place)

    @property
    def story(self) -> str:
        return f"python -m torture.powerloss --sequence '{self.label}' --seed {self.seed}"

    def command(self, place: Place) -> str:
        places = f"--at {place}" if self.first is None else f"--at {self.first} --then {place}"
        return f"{self.story} --segment {self.segment} --images {self.images} {places}"


def survivors(segment: Segment, seed: str, at_most: int) -> Iterator[tuple[Place, Image]]:
    """Everything that could be left of a segment. An image that two models of a crash point have
    in common is told once."""
    platter = segment.platter(segment.begin)
    for point in range(segment.begin, len(segment.events) + 1):
        if point > segment.begin:
            platter.take(segment.events[point - 1])
        seen: set[bytes] = set()
        for place, image in _at(platter, point, seed, at_most):
            known = digest(image)
            if known not in seen:
                seen.add(known)
                yield place, image


def _at(platter: Platter, point: int, seed: str, at_most: int) -> Iterator[tuple[Place, Image]]:
    for name, model in MODELS.items():
        images = model.images(platter, f"{seed} {point} {name}", at_most)
        for number, image in enumerate(images):
            yield Place(point, name, number), image


async def started(image: Image, promises: Promises) -> Found:
    """Start a server on the image and look; then work on, save, and read that again."""
    client = Client(image, Promises(schema=promises.schema))
    sight: Sight = {}
    failure = None
    try:
        sight = await client.open_store()
        if not any(found.failures for found in sight.values()):
            failure = await _used(client)
    except Exception as error:  # noqa: BLE001 - whatever stops a start is what we are looking for
        failure = f"cannot start: {type(error).__name__}: {error}"
    await client.die()
    return Found(sight, failure)


async def _used(client: Client) -> str | None:
    await client.work_on()
    await client.save(ALICE, client.state)
    if (await client.store.load(ALICE)).state != client.state:
        return "lost: what was saved after the start"
    for job in client.jobs(JobStatus.RUNNING):
        if not await client.can_append(job):
            return f"lost: an outcome of job {job.id} appended after the start"
    return None


def judged(promises: Promises, found: Found) -> Iterator[str]:
    """What is wrong with what was found."""
    yield from problems(promises, found.sight)
    if found.failure is not None:
        yield found.failure


async def start_to_explore(image: Image, promises: Promises) -> Segment:
    """A start on the image that does what `started` does, as a segment: the power goes in it."""
    client = Client(image, promises)
    try:
        await client.start()
        await _used(client)
    except Broken:
        pass  # told by the state that this start is of
    segment = Segment(image, client.files.events, client.timeline, 0)
    await client.die()
    return segment
