"""Cells of tables: what a spreadsheet would run, or a terminal act upon, becomes text.

Pure; used by `web.export`. JSON and JSON Lines are the formats that keep every character.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import orjson

# Most cells: they begin with a letter or digit, and nothing in them ends a cell or a line.
_HARMLESS = re.compile(r"[A-Za-z0-9][ -:<-~]*")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LINE_STARTS = frozenset("\t\r\n")
# Readers that take `;` or TAB for the separator begin a cell there, and after a line's end.
_INNER_START = re.compile(r"([;\t\r\n])([^;\t\r\n]*)")


def plain(value: Any) -> Any:
    """A cell: numbers stay numbers, all else is text that no spreadsheet runs."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return value
        case str():
            return value if _HARMLESS.fullmatch(value) else _guarded(value)
        case _:
            return plain(orjson.dumps(value).decode())


def separated(cell: Any) -> Any:
    """The cell for a file whose reader may take another character for the separator."""
    if not isinstance(cell, str):
        return cell
    if not (";" in cell or "\n" in cell or "\t" in cell or "\r" in cell):
        return cell  # nearly all: exports have millions of them
    return _INNER_START.sub(lambda match: match[1] + _quoted(match[2]), cell)


def _guarded(text: str) -> str:
    text = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
    return f"'{text}" if text[:1] in _LINE_STARTS and text else _quoted(text)


def _quoted(text: str) -> str:
    """`=1+1`, and ` "＝1+1` too: readers strip blanks and quotes, and know wide signs."""
    rest = text.lstrip(" \u00a0\u3000\u200b\u2060\ufeff\N{REPLACEMENT CHARACTER}'\"`")
    starts = unicodedata.normalize("NFKC", rest[:1]).startswith(("=", "+", "-", "@", "\u2212"))
    return f"'{text}" if starts else text
