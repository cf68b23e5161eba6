"""Placeholders with single braces (`{name}`, `{#list}...{/list}`, `{^list}`, `{%picture}`), turned
into those of the template language. Used by `executors.documents.word.prepare`.

Word cuts text into runs as it likes, so a placeholder is looked for in the text of its whole
paragraph. A section that begins and ends in different cells repeats their rows; one whose tags
stand alone in their paragraphs repeats what is between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from executors.documents.syntax import TemplateFault
from executors.documents.values import COLUMNS

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

# With `{{ }}` elsewhere in the template a word in single braces may be a word in braces: only what
# can be nothing but a name is taken for one.
_STRICT = r"[^\W\d][\w.]{0,99}|\."
_LOOSE = r"[^\W\d][\w. -]{0,99}|\."
_JINJA = re.compile(r"\{\{|\{%(?!%?\s*[^\W\d][\w. -]*\})")
# Tags of the template language, so written that text full of braces takes no longer than other.
_TAGS = r"\{\{(?:[^{}]|\{[^{}]*\}|\}(?!\}))*\}\}|\{%(?:[^{}%]|%(?!\}))*%\}|\{\#[^{}]*\#\}"
_OPENING = re.compile(r"\{[{%].{0,30}", re.DOTALL)
# What docxtpl puts in the place of a whole run: plain text is made one first.
_RICH = re.compile(r"\{\{r\s+(.*?)\s*\}\}", re.DOTALL)
_RESERVED = frozenset(
    {"and", "or", "not", "if", "elif", "else", "in", "is", "for", "loop", "range", "import"}
    | {"true", "false", "none", "True", "False", "None", "with", "without", "context", "recursive"}
)


# Sections in each other; a name is looked for in each of those around it.
_MAX_SECTIONS = 20
# Signs of tags that have the name of a field.
_NAMING = ("", "%", "#", "^")


class Tag(Struct):
    """One placeholder: its paragraph, where it stands in that one's text, its sign and its name.
    `text` is what it becomes. Written by `_Part`, which finds it."""

    paragraph: Any
    start: int
    end: int
    sign: str
    key: str
    raw: str
    text: str = ""
    alone: bool = False


def has_jinja(text: str) -> bool:
    """Whether a template uses the template language itself somewhere."""
    return _JINJA.search(text) is not None


def text_of(root: Any) -> str:
    """The text of a part, paragraph by paragraph."""
    return "\n".join(
        "".join(each.text or "" for each in _texts(paragraph)) for paragraph in root.iter(f"{W}p")
    )


def translate(root: Any, *, mixed: bool) -> dict[str, str]:
    """Change the placeholders of one part in place; what was found, by name, as it was written.
    `mixed`: there are others in the template. Raises TemplateFault."""
    tags = list(_tags(root, _pattern(_STRICT if mixed else _LOOSE)))
    if not tags:
        return {}
    _resolve(tags)
    for tag in reversed(tags):
        _replace(_texts(tag.paragraph), tag.start, tag.end, tag.text)
    return {tag.key: tag.raw for tag in reversed(tags) if tag.sign in _NAMING}


def translate_text(text: str, *, mixed: bool) -> str:
    """The same for a plain text, which has no sections."""

    def changed(found: re.Match[str]) -> str:
        key = (found["plain"] or "").strip()
        return f"{{{{ {_expression(key, [])} }}}}" if key else found[0]

    return _pattern(_STRICT if mixed else _LOOSE).sub(changed, text)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"\{{(?P<sign>[#^/@]|%%?)\s*(?P<key>{name})?\s*\}}"
        rf"|{_TAGS}"
        rf"|\{{\s*(?P<plain>{name})\s*\}}",
    )


def _texts(paragraph: Any) -> list[Any]:
    """The texts of a paragraph, without those of paragraphs in it (text boxes)."""
    return [
        text
        for text in paragraph.iter(f"{W}t")
        if next(text.iterancestors(f"{W}p"), None) is paragraph
    ]


def _tags(root: Any, pattern: re.Pattern[str]) -> Iterator[Tag]:
    for paragraph in root.iter(f"{W}p"):
        joined = "".join(text.text or "" for text in _texts(paragraph))
        if "{" not in joined:
            continue
        at = 0
        for found in pattern.finditer(joined):
            _check_closed(joined[at : found.start()])
            at = found.end()
            sign, key = found["sign"] or "", (found["key"] or found["plain"] or "").strip()
            if rich := _RICH.fullmatch(found[0]):
                sign, key = "r", rich[1]
            elif not key and sign != "/":
                continue
            tag = Tag(paragraph, found.start(), found.end(), sign[:1], key, found[0])
            tag.alone = joined.strip() == found[0]
            yield tag
        _check_closed(joined[at:])


def _check_closed(rest: str) -> None:
    """What is left of a paragraph beside its tags begins none. Raises TemplateFault."""
    if (opening := _OPENING.search(rest)) is not None:
        raise TemplateFault(f"{opening[0]!r} is not closed in its paragraph")


def _resolve(tags: Sequence[Tag]) -> None:
    """Say what each tag becomes. Sections lie in each other, and names are looked for in them."""
    open_tags: list[Tag] = []
    for tag in tags:
        if len(open_tags) > _MAX_SECTIONS:
            raise TemplateFault(f"{tag.raw} is in more than {_MAX_SECTIONS} sections")
        scopes = [f"_s{n}" for n, each in enumerate(open_tags) if each.sign == "#"]
        match tag.sign:
            case "":
                tag.text = f"{{{{ {_expression(tag.key, scopes)} }}}}"
            case "%":
                tag.text = f"{{{{ {_expression(tag.key, scopes)}|image }}}}"
            case "r":
                tag.text = f"{{{{r ({tag.key})|rich }}}}"
            case "#":
                source = _expression(tag.key, scopes)
                tag.text = f"{{% for _s{len(open_tags)} in {source}|section %}}"
                open_tags.append(tag)
            case "^":
                tag.text = f"{{% if not ({_expression(tag.key, scopes)}|section) %}}"
                open_tags.append(tag)
            case "/":
                _close(tag, open_tags)
            case _:
                raise TemplateFault(f"{tag.raw} would put in raw XML, which is not possible")
    if open_tags:
        raise TemplateFault(f"{open_tags[-1].raw} is never closed")


def _close(tag: Tag, open_tags: list[Tag]) -> None:
    if not open_tags or tag.key not in ("", open_tags[-1].key):
        wanted = f"; {open_tags[-1].raw} is still open" if open_tags else ""
        raise TemplateFault(f"{tag.raw} closes nothing{wanted}")
    opened = open_tags.pop()
    tag.text = "{% endfor %}" if opened.sign == "#" else "{% endif %}"
    rows = _rows(opened, tag)
    if rows is not None:
        _before(rows[0], opened.text)
        _behind(rows[1], tag.text)
        opened.text = tag.text = ""
    elif opened.alone and tag.alone and opened.paragraph is not tag.paragraph:
        opened.text = opened.text.replace("{%", "{%p", 1)
        tag.text = tag.text.replace("{%", "{%p", 1)


def _rows(opened: Tag, closed: Tag) -> tuple[Any, Any] | None:
    """The first and the last row of a section that reaches over cells of one table."""
    first, last = (next(tag.paragraph.iterancestors(f"{W}tc"), None) for tag in (opened, closed))
    if first is None or last is None or first is last:
        return None
    begin, end = (next(cell.iterancestors(f"{W}tr"), None) for cell in (first, last))
    if begin is None or end is None or begin.getparent() is not end.getparent():
        return None
    return begin, end


def _before(row: Any, text: str) -> None:
    previous = row.getprevious()
    if previous is None:
        row.getparent().text = (row.getparent().text or "") + text
    else:
        previous.tail = (previous.tail or "") + text


def _behind(row: Any, text: str) -> None:
    row.tail = (row.tail or "") + text


def _expression(key: str, scopes: Sequence[str]) -> str:
    """The value of a name, looked for from the innermost section outwards."""
    if key == ".":
        return scopes[-1] if scopes else COLUMNS
    quoted = "'" + key.replace("\\", "\\\\").replace("'", "\\'") + "'"
    words = key.split(".")
    plain = all(word.isidentifier() and word not in _RESERVED for word in words)
    found = key if plain else f"{COLUMNS}[{quoted}]"
    for scope in scopes:
        found = f"{scope}|pick({quoted}, {found})"
    return found


def _replace(texts: Sequence[Any], start: int, end: int, new: str) -> None:
    """Put `new` in the place of the characters from `start` to `end` of these texts, joined."""
    at = 0
    for text in texts:
        old = text.text or ""
        first, last = max(start - at, 0), min(end - at, len(old))
        if first < last:
            text.text = old[:first] + new + old[last:]
            text.set(_SPACE, "preserve")
            new = ""
        at += len(old)
