"""What the parts of a Word template are to each other, and what they name outside of it.

Used by `executors.documents.word.package`. Nothing here believes how a name is written: a program
that reads the document may take `external` and `External` for one, or a relation by its target.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from lxml import etree
from msgspec import Struct

from executors.refusals import Refused

# Of a part `word/document.xml` they are in `word/_rels/document.xml.rels`.
SUFFIX = ".rels"
_RENDERED = {"header": "header", "footer": "footer", "footnotes": "footnotes"}
_HARMLESS = frozenset({"hyperlink"})
# What takes in something that is a document itself, from elsewhere.
_FORBIDDEN = frozenset({"subdocument", "oleobject", "frame", "package", "afchunk", "control"})
# The same inside of the package: its text would be nobody's template and nobody's to look through.
_FORBIDDEN_INSIDE = frozenset({"subdocument", "afchunk"})
_MACROS = frozenset({"vbaproject", "wordvbadata"})
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|\\\\")
_LISTED = 5


class Relation(Struct, frozen=True):
    """`kind` is the last word of its type, as it is written; `target` a name in the package, or an
    address where it is `outside`."""

    source: str
    kind: str
    target: str
    outside: bool


def relations_of(trees: Mapping[str, etree._Element]) -> tuple[Relation, ...]:
    """Those of all parts; `trees` are the parts that hold some, by name."""
    return tuple(
        Relation(
            source,
            element.get("Type", "").rstrip("/").rpartition("/")[2],
            element.get("Target", ""),
            _is_outside(element),
        )
        for name, tree in trees.items()
        for source in [_source_of(name)]
        for element in tree.iter("{*}Relationship")
    )


def _is_outside(element: etree._Element) -> bool:
    mode, target = element.get("TargetMode", "Internal"), element.get("Target", "")
    return mode.strip().lower() != "internal" or _SCHEME.match(target.strip()) is not None


def _source_of(name: str) -> str:
    """The part whose relations those are; the package's own have none."""
    folder, _, file = name.rpartition("/")
    return posixpath.join(posixpath.dirname(folder), file[: -len(SUFFIX)])


def rendered_by(relations: Iterable[Relation]) -> dict[str, str]:
    """The parts that are rendered because of what they are to another, whatever their type says:
    name -> where that is."""
    found = {}
    for relation in relations:
        where = _RENDERED.get(relation.kind.lower())
        if where is not None and not relation.outside:
            folder = posixpath.dirname(relation.source)
            name = posixpath.normpath(posixpath.join("/", folder, relation.target))
            found[name.removeprefix("/")] = where
    return found


def check(relations: Iterable[Relation]) -> None:
    """Raises Refused for those that no template has."""
    for relation in relations:
        kind = relation.kind.lower()
        if kind in _MACROS:
            raise Refused("unsupported", "it holds macros; save it as a .docx without them")
        if kind in (_FORBIDDEN if relation.outside else _FORBIDDEN_INSIDE):
            raise Refused("unsupported", f"it takes in another document ({relation.kind[:40]})")


def warnings_of(relations: Iterable[Relation]) -> Iterator[str]:
    """What the document would have its reader's program fetch from elsewhere."""
    found = {
        f"{relation.kind[:40]}: {relation.target[:100]}": None
        for relation in relations
        if relation.outside and relation.kind.lower() not in _HARMLESS
    }
    for text in list(found)[:_LISTED]:
        yield f"it refers to something outside itself, which is not fetched here ({text})"
