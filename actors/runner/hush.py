"""Takes a job's secrets out of what its workers say of it, before anything is kept or shown.

An error may quote what was sent: a header that a library found illegal, a proxy's address. Pure;
used by `actors.runner.intake`. What a remote server answered is data, and stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from actors.ports import (
    ItemDeferred,
    ItemEnded,
    ItemProgress,
    JobBroken,
    WorkerEvent,
    WorkerLog,
)
from state.text import KnownSecrets


class Hush:
    """The secrets of one job, and their removal from its events."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._known = KnownSecrets(secrets)

    def __call__(self, event: WorkerEvent) -> WorkerEvent:
        if not self._known:
            return event
        match event:
            case ItemEnded(error=str(text)) | ItemDeferred(error=str(text)) | JobBroken(error=text):
                return replace(event, error=self._known.hidden(text))
            case WorkerLog():
                return replace(event, message=self._known.hidden(event.message))
            case ItemProgress():
                return replace(event, stage=self._known.hidden(event.stage))
            case _:
                return event
