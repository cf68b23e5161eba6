"""The speed tables: `bench/run.py [TABLE ...] [--quick]`, or `make bench`.

Prints markdown on stdout, what it is doing on stderr. Every table runs the peers on the same work,
on the same machine, in the same run; docs/benchmarks.md says what each one measures and does not.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable

from kit.procs import BENCH, PEERS_PYTHON, BenchError
from kit.report import Bench, machine
from tables import (
    agents,
    batchgo,
    commands,
    crawl,
    desks,
    documents,
    feeds,
    fetch,
    hostile,
    loglines,
    responsive,
    saves,
    tagging,
    visits,
)

TABLES: dict[str, tuple[str, Callable[[Bench], str]]] = {
    "fetch": ("Fetching", fetch.run),
    "crawl": ("Crawling", crawl.run),
    "batchgo": ("Tasks of the BatchGo dialect", batchgo.run),
    "documents": ("Documents of a template", documents.run),
    "tag": ("Pictures tagged", tagging.run),
    "agents": ("Tasks of agents", agents.run),
    "responsive": ("The API while 1,000 are in flight", responsive.run),
    "commands": ("Durable commands", commands.run),
    "poll": ("Polling", feeds.poll),
    "stream": ("Delivery to subscribers", feeds.stream),
    "logs": ("Lines of a log into 20 sockets", loglines.run),
    "hostile": ("Commands while hostile peers are at it", hostile.run),
    "desks": ("10,000 desks", desks.run),
    "saves": ("Saving a desk", saves.run),
    "visits": ("Visits in a browser", visits.run),
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("table", nargs="*", help=f"of {', '.join(TABLES)}; all without one")
    parser.add_argument("--quick", action="store_true", help="seconds a table, rougher figures")
    given = parser.parse_args()
    if unknown := [name for name in given.table if name not in TABLES]:
        parser.error(f"no such table: {', '.join(unknown)}; there are {', '.join(TABLES)}")
    return given


def main() -> int:
    given = arguments()
    subprocess.run([BENCH / "setup-peers"], check=True)
    bench = Bench(quick=given.quick, peers_python=PEERS_PYTHON)
    print(f"# Nightdesk, measured{' (quick)' if given.quick else ''}\n\n{machine()}", flush=True)
    broken = 0
    for name in given.table or TABLES:
        title, run = TABLES[name]
        print(f"bench: {name} ...", file=sys.stderr, flush=True)
        try:
            text = run(bench)
        except BenchError as error:
            broken += 1
            text = f"Not measured: {error}"
        print(f"\n## {title}\n\n{text}", flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
