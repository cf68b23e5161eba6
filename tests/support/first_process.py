"""A program that is process 1 of a container: its worker is killed, and it prints which processes
are left in the container, its own aside."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import trio

from tests.support.kept import Kept


async def main(folder: Path) -> None:
    kept = Kept(folder)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(kept.crew.run)
        async with kept.attach() as attachment:
            started = await kept.started(attachment)
            os.kill(kept.worker, signal.SIGKILL)
            await kept.heard.wait_said("worker_died")
        others = [name for name in os.listdir("/proc") if name.isdigit() and int(name) != 1]
        sys.stdout.write(f"{os.getpid()}: {len(started)} started, left: {others}\n")
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]))
