"""Reads what the server left on disk, with nothing of its own code: plain JSON, line by line.

Used by `nightdesk.crashtest.aftermath`.
"""

from __future__ import annotations

import json
from pathlib import Path

from msgspec import Struct

from nightdesk.crashtest.history import Line, Shown, shown_of

# Lines that are no ending of their item.
_NO_ENDINGS = ("lost", "spent")


class KeptJob(Struct, frozen=True):
    """A job as its desk's file has it."""

    run: int
    shown: Shown


class DataFolder:
    """The server's folder; it may be at work there: files are replaced whole."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def desk_bytes(self, key: str) -> bytes:
        return (self._root / "sessions" / f"{key}.json").read_bytes()

    def jobs(self, key: str) -> dict[str, KeptJob]:
        """By id."""
        desk = json.loads(self.desk_bytes(key))["desk"]
        return {job_id: KeptJob(job["run"], shown_of(job)) for job_id, job in desk["jobs"].items()}

    def lines(self, key: str, job_id: str) -> tuple[Line, ...]:
        """The endings of a job, in order. A last line without its end is none yet."""
        path = self._root / "files" / key / job_id / "outcomes.jsonl"
        if not path.exists():
            return ()
        whole = path.read_bytes().rpartition(b"\n")[0]
        read = [json.loads(line) for line in whole.splitlines()]
        return tuple(
            Line(x["index"], x["run"], x["status"]) for x in read if x["status"] not in _NO_ENDINGS
        )
