"""Which fields a template asks for, read from its tree. Pure.

`FieldFinder` walks the parts of one template and gathers `Field`s and `Loop`s. Used by
`executors.documents.inspect`. A name that the template sets itself is none of its row's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import nodes
from msgspec.structs import replace

from executors.documents.facts import Field, FieldType, Loop
from executors.documents.names import BUILT_IN
from executors.documents.values import COLUMNS

# What is known at every place: the functions, and what every row has.
_KNOWN = frozenset({"range", "loop", COLUMNS, *BUILT_IN})
_TYPES: Mapping[str, FieldType] = {
    "date": "date",
    "time": "date",
    "number": "number",
    "currency": "number",
    "percent": "number",
    "round": "number",
    "int": "number",
    "float": "number",
    "abs": "number",
    "image": "image",
    "join": "list",
    "section": "list",
}
_SOFT = frozenset({"default", "d", "pick", "section"})
_MAX_FIELDS = 2_000

# A variable of the template: the path in the row that it stands for, None where it is none.
Scope = dict[str, str | None]


class FieldFinder:
    """Written by `read`, once for each part."""

    def __init__(self) -> None:
        self._fields: dict[str, Field] = {}
        self._loops: dict[str, Loop] = {}
        self._where = "body"

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(self._fields.values())

    @property
    def loops(self) -> tuple[Loop, ...]:
        return tuple(self._loops.values())

    def read(self, tree: nodes.Template, where: str) -> None:
        self._where = where
        self._block(tree.body, {}, soft=False)

    def _block(self, body: Iterable[nodes.Node], scope: Scope, *, soft: bool) -> None:
        for node in body:
            self._statement(node, scope, soft=soft)

    def _statement(self, node: nodes.Node, scope: Scope, *, soft: bool) -> None:
        match node:
            case nodes.If():
                self._condition(node, scope, soft=soft)
            case nodes.For():
                self._loop(node, scope, soft=soft)
            case nodes.Assign(target=nodes.Name(name=name)):
                self._expression(node.node, scope, soft=soft)
                scope[name] = None
            case nodes.AssignBlock(target=nodes.Name(name=name)):
                self._block(node.body, scope, soft=soft)
                scope[name] = None
            case nodes.With():
                for value in node.values:
                    self._expression(value, scope, soft=soft)
                self._block(node.body, scope | dict.fromkeys(_names(node.targets)), soft=soft)
            case nodes.FilterBlock():
                self._block(node.body, dict(scope), soft=soft)
            case nodes.Output():
                for part in node.nodes:
                    self._expression(part, scope, soft=soft)

    def _condition(self, node: nodes.If, scope: Scope, *, soft: bool) -> None:
        """What stands in it is asked for only sometimes."""
        self._expression(node.test, scope, soft=True)
        self._block(node.body, dict(scope), soft=True)
        self._block(node.elif_, dict(scope), soft=True)
        self._block(node.else_, dict(scope), soft=True)

    def _loop(self, node: nodes.For, scope: Scope, *, soft: bool) -> None:
        path = self._path(node.iter, scope)
        if path is not None:
            self._add(path, "list", soft=soft or _is_soft(node.iter))
            if "[]" not in path:
                self._loops.setdefault(path, Loop(path, where=(self._where,)))
        else:
            self._expression(node.iter, scope, soft=soft)
        inner = scope | dict.fromkeys(_names([node.target]))
        if isinstance(node.target, nodes.Name) and path is not None:
            inner[node.target.name] = f"{path}[]"
        self._block(node.body, inner, soft=soft)
        self._block(node.else_, dict(scope), soft=True)

    def _expression(
        self, node: nodes.Node, scope: Scope, *, soft: bool, kind: FieldType = "text"
    ) -> None:
        path = self._path(node, scope)
        if path is not None:
            self._add(path, kind, soft=soft)
        elif isinstance(node, nodes.Filter) and node.node is not None:
            self._filter(node, scope, soft=soft)
        elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
            # A method: what it is of is the field.
            for value in (node.node.node, *node.args):
                self._expression(value, scope, soft=soft)
        elif isinstance(node, nodes.Test):
            self._expression(node.node, scope, soft=True)
            for argument in node.args:
                self._expression(argument, scope, soft=soft)
        elif isinstance(node, nodes.CondExpr):
            for part in (node.test, node.expr1, node.expr2):
                if part is not None:
                    self._expression(part, scope, soft=True)
        elif isinstance(node, nodes.And | nodes.Or | nodes.Not):
            for child in node.iter_child_nodes():
                self._expression(child, scope, soft=True)
        else:
            for child in node.iter_child_nodes():
                self._expression(child, scope, soft=soft)

    def _filter(self, node: nodes.Filter, scope: Scope, *, soft: bool) -> None:
        assert node.node is not None
        if node.name == "pick":
            self._picked(node, scope, soft=soft)
            return
        soft = soft or node.name in _SOFT
        self._expression(node.node, scope, soft=soft, kind=_TYPES.get(node.name, "text"))
        for argument in node.args:
            self._expression(argument, scope, soft=soft)

    def _picked(self, node: nodes.Filter, scope: Scope, *, soft: bool) -> None:
        """A field in a section: of its entries, as far as can be known here."""
        match node.node, node.args:
            case nodes.Name(name=name), [nodes.Const(value=str(key)), *_]:
                whole = scope.get(name)
                self._add(f"{whole}.{key}" if whole else key, "text", soft=soft)

    def _path(self, node: nodes.Node, scope: Scope) -> str | None:
        """The column that an expression is, or the member of one; None for anything else."""
        match node:
            case nodes.Name(name=name):
                return scope.get(name, None if name in _KNOWN else name)
            case nodes.Getitem(node=nodes.Name(name=name), arg=nodes.Const(value=str(key))) if (
                name == COLUMNS
            ):
                return key
            case (
                nodes.Getattr(node=inner, attr=name)
                | nodes.Getitem(node=inner, arg=nodes.Const(value=str(name)))
            ):
                outer = self._path(inner, scope)
                return None if outer is None else f"{outer}.{name}"
            case nodes.Filter(name="section", node=inner) if inner is not None:
                return self._path(inner, scope)
            case nodes.Filter(name="pick", node=nodes.Name(name=name), args=args):
                return self._path_of_pick(name, args, scope)
            case _:
                return None

    def _path_of_pick(self, name: str, args: list[Any], scope: Scope) -> str | None:
        whole = scope.get(name)
        match args:
            case [nodes.Const(value=str(key)), *_] if whole:
                return f"{whole}.{key}"
            case _:
                return None

    def _add(self, path: str, kind: FieldType, *, soft: bool) -> None:
        column, inside, member = path.partition("[].")
        if inside:
            self._add_to_loop(column, member)
            return
        path = path.removesuffix("[]")
        known = self._fields.get(path)
        if known is None:
            if len(self._fields) < _MAX_FIELDS:
                raw = f"{{{{ {path} }}}}"
                self._fields[path] = Field(path, raw, kind, not soft, (self._where,))
            return
        self._fields[path] = replace(
            known,
            type=known.type if kind == "text" else kind,
            required=known.required or not soft,
            where=tuple(dict.fromkeys((*known.where, self._where))),
        )

    def _add_to_loop(self, column: str, member: str) -> None:
        loop = self._loops.setdefault(column, Loop(column, where=(self._where,)))
        member = member.replace("[]", "")
        if member not in loop.fields and len(loop.fields) < _MAX_FIELDS:
            self._loops[column] = replace(loop, fields=(*loop.fields, member))


def _names(targets: Iterable[nodes.Node]) -> list[str]:
    return [
        name.name
        for target in targets
        for name in ([target] if isinstance(target, nodes.Name) else target.find_all(nodes.Name))
    ]


def _is_soft(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Filter) and node.name in _SOFT
