"""The fields of a client's body, in either spelling, with all that is wrong with them. Pure.

`Fields` takes what the dialect knows of one object; what is left when it is `done` is unknown and
named as such, or told by `unknown`. What a setting may be is for the executor's own plan to say:
here it is only passed on under the name that the executor has for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import UNSET

from executors.problems import Reason
from web.validate import MAX_NAME_SHOWN_CHARS, MAX_UNKNOWN_LISTED, Errors, field_error


def both(snake: str) -> tuple[str, ...]:
    """`task_id` and `taskId`."""
    first, *rest = snake.split("_")
    camel = first + "".join(word.capitalize() for word in rest)
    return (snake,) if camel == snake else (snake, camel)


class Fields:
    """One object of a request. Used up by the one function that reads it."""

    def __init__(self, value: Mapping[str, Any], errors: Errors, where: str = "") -> None:
        self._left = dict(value)
        self._errors = errors
        self._where = where
        # Name here -> as the client wrote it, for whoever finds fault with it later.
        self.written: dict[str, str] = {}

    @property
    def faults(self) -> int:
        """How many there are so far."""
        return len(self._errors)

    def take(self, *names: str, default: Any = UNSET) -> Any:
        """The value under the first of the names that is there; null counts as absent. Two
        spellings with two values are a fault."""
        found = [(name, self._left.pop(name)) for name in names if name in self._left]
        said = [(name, value) for name, value in found if value is not None]
        if not said:
            return default
        self.written[names[0]] = self._where + said[0][0]
        if any(value != said[0][1] for _, value in said):
            reason = f"says something else than {said[0][0]}"
            self._errors.append(field_error(self._where + said[1][0], reason))
        return said[0][1]

    def checked(self, *names: str, rule: Callable[[Any], Reason], default: Any = UNSET) -> Any:
        """The same for what the dialect has a rule for; the default where it is broken."""
        value = self.take(*names)
        if value is UNSET:
            return default
        reason = rule(value)
        if reason is None:
            return value
        self.wrong(names[0], reason)
        return default

    def drop(self, *names: str) -> None:
        """Fields that clients send along and that say nothing here."""
        for name in names:
            self._left.pop(name, None)

    def called(self, name: str) -> str:
        """How the client writes it, or would."""
        return self.written.get(name, self._where + name)

    def wrong(self, name: str, reason: str) -> None:
        self._errors.append(field_error(self.called(name), reason))

    def unknown(self) -> list[str]:
        """What nobody took, for dialects that let it pass and say so."""
        names = list(self._left)
        told = [self._where + name[:MAX_NAME_SHOWN_CHARS] for name in names[:MAX_UNKNOWN_LISTED]]
        more = len(names) - len(told)
        return [*told, f"{self._where}… (+{more:,})"] if more else told

    def done(self, reason: Callable[[str], str]) -> None:
        """Name what nobody took; `reason` says why it is refused."""
        unknown = list(self._left)
        for name in unknown[:MAX_UNKNOWN_LISTED]:
            shown = name[:MAX_NAME_SHOWN_CHARS]
            self._errors.append(field_error(self._where + shown, reason(name)))
        if len(unknown) > MAX_UNKNOWN_LISTED:
            self._errors.append(field_error(self._where, f"{len(unknown):,} unknown fields in all"))
