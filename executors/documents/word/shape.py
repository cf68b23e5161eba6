"""Whether whatever a template makes is sound, known from the template alone. Pure.

docxtpl parses every part that it has rendered, to mend what a template may have broken: elements
that do not close, tables with more or fewer cells than columns. `is_sound` follows the elements of
a part through all branches of its template; where each leaves open what it found open, and each
table keeps its columns, there is nothing to mend and nothing to parse. Used by
`executors.documents.word.document`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from jinja2 import nodes
from msgspec import Struct

# Where a value goes: no character of any name, so that only text and attributes may have it.
T = TypeVar("T")

_VALUE = "\ue000"
_TAG = re.compile(
    r"""<(?P<close>/?)(?P<name>[\w:.-]+)
        (?P<attributes>(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(?P<empty>/?)>
        |<\?[^>]*\?>""",
    re.VERBOSE,
)
_SPAN = re.compile(r"""w:val=["'](\d{1,4})["']""")
_STRUCTURE = frozenset({"w:tbl", "w:tr", "w:tc", "w:gridCol", "w:gridSpan"})


class Unsound(Exception):
    """What comes of the part cannot be known."""


class Table(Struct):
    """A table that is open. `widest` is the span of the widest row that is always there. Written by
    the `_Walk` that found it."""

    depth: int
    columns: int = 0
    widest: int = 0


class Row(Struct):
    """A row that is open. Written by the `_Walk` that found it."""

    depth: int
    cells: int = 0
    span: int = 0


def is_sound(tree: nodes.Template, *, tables: bool) -> bool:
    """`tables`: whether docxtpl looks at the tables of this part."""
    try:
        walk = _Walk(tables=tables)
        walk.block(tree.body)
    except Unsound:
        return False
    return not walk.open


class _Walk:
    """One way through a part, every branch taken once. Written by its methods."""

    def __init__(self, *, tables: bool) -> None:
        self.open: list[str] = []
        self._tables_matter = tables
        self._tables: list[Table] = []
        self._rows: list[Row] = []
        # How many statements are around the place.
        self._depth = 0

    def block(self, body: Iterable[nodes.Node]) -> None:
        texts: list[str] = []
        for node in body:
            if isinstance(node, nodes.Output):
                texts += [
                    part.data if isinstance(part, nodes.TemplateData) else _VALUE
                    for part in node.nodes
                ]
                continue
            self._text("".join(texts))
            texts = []
            self._statement(node)
        self._text("".join(texts))

    def _statement(self, node: nodes.Node) -> None:
        match node:
            case nodes.If():
                self._branch(node.body)
                self._branch(node.elif_)
                self._branch(node.else_)
            case nodes.For():
                self._branch(node.body)
                self._branch(node.else_)
            case nodes.With():
                self._branch(node.body)
            case nodes.Assign():
                return
            case _:
                # What is set or filtered as a block may be put anywhere, or changed.
                raise Unsound

    def _branch(self, body: Iterable[nodes.Node]) -> None:
        before = list(self.open)
        self._depth += 1
        self.block(body)
        self._depth -= 1
        if self.open != before:
            raise Unsound

    def _text(self, text: str) -> None:
        at = 0
        for tag in _TAG.finditer(text):
            _check_plain(text, at, tag.start())
            at = tag.end()
            if tag["name"]:
                self._tag(tag)
        _check_plain(text, at, len(text))

    def _tag(self, tag: re.Match[str]) -> None:
        name = tag["name"]
        if tag["close"]:
            if not self.open or self.open.pop() != name:
                raise Unsound
            if self._tables_matter and name in _STRUCTURE:
                self._closed(name)
            return
        if self._tables_matter and name in _STRUCTURE:
            self._opened(name, tag["attributes"])
            if tag["empty"]:
                self._closed(name)
        if not tag["empty"]:
            self.open.append(name)

    def _opened(self, name: str, attributes: str) -> None:
        match name:
            case "w:tbl":
                self._tables.append(Table(self._depth))
            case "w:tr":
                self._rows.append(Row(self._depth))
            case "w:gridCol":
                # What a table once was (its `tblGridChange`) has some too.
                if self.open[-2:] == ["w:tbl", "w:tblGrid"]:
                    self._here(self._tables).columns += 1
            case "w:tc":
                row = self._here(self._rows)
                # Cells within something else (a control) are not those that docxtpl counts.
                if row.depth != self._depth or self.open[-1] != "w:tr":
                    raise Unsound
                row.cells += 1
                row.span += 1
            case _:
                span = _SPAN.search(attributes)
                if span is None:
                    raise Unsound
                self._here(self._rows).span += int(span[1]) - 1

    def _closed(self, name: str) -> None:
        if name == "w:tr":
            self._end_row(self._rows.pop())
        elif name == "w:tbl":
            table = self._tables.pop()
            if table.depth != self._depth or table.widest < table.columns:
                raise Unsound

    def _end_row(self, row: Row) -> None:
        """To docxtpl the rows of a table in a cell are rows of the table around it as well."""
        for table in self._tables:
            if row.depth != self._depth or row.cells > table.columns:
                raise Unsound
            if row.depth == table.depth:
                table.widest = max(table.widest, row.span)

    def _here(self, things: list[T]) -> T:
        if not things:
            raise Unsound
        return things[-1]


def _check_plain(text: str, start: int, end: int) -> None:
    if text.find("<", start, end) >= 0 or text.find(">", start, end) >= 0:
        raise Unsound
