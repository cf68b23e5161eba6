"""A small server that a test kills: its jailed worker is stuck in an item. Prints its pid."""

from __future__ import annotations

import sys
from pathlib import Path

import trio

from tests.support.jails import Prison
from tests.support.leasing import Hand, brief, lease_all, leased


async def main() -> None:
    prison = Prison(Path(sys.argv[1]), cpu_item_s=600.0)
    async with trio.open_nursery() as nursery:
        await nursery.start(prison.run)
        async with prison.pools.attach(brief(kind="inmate", pool="cpu")) as attachment:
            await Hand(attachment).work([leased(0, {"do": "leave"})])
            await lease_all(attachment, [leased(1, {"do": "leave_and_sleep"})])
            (worker,) = prison.pools.worker_pids()
            await prison.heard.wait_said("worker_output")
            sys.stdout.write(f"{worker}\n")
            sys.stdout.flush()
            await trio.sleep_forever()


if __name__ == "__main__":
    trio.run(main)
