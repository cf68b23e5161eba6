"""What a template gets for a field that its row does not have: `executors.documents.sandbox`.

Conditions and defaults may ask for it freely; printing it, or going through it, is where the two
kinds part.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

from jinja2 import Undefined, UndefinedError


class MissingField(UndefinedError):
    """The template needs a field that the row has no value for; its text is the field's name."""


class BlankField(Undefined):
    """Prints as nothing, and so does whatever would have been in it."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = None,
        name: str | None = None,
        exc: type[Exception] = UndefinedError,
    ) -> None:
        kind = MissingField if exc is UndefinedError else exc
        super().__init__(hint, obj, name, kind)  # type: ignore[arg-type]

    @property
    def _undefined_message(self) -> str:
        return self._undefined_hint or str(self._undefined_name)

    def __eq__(self, other: object) -> bool:
        """To a template it is what an empty cell is."""
        return other is None or other == "" or isinstance(other, Undefined)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash("")

    def called(self) -> str:
        """What a method of the value would have answered."""
        return ""

    def __html__(self) -> str:
        return str(self)

    def __getattr__(self, name: str) -> Self:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._member(name)

    def __getitem__(self, key: Any) -> Self:  # type: ignore[override]
        return self._member(key)

    def _member(self, name: Any) -> Self:
        if self._undefined_exception is not MissingField:
            self._fail_with_undefined_error()
        return type(self)(name=f"{self._undefined_name}.{name}")


class NeededField(BlankField):
    """Is an error wherever it would show."""

    __slots__ = ()

    def called(self) -> str:
        self._fail_with_undefined_error()

    def __str__(self) -> str:
        self._fail_with_undefined_error()

    def __iter__(self) -> Iterator[Any]:
        self._fail_with_undefined_error()

    def __len__(self) -> int:
        self._fail_with_undefined_error()
