"""Text with looks of its own: the filter `rich` of Word templates.

A row says `{"text": "...", "bold": true, "color": "C00000"}`, or a list of such pieces; in a
template `{{r name|rich(bold=true) }}` does the same. What may be said of a text is listed, since it
becomes XML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from docxtpl import RichText
from jinja2.runtime import Undefined

_COLOR = re.compile(r"#?[0-9A-Fa-f]{6}")
_NAME = re.compile(r"[\w -]{1,100}")


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _color(value: Any) -> bool:
    return isinstance(value, str) and _COLOR.fullmatch(value) is not None


def _name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _size(value: Any) -> bool:
    """In half points, as Word counts them."""
    return isinstance(value, int) and 2 <= value <= 3276


_LOOKS: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("bold", "italic", "underline", "strike", "subscript", "superscript"), _flag),
    **dict.fromkeys(("color", "highlight"), _color),
    **dict.fromkeys(("font", "style"), _name),
    "size": _size,
}


def rich(value: Any, **looks: Any) -> Any:
    """A run, or several, of text. Raises ValueError for looks that there are not."""
    if isinstance(value, RichText | Undefined):
        return value
    made = RichText()
    for piece in value if isinstance(value, list) else [value]:
        text, own = _piece(piece)
        made.add(text, **_checked({**looks, **own}))
    return made


def _piece(piece: Any) -> tuple[str, Mapping[str, Any]]:
    if not isinstance(piece, dict):
        return "" if piece is None else str(piece), {}
    return str(piece.get("text", "")), {
        name: each for name, each in piece.items() if name != "text"
    }


def _checked(looks: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in looks.items():
        known = _LOOKS.get(name)
        if known is None:
            raise ValueError(f"text has no {name[:40]!r}; it has {', '.join(_LOOKS)}")
        if not known(value):
            raise ValueError(f"{str(value)[:40]!r} is no {name} of a text")
    return dict(looks)
