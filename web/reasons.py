"""What is wrong, or went wrong, in Chinese. Read by dialects; the page reads the same table.

Reasons are written where the rules are, in English. Those that people meet have Chinese words in
`page/i18n/zh-reasons.json`: pairs of a pattern of the whole reason, and the words for it. `{0}` is
the pattern's first group as it stands, `{>0}` that group in Chinese. The first that fits counts.
Some of a reason is of hosts and files: how deep its parts may lie in each other has an end.
Patterns mean the same to Python and to a browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

TABLE = Path(__file__).parent / "page" / "i18n" / "zh-reasons.json"
MAX_DEPTH = 8
_GROUP = re.compile(r"\{(>?)(\d+)\}")

Rows = Sequence[tuple[re.Pattern[str], str]]


class _Unknown(Exception):
    """A part of the reason has no words."""


def in_chinese(reason: str) -> str | None:
    """None where there are no Chinese words for it, or for a part of it: what is said is said in
    one language."""
    try:
        return _said(reason, MAX_DEPTH)
    except _Unknown:
        return None


@cache
def _rows() -> Rows:
    """What ships with the package, and changes with nothing."""
    rows = json.loads(TABLE.read_text("utf-8"))
    return [(re.compile(pattern), words) for pattern, words in rows]


def _said(reason: str, depth: int) -> str:
    if depth == 0:
        raise _Unknown
    for pattern, words in _rows():
        if (found := pattern.fullmatch(reason)) is not None:
            return _GROUP.sub(partial(_part, found, depth - 1), words)
    raise _Unknown


def _part(found: re.Match[str], depth: int, group: re.Match[str]) -> str:
    part: str = found[int(group[2]) + 1] or ""
    return _said(part, depth) if group[1] else part
