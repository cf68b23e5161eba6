"""What of the library a command means: by its id, or, where none has that, by its name.

Used by the commands of all that it keeps, and by those of `submit` that name some of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Protocol

from nightdesk.cli.terminal import clean
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words


class Named(Protocol):
    """Something of the library."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


def called(kept: Sequence[Named], word: str, words: Words) -> str | None:
    """The id of the one that is called that; None where there is none. A name is also meant without
    its ending (`people` of `people.xlsx`). Raises UsageError where several have the name."""
    if any(one.id == word for one in kept):
        return word
    named = [one for one in kept if one.name == word]
    named = named or [one for one in kept if PurePath(one.name).stem == word]
    if len(named) > 1:
        ids = ", ".join(clean(one.id) for one in named)
        raise UsageError(words("library.several", name=clean(word), ids=ids))
    return named[0].id if named else None
