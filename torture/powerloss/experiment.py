"""The experiment: plays all stories, in several processes, and sums up. See `torture.verdict`."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from multiprocessing import get_context
from random import Random

import trio
import trio.testing
from msgspec import Struct

from torture.powerloss.explore import Effort, Explorer, Replay
from torture.powerloss.models import MODELS
from torture.powerloss.story import FOUND, Player, killed, long, pairs_and_triples, singles
from torture.verdict import Scale, Verdict, Violation

CLAIM = "nothing acknowledged is lost or torn when the power goes"
FULL = Effort(images=(24, 4, 3, 2), again_images=6, again_share=0.02)
QUICK = Effort(images=(5, 4, 3, 2), again_images=4, again_share=0.01)
QUICK_SHARE = 0.1  # up to this share of the stories, fewer images of each are enough
LONG_STORIES = 400
KILLS_OF_EACH = 30
_CHUNK = 40


class Part(Struct, frozen=True):
    """What one process found in some of the stories."""

    stories: int
    states: int
    digests: set[bytes]
    violations: tuple[Violation, ...]


def stories(scale: Scale) -> list[str]:
    """Every command alone, stories that once found something, and a share of all others: the same
    for the same seed."""
    rest = list(pairs_and_triples()) + list(killed(KILLS_OF_EACH))
    Random(scale.seed).shuffle(rest)
    some = rest[: scale.of(len(rest))]
    return [*singles(), *FOUND, *some, *long(scale.seed, scale.of(LONG_STORIES))]


def run(scale: Scale) -> Verdict:
    """That share of all stories, lost at each of their points."""
    effort = QUICK if scale.share <= QUICK_SHARE else FULL
    return verdict_on(stories(scale), effort, scale)


def verdict_on(labels: list[str], effort: Effort, scale: Scale) -> Verdict:
    """What came of these stories."""
    parts = list(_parts(labels, effort, scale))
    violations = tuple(chain.from_iterable(part.violations for part in parts))
    images = set().union(*(part.digests for part in parts))
    return Verdict(
        "powerloss",
        CLAIM,
        ran=sum(part.states for part in parts),
        unit="states",
        violations=violations,
        facts={
            "distinct images": f"{len(images):,}",
            "sequences": f"{sum(part.stories for part in parts):,}",
            "models": str(len(MODELS)),
            "torn": str(sum("torn" in violation.what for violation in violations)),
            "acknowledged lost": str(sum("lost" in violation.what for violation in violations)),
        },
    )


def _parts(labels: list[str], effort: Effort, scale: Scale) -> Iterator[Part]:
    if scale.processes == 1:
        yield explored(labels, effort, scale.seed)
        return
    chunks = [labels[at : at + _CHUNK] for at in range(0, len(labels), _CHUNK)]
    with ProcessPoolExecutor(scale.processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(explored, chunks, [effort] * len(chunks), [scale.seed] * len(chunks))


def explored(labels: list[str], effort: Effort, seed: int) -> Part:
    """Play and explore these, in this process."""
    clock = trio.testing.MockClock()
    return trio.run(_explored, labels, effort, seed, clock, clock=clock)


async def _explored(
    labels: list[str], effort: Effort, seed: int, clock: trio.testing.MockClock
) -> Part:
    player, explorer = Player(clock), Explorer(effort, seed)
    played = 0
    for label in labels:
        try:
            segments = await player.play(label)
        except Exception as error:  # noqa: BLE001 - a store that refuses its part is a finding too
            said = f"during the story: {type(error).__name__}: {error}"
            explorer.violations.append(Violation(said, Replay(label, 0, seed, 0).story))
            continue
        played += bool(segments)
        await explorer.explore(label, segments)
    return Part(played, explorer.states, explorer.digests, tuple(explorer.violations))
