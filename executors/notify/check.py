"""Says what is wrong with an operator's targets: `python -m executors.notify.check`.

A program of its own, which `nightdesk serve` runs at its start, so that the services' modules are
in no process that stays. Reads a JSON list of targets; writes one of reasons, null for a good one.
"""

from __future__ import annotations

import sys

import msgspec

from executors.notify.targets import opened, silence


def main() -> None:
    silence()
    targets = msgspec.json.decode(sys.stdin.buffer.read(), type=list[str])
    sys.stdout.buffer.write(msgspec.json.encode([reason_against(target) for target in targets]))


def reason_against(target: str) -> str | None:
    try:
        opened(target)
    except ValueError as error:
        return str(error)
    return None


if __name__ == "__main__":
    main()
