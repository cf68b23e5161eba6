"""A task as somebody wants it: read from a request, not yet planned. Made by the parts of the
dialect that read bodies, used by `service`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from web.dialects.taskmanager.task_schemas import Type
from web.validate import Errors

# From a stored spec to what is wrong with it.
Refusal = Callable[[Mapping[str, Any]], Errors]


class Wanted(Struct, frozen=True, kw_only=True):
    """`items` is None where they come from somewhere that `spec` names. `written` are the client's
    own names: field of the spec -> as it was written; `item` is what it calls the one thing that
    its items are made of. `shown` is what of the request is shown besides the spec, `config_id` the
    saved config that it began with. `name` is the client's, unchecked; `title` what the task is
    called where there is none. `refused` says what is wrong with the spec once it is planned.
    `lane` is another than that of its type.
    """

    type: Type
    spec: Mapping[str, Any]
    items: list[Any] | None
    name: Any = ""
    title: str = ""
    written: Mapping[str, str] = {}
    item: str = ""
    shown: Mapping[str, Any] = {}
    config_id: str = ""
    refused: Refusal | None = None
    lane: str = ""
