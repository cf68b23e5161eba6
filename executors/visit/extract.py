"""Takes values out of a page: text, an attribute, a table, HTML, links. Used by `visit.acts`.

The script runs in the page, which may have changed whatever the script uses: what comes back is
believed to be JSON and nothing more, and is bounded a second time here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.async_api import Locator

MAX_ELEMENTS = 1_000
MAX_ROWS = 2_000
MAX_COLUMNS = 200
MAX_LINKS = 2_000
MAX_TEXT_CHARS = 100_000

_LIMITS = {
    "elements": MAX_ELEMENTS,
    "rows": MAX_ROWS,
    "columns": MAX_COLUMNS,
    "links": MAX_LINKS,
    "chars": MAX_TEXT_CHARS,
}

_TAKE = """(elements, [want, attribute, limits]) => {
  const words = text => (text || "").replace(/\\u00a0/g, " ").trim().slice(0, limits.chars + 1);
  const text = element => words(
    /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) ? element.value :
    element.innerText === undefined ? element.textContent : element.innerText);
  const rows = element => {
    const table = element.closest("table") || element.querySelector("table");
    if (!table) return null;
    return Array.from(table.rows).slice(0, limits.rows + 1).map(row =>
      Array.from(row.cells).flatMap(cell =>
        [text(cell), ...Array(Math.min(cell.colSpan, limits.columns) - 1).fill("")]
      ).slice(0, limits.columns));
  };
  const links = element => {
    const found = element.matches("a[href]") ? [element] : [];
    return [...found, ...element.querySelectorAll("a[href]")]
      .filter(link => /^https?:/.test(link.href)).slice(0, limits.links + 1)
      .map(link => ({text: text(link), url: link.href}));
  };
  const one = element =>
    attribute ? element.getAttribute(attribute) && words(element.getAttribute(attribute)) :
    want === "table" ? rows(element) :
    want === "links" ? links(element) :
    want === "html" ? element.outerHTML.slice(0, limits.chars + 1) :
    text(element);
  return elements.slice(0, limits.elements + 1).map(one);
}"""


async def extract(target: Locator, step: Mapping[str, Any]) -> tuple[Any, bool]:
    """What the step asks for, and whether that is all of it. Of all elements a list, with `all`."""
    want = step.get("what", "text")
    if not step.get("all"):
        target = target.first
    taken = await target.evaluate_all(_TAKE, [want, step.get("attribute"), _LIMITS])
    if not isinstance(taken, list) or not taken:
        return None, True
    values = [_bounded(each, want) for each in taken[:MAX_ELEMENTS]]
    whole = len(taken) <= MAX_ELEMENTS and all(complete for _, complete in values)
    if step.get("all"):
        return [value for value, _ in values], whole
    return values[0][0], whole


def _bounded(value: Any, want: str) -> tuple[Any, bool]:
    if value is None:
        return None, True
    if want == "table" and isinstance(value, list):
        return _table(value)
    if want == "links" and isinstance(value, list):
        return _links(value)
    return _text(value)


def _text(value: Any) -> tuple[str, bool]:
    text = value if isinstance(value, str) else str(value)
    # Half a surrogate pair, which pages can hold, has no place in UTF-8.
    return text[:MAX_TEXT_CHARS].encode("utf-8", "replace").decode(), len(text) <= MAX_TEXT_CHARS


def _table(rows: list[Any]) -> tuple[list[list[str]], bool]:
    kept = [row if isinstance(row, list) else [row] for row in rows[:MAX_ROWS]]
    cells = [[_text(cell)[0] for cell in row[:MAX_COLUMNS]] for row in kept]
    return cells, len(rows) <= MAX_ROWS


def _links(links: list[Any]) -> tuple[list[dict[str, str]], bool]:
    kept = [link for link in links[:MAX_LINKS] if isinstance(link, dict)]
    named = [
        {"text": _text(each.get("text"))[0], "url": _text(each.get("url"))[0]} for each in kept
    ]
    return named, len(links) <= MAX_LINKS
