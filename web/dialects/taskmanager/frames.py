"""What happens on a desk, in the messages of this dialect's socket. Pure; called by `feeds`.

Two vocabularies, and every client ignores the other: the document's `task_status` and `task_log`,
flat, and the pages' `task_update`, `log_message` and `global_log`, below `data`. What is flat is
below `data` as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import orjson
from msgspec import Struct

from state.model import LogLine
from web.dialects.taskmanager.task_schemas import ManagerTask
from web.sending import Step, make_step

Frame = dict[str, Any]

# What the updates of a task leave out: it is long, changes never, or is told once.
_LONG = frozenset({"config", "config_id", "result"})


class ServerClock(Struct, frozen=True):
    """Tells times as the lines of a log have them, where the server is."""

    zone: ZoneInfo

    def text(self, at: float) -> str:
        """`2026-11-23 01:30:05`"""
        return f"{datetime.fromtimestamp(at, self.zone):%Y-%m-%d %H:%M:%S}"


def encode(frames: Iterable[Frame]) -> Step | None:
    """None where there is nothing to tell."""
    texts = tuple(orjson.dumps(frame).decode() for frame in frames)
    return make_step(texts) if texts else None


def welcome(message: str, time: str) -> Frame:
    """The first message."""
    return {"type": "welcome", "message": message, "data": {"message": message, "time": time}}


def error(code: str, message: str, task_id: str | None = None) -> Frame:
    """Something is wrong, and the socket goes on."""
    told: Frame = {"code": code, "message": message}
    if task_id is not None:
        told["task_id"] = task_id
    return {"type": "error", **told, "data": told}


def following(kind: str, task_id: str | None) -> Frame:
    """What is followed from now on: one task more, one less, or all of them."""
    told: Frame = {} if task_id is None else {"task_id": task_id}
    return {"type": kind, **told, "data": told}


def state_frames(task: ManagerTask, time: str, *, with_result: bool) -> Iterator[Frame]:
    """How a task stands. Pages tell their user of a result each time that they get it."""
    told: Frame = {
        name: value
        for name, value in msgspec.structs.asdict(task).items()
        if name not in _LONG and value is not msgspec.UNSET
    }
    if with_result:
        told["result"] = task.result
    yield {"type": "task_update", "task_id": task.task_id, "data": {**told, "time": time}}
    status = {"task_id": task.task_id, "status": task.status, "progress": task.progress}
    yield {"type": "task_status", **status, "data": status}


def line_frames(task_id: str, lines: Sequence[LogLine], clock: ServerClock) -> Iterator[Frame]:
    """Lines of a task's log, each in both vocabularies."""
    # Many lines have the same second.
    second, time = -1, ""
    for line in lines:
        if int(line.at) != second:
            second, time = int(line.at), clock.text(line.at)
        told: Frame = {
            "task_id": task_id,
            "level": line.level,
            "message": line.message,
            "time": time,
        }
        if line.index is not None:
            told["index"] = line.index
        yield {"type": "log_message", "data": told}
        yield {"type": "task_log", **told, "data": told}


def desk_line(level: str, message: str, time: str) -> Frame:
    """A line of the desk, which belongs to no one task."""
    told = {"level": level, "message": message, "time": time}
    return {"type": "global_log", **told, "data": told}
