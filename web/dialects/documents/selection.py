"""What a socket of this dialect wants to be told, as its messages say. Pure; used by `talk`.

Changes of a task's status are told to whoever follows it, whatever they named: who asks for the
progress of a task would wait for its end for ever. Channels choose what comes besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from web.http import invalid
from web.validate import Errors, field_error

PROGRESS, BY_TEMPLATE = "task_progress", "generation_status"
BESIDES = frozenset({PROGRESS, BY_TEMPLATE})
# Channels that are called as the messages are; by any other name all of them are meant.
_EVENTS = BESIDES | {
    *("task_started", "task_completed", "task_failed", "task_paused", "task_cancelled", "error"),
}
_TASK = "task:"
# In the place of a task's id: whatever tasks there are.
ALL = ""

MAX_CHANNELS = 64
MAX_FOLLOWED = 64
_MAX_CHARS = 200


class Asked(Struct, frozen=True):
    """One subscription, or its end: the `channels` as they were named, the tasks (`ALL` among them)
    and what is wanted of them besides. `named` says that channels were called as messages are."""

    channels: tuple[str, ...]
    tasks: tuple[str, ...]
    besides: frozenset[str]
    named: bool


class Selection(Struct, frozen=True):
    """What is wanted besides changes of status, by task."""

    followed: Mapping[str, frozenset[str]] = {}

    @property
    def key(self) -> frozenset[tuple[str, frozenset[str]]]:
        """The same for all who want the same."""
        return frozenset(self.followed.items())

    def besides(self, task: str) -> frozenset[str] | None:
        """What is wanted of a task; None: it is not followed."""
        own, all_ = self.followed.get(task), self.followed.get(ALL)
        if own is None or all_ is None:
            return all_ if own is None else own
        return own | all_

    def only(self, tasks: tuple[str, ...]) -> Selection:
        """Of those tasks alone."""
        return Selection({task: self.followed[task] for task in tasks})

    def with_more(self, asked: Asked) -> Selection:
        """Raises WebError where that is too much for one socket."""
        more = {task: asked.besides | self.followed.get(task, set()) for task in asked.tasks}
        followed = {**self.followed, **more}
        if len(followed) > MAX_FOLLOWED:
            reason = f"a socket follows at most {MAX_FOLLOWED} tasks; without a task it follows all"
            raise invalid([field_error("filters.taskId", reason)])
        return Selection(followed)

    def without(self, asked: Asked) -> Selection:
        """Who wants nothing of a task any more does not follow it."""
        if asked.tasks == (ALL,) and not asked.named:
            return Selection()
        followed = dict(self.followed)
        for task in asked.tasks:
            left = followed.pop(task, frozenset()) - asked.besides
            if asked.named and left:
                followed[task] = left
        return Selection(followed)


def read_asked(message: Mapping[str, Any]) -> Asked:
    """Raises WebError with all that is wrong."""
    errors: Errors = []
    channels = _channels(message, errors)
    tasks = [channel.removeprefix(_TASK) for channel in channels if channel.startswith(_TASK)]
    tasks += _filtered(message.get("filters"), errors)
    if errors:
        raise invalid(errors)
    events = _EVENTS.intersection(channels)
    besides = BESIDES & events if events else BESIDES
    return Asked(tuple(channels), tuple(dict.fromkeys(tasks)) or (ALL,), besides, bool(events))


def _channels(message: Mapping[str, Any], errors: Errors) -> list[str]:
    field = "channels" if "channels" in message else "channel"
    named = message.get(field)
    channels = [] if named is None else named if isinstance(named, list) else [named]
    if len(channels) > MAX_CHANNELS or not all(map(_is_name, channels)):
        errors.append(field_error(field, f"must be names of at most {MAX_CHANNELS} channels"))
        return []
    return channels


def _filtered(filters: Any, errors: Errors) -> list[str]:
    if filters is None:
        return []
    if not isinstance(filters, Mapping):
        errors.append(field_error("filters", "must be an object"))
        return []
    task = filters.get("taskId")
    if task is None:
        return []
    if not _is_name(task):
        errors.append(field_error("filters.taskId", "must be the id of a task"))
        return []
    return [task]


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_CHARS
