"""What is to be taken out of each page, as `--extract` says it: `NAME=css:SELECTOR`.

`css@href:a.next` takes an attribute instead of the text, `regex:` and `json:` take what their names
say, and `NAME[]=` takes all that is found instead of the first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words

_FIELDS = {"css": "css", "regex": "regex", "json": "json_path"}
_RULE = re.compile(
    r"(?P<name>[^=\[]+)(?P<all>\[\])?=(?P<way>[a-z]+)(?:@(?P<of>[^:]+))?:(?P<what>.+)"
)


def read_extract(given: Sequence[str], words: Words) -> list[dict[str, Any]]:
    """The spec's `extract`. Raises UsageError, which names the place of a rule that is none."""
    return [_rule(text, place, words) for place, text in enumerate(given, 1)]


def _rule(text: str, place: int, words: Words) -> dict[str, Any]:
    match = _RULE.fullmatch(text)
    field = None if match is None else _FIELDS.get(match["way"])
    if match is None or field is None or (match["of"] and field != "css"):
        raise UsageError(words("bad_extract", place=place))
    rule: dict[str, Any] = {"as": match["name"].strip(), field: match["what"]}
    if match["of"]:
        rule["attribute"] = match["of"]
    return {**rule, "all": True} if match["all"] else rule
