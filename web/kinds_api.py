"""`GET /api/kinds`: the kinds of jobs that this server does, and their forms (JSON Schema).

House-wide: it tells nothing of any desk, and no secret. The forms of the page are made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from quart import Response

from actors.ports import ExecutorSpec
from actors.ports.forms import Form, Formed, Repeatable
from web.access import Access
from web.http import json_answer
from web.routes import Route


class Lack(Struct, frozen=True):
    """What a kind needs that this server has not got; `partly`: some of its jobs can be done."""

    reason: str
    partly: bool = False


class KindEntry(Struct, frozen=True):
    """A kind of job. `spec` and `item` are JSON Schema of what its jobs and their items may say;
    null where the kind does not tell. `files` are the endings of files whose rows are items.
    `lacks` says what keeps its jobs from being done here; `partly`, some of them. `title` and
    `help` are the words of a kind that another `package` brings. `again`: its jobs can be read
    back."""

    kind: str
    package: str
    title: str
    help: str
    spec: dict[str, Any] | None
    item: dict[str, Any] | None
    files: list[str]
    price_tokens: int
    lacks: str | None
    partly: bool
    again: bool


class KindsAnswer(Struct, frozen=True):
    """All kinds of jobs, ours first; and how many items a job may have."""

    kinds: list[KindEntry]
    max_items: int


class KindsApi:
    """The handler. What kinds say of themselves is asked once, when it is built."""

    def __init__(
        self,
        executors: Mapping[str, ExecutorSpec],
        forms: Mapping[str, Form],
        packages: Mapping[str, str],
        lacks: Callable[[], Mapping[str, Lack]],
        prices: Callable[[str, int], int],
        max_items: int,
    ) -> None:
        self._executors = executors
        self._forms = forms
        self._packages = packages
        self._lacks = lacks
        self._prices = prices
        self._max_items = max_items

    def routes(self) -> list[Route]:
        return [
            Route(
                method="GET",
                rule="/api/kinds",
                name="list_kinds",
                access=Access.PUBLIC,
                handler=self.kinds,
                summary="The kinds of jobs that there are, and what may be asked of them",
                answer=KindsAnswer,
            )
        ]

    async def kinds(self) -> Response:
        return json_answer(self.answer())

    def answer(self) -> KindsAnswer:
        """What is told now: what the machine lacks may have come."""
        lacks = self._lacks()
        found = [self._entry(kind, lacks.get(kind)) for kind in self._executors]
        return KindsAnswer(found, self._max_items)

    def _entry(self, kind: str, lack: Lack | None) -> KindEntry:
        form = self._forms.get(kind)
        return KindEntry(
            kind=kind,
            package=self._packages.get(kind, ""),
            title="" if form is None else form.title,
            help="" if form is None else form.help,
            spec=None if form is None else form.spec,
            item=None if form is None else form.item,
            files=[] if form is None else [*form.files],
            price_tokens=self._prices(kind, 1),
            lacks=None if lack is None else lack.reason,
            partly=lack is not None and lack.partly,
            again=isinstance(self._executors[kind], Repeatable),
        )


def forms_of(executors: Mapping[str, ExecutorSpec], limits: Any) -> dict[str, Form]:
    """Of the kinds that describe themselves, by kind."""
    return {
        kind: executor.form(limits)
        for kind, executor in executors.items()
        if isinstance(executor, Formed)
    }
