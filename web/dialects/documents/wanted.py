"""What a client wants of a task, read and not yet checked by the plan of its job. Pure values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct


class Wanted(Struct, frozen=True, kw_only=True):
    """A task that was read. `spec` is that of its job, with ids where its templates will be;
    `rows` are inline, None where its data source has them. `written` says how the client calls the
    spec's fields, `ignored` what it has sent that nobody knows. `start`: family C starts by itself.
    """

    spec: Mapping[str, Any]
    rows: Sequence[Any] | None = None
    name: Any = ""
    written: Mapping[str, str] = {}
    ignored: tuple[str, ...] = ()
    zip_name: str = ""
    notify: str = ""
    start: bool = False

    @property
    def templates(self) -> list[str]:
        """Their ids."""
        found: list[str] = self.spec["templates"]
        return found

    @property
    def data_source(self) -> str | None:
        """Its id, where the rows are its own."""
        found: str | None = self.spec.get("data_source")
        return found if self.rows is None else None
