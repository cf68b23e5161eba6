"""How tests read a page in a browser: by what waits. A reading right after an action is what was
there before it, now and then; such a test fails one landing in fifty and nobody knows why."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_tidy import ours, tree_of, where

HELPERS = "tests/e2e/support/"
WAITING = {"until", "holds", "gives", "fewer_than", "box_of"}
# Of a page or of what is found on it, at once. Without arguments: `count` of a list has one.
AT_ONCE = {
    "all", "all_inner_texts", "all_text_contents", "bounding_box", "count", "inner_html",
    "inner_text", "input_value", "is_checked", "is_disabled", "is_editable", "is_enabled",
    "is_hidden", "is_visible", "text_content", "title",
}  # fmt: skip
AT_ONCE_OF = {
    "eval_on_selector", "eval_on_selector_all", "evaluate_all", "get_attribute", "query_selector",
    "query_selector_all", "wait_for_event", "wait_for_timeout",
}  # fmt: skip
FOR_UNTIL = {"texts"}
IN_ASSERTIONS = {"evaluate", "evaluate_handle"}

SAID = (
    "it is read at once, when the page may not have drawn yet: use `expect(locator)`, or `until`,"
    " `holds`, `gives`, `fewer_than` of tests/e2e/support/reading.py"
)


def attribute_of(node: ast.AST) -> str:
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return node.func.attr if is_method else ""


def is_early(node: ast.AST) -> bool:
    name = attribute_of(node)
    bare = isinstance(node, ast.Call) and not node.args and not node.keywords
    if isinstance(node, ast.Call) and ast.unparse(node.func) in FOR_UNTIL:
        return True
    return name in AT_ONCE_OF or (name in AT_ONCE and bare)


def walk_unwaited(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree, but for what is handed to a function that reads it until it is so."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in WAITING:
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from walk_unwaited(child)


def early_reads(tree: ast.Module) -> Iterator[ast.AST]:
    for node in walk_unwaited(tree):
        if is_early(node):
            yield node
        elif isinstance(node, ast.Assert):
            yield from (n for n in walk_unwaited(node) if attribute_of(n) in IN_ASSERTIONS)


def modules_with_a_page() -> Iterator[Path]:
    for path in ours(".py", under=("tests",)):
        if "playwright.sync_api" in path.read_text("utf-8") and HELPERS not in path.as_posix():
            yield path


def test_a_page_is_read_by_what_waits():
    early = [
        f"{where(path, node)} {ast.unparse(node)[:60]}: {SAID}"
        for path in modules_with_a_page()
        for node in early_reads(tree_of(path))
    ]
    assert early == []


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("n = rows.count()", True),
        ("assert page.locator('a').evaluate_all('all => all.length') == 1", True),
        ("for fold in page.locator('summary').all(): fold.click()", True),
        ("if row.is_visible(): pass", True),
        ("page.wait_for_timeout(100)", True),
        ("href = link.get_attribute('href')", True),
        ("assert page.evaluate('drawn') == 0", True),
        ("first = texts(rows)[0]", True),
        ("[first] = until(page, lambda: texts(rows))", False),
        ("expect(rows).to_have_count(3)", False),
        ("until(page, lambda: rows.count() > 3)", False),
        ("assert until(page, lambda: rows.count()) > 3", False),
        ("names.count('a')", False),
        ("page.evaluate('location.reload()')", False),
    ],
)
def test_a_reading_at_once_is_known_by_its_shape(line, refused):
    assert bool([*early_reads(ast.parse(line))]) is refused
