"""`python -m torture.powerloss --sequence LABEL [--at PLACE]`: one story again, or one state of it.

Shows what a report of the experiment was about: every broken promise, or that there is none.
"""

from __future__ import annotations

import argparse
import sys

import trio
import trio.testing

from torture.powerloss.experiment import FULL, explored
from torture.powerloss.explore import (
    Place,
    Replay,
    judged,
    start_to_explore,
    started,
    survivors,
)
from torture.powerloss.platter import Image
from torture.powerloss.promises import Promises
from torture.powerloss.story import Player, Segment


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m torture.powerloss")
    parser.add_argument("--sequence", required=True, help="for example busy:create,start")
    parser.add_argument("--segment", type=int, default=0, help="after how many losses in the story")
    parser.add_argument("--at", type=place, help="POINT.MODEL.NUMBER; all without one")
    parser.add_argument("--then", type=place, help="and again, during the start on that")
    parser.add_argument("--images", type=int, help="of each crash point and model")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def place(text: str) -> Place:
    point, model, number = text.split(".")
    return Place(int(point), model, int(number))


async def state(given: argparse.Namespace, clock: trio.testing.MockClock) -> list[str]:
    """What is wrong with that one state; prints what is on the disk."""
    segment = (await Player(clock).play(given.sequence))[given.segment]
    images = given.images or FULL.images_of(given.sequence)
    replay = Replay(given.sequence, given.segment, given.seed, images)
    image, promises = chosen(segment, replay, given.at, images)
    if given.then is not None:
        again = await start_to_explore(image, promises)
        image, promises = chosen(again, replay.then(given.at), given.then, FULL.again_images)
    for path, content in sorted(image.items()):
        print(f"{path}/" if content is None else f"{path}: {content[:200]!r}")
    return list(judged(promises, await started(image, promises)))


def chosen(segment: Segment, replay: Replay, at: Place, most: int) -> tuple[Image, Promises]:
    """The image of that place. Raises SystemExit where there is none."""
    for event in segment.events[max(0, at.point - 5) : at.point]:
        print(f"  ... {event}")
    for found, image in survivors(segment, replay.seed_text, most):
        if found == at:
            return image, segment.timeline.at(at.point)
    raise SystemExit(f"there is no {at}")


def main() -> int:
    given = arguments()
    if given.at is not None:
        clock = trio.testing.MockClock()
        wrong = trio.run(state, given, clock, clock=clock)
    else:
        part = explored([given.sequence], FULL, given.seed)
        wrong = [f"{found.what}\n  again: {found.replay}" for found in part.violations]
        print(f"{part.states} states, {len(part.digests)} distinct images")
    print("\n".join(wrong) or "every promise is kept")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
