"""What the older pages send: JSON, or nothing under a JSON content type. Used by the handlers.

Fields that are not known are passed over, since these pages send more than we need; a known one of
a wrong type is refused.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from web.dialects.background.refusals import Refused
from web.dialects.background.texts import (
    CHOSEN_TWICE,
    NO_BOOLEAN,
    NO_INDICES,
    NO_LIST,
    NO_OBJECT,
    NO_SUCH_TASK,
    NO_TASKS,
    NOTHING_CHOSEN,
)
from web.http import body, client_network, require_json_type
from web.journeys import Choice
from web.strict_json import loads
from web.threads import LARGE_BODY_BYTES, Threads


async def read_json(threads: Threads, max_depth: int) -> Any:
    """The body; None where it is empty. Raises InvalidJson or WebError."""
    data = await body()
    if not data.strip():
        return None
    require_json_type()
    parse = partial(loads, data, max_depth=max_depth)
    return await threads.run(parse, large=len(data) > LARGE_BODY_BYTES, whose=client_network())


def object_of(value: Any) -> dict[str, Any]:
    """Nothing is an empty one, and so is the empty list that these pages send for "no arguments".
    Raises Refused."""
    if value is None or value == []:
        return {}
    if isinstance(value, dict):
        return value
    raise Refused("invalid_request", "invalid_request", NO_OBJECT)


def list_of(value: Any) -> list[Any]:
    """A list of tasks, alone or under its name. Raises Refused."""
    tasks = value.get("tasks") if isinstance(value, dict) else value
    if isinstance(tasks, list):
        return tasks
    raise Refused("invalid_request", "invalid_request", NO_LIST)


def choice_of(fields: dict[str, Any], count: int) -> Choice:
    """Which of the desk's `count` tasks are to be run, and how. Raises Refused."""
    indices = fields.get("task_indices")
    if indices is None or indices == []:
        raise Refused("invalid_request", "nothing_chosen", NOTHING_CHOSEN)
    if not isinstance(indices, list) or any(type(index) is not int for index in indices):
        raise Refused("invalid_request", "invalid_indices", NO_INDICES)
    if count == 0:
        raise Refused("invalid_request", "no_tasks", NO_TASKS)
    _check(indices, count)
    return Choice(
        indices=tuple(indices),
        auto_generate=_boolean(fields, "auto_generate", default=False),
        ignore_completed=_boolean(fields, "ignore_completed", default=True),
    )


def _check(indices: list[int], count: int) -> None:
    seen: set[int] = set()
    for index in indices:
        if not 0 <= index < count:
            values = {"index": index, "count": count}
            raise Refused("invalid_request", "invalid_indices", NO_SUCH_TASK, **values)
        if index in seen:
            raise Refused("invalid_request", "invalid_indices", CHOSEN_TWICE, index=index)
        seen.add(index)


def _boolean(fields: dict[str, Any], name: str, *, default: bool) -> bool:
    value = fields.get(name)
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    raise Refused("invalid_request", "invalid_request", NO_BOOLEAN, field=name)
