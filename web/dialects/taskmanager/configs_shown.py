"""What a task was asked for, as it is shown: in the words of who asked, without what is secret.

Pure. Used by `view`. What a request says that the job's spec does not is in its memo, written when
it is made (`creating`).
"""

from __future__ import annotations

from typing import Any

import msgspec

from state.model import Job

DIALECT = "taskmanager"
# In the place of what is secret.
MASK = "******"
# Of the memo: what was asked for, and the saved config that it began with.
CONFIG, CONFIG_ID, NAMED = "config", "config_id", "named"

# How a source is asked is its recipe's affair, and long.
_NOT_SHOWN = frozenset({"recipe"})


def config_of(job: Job) -> dict[str, Any]:
    """Its spec, and over that what the request said in words of its own."""
    said = job.memo.get(CONFIG) if job.memo.get("dialect") == DIALECT else None
    return {**_shown(job.spec), **(said or {})}


def config_text(job: Job) -> str:
    """The same as pages read it: JSON text."""
    return msgspec.json.encode(config_of(job)).decode()


def _shown(value: Any) -> Any:
    match value:
        case {"secret": str(), **rest} if not rest:
            return MASK
        case dict():
            return {key: _shown(each) for key, each in value.items() if key not in _NOT_SHOWN}
        case list() | tuple():
            return [_shown(each) for each in value]
        case _:
            return value
