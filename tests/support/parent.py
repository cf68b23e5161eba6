"""A small server that a test kills: one worker at work, and a child of that worker. Prints both."""

from __future__ import annotations

import sys

import trio

from tests.support.houses import Processes
from tests.support.leasing import Hand, brief, leased


async def main() -> None:
    house = Processes()
    async with trio.open_nursery() as nursery:
        await nursery.start(house.workers.run)
        async with house.workers.attach(brief()) as attachment:
            hand = await Hand(attachment).work([leased(0, {"do": "child"})])
            (worker,) = house.workers.worker_pids()
            sys.stdout.write(f"{worker} {hand.results()[0]['pid']}\n")
            sys.stdout.flush()
            await trio.sleep_forever()


if __name__ == "__main__":
    trio.run(main)
