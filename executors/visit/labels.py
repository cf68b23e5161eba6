"""How a step is called, in progress, results and file names. Pure.

Never with a value that is filled in, as it may be secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

MAX_LABEL_CHARS = 80
MAX_SLUG_CHARS = 40

# Control characters, which JSON makes six of each, and halves of pairs, which pages can hold and
# UTF-8 cannot.
_NO_TEXT = dict.fromkeys((*range(32), *range(127, 160), *range(0xD800, 0xE000)), "\ufffd")
_NOT_IN_SLUG = re.compile(r"[^\w]+")


def label_of(step: Mapping[str, Any]) -> str:
    """What the step does, in a few words: `click #buy`, `goto example.com/cart`."""
    return cut(f"{step['do']} {_object_of(step)}".strip(), MAX_LABEL_CHARS)


def cut(text: str, chars: int) -> str:
    """At most so many characters, on one line, and each of them fit for JSON."""
    text = " ".join(text.split())
    text = text if len(text) <= chars else text[: chars - 1] + "…"
    return text.translate(_NO_TEXT)


def shot_name(index: int, place: int, label: str) -> str:
    """The file name of a screenshot: of the item `index`, in or after its step `place`, from 1."""
    slug = _NOT_IN_SLUG.sub("-", label).strip("-_")[:MAX_SLUG_CHARS].strip("-_").lower()
    return f"{index:05d}-{place:03d}-{slug or 'page'}.png"


def _object_of(step: Mapping[str, Any]) -> str:
    match step["do"]:
        case "goto":
            parts = urlsplit(step["url"])
            return f"{parts.netloc}{parts.path}".removesuffix("/")
        case "wait_ms":
            return f"{step['ms'] / 1_000:g} s"
        case "scroll":
            to = step["to"]
            return f"{to} px" if isinstance(to, int) else str(to)
        case "extract" | "screenshot":
            return str(step.get("as", ""))
        case "press":
            return str(step["key"])
        case _:
            named = [step[field] for field in ("selector", "text", "url") if field in step]
            return " ".join(str(each) for each in named)
