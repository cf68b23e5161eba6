"""What the first view of the page loads, and what comes when it is wanted: read from its modules.

Whoever adds a module: what the first view shows is imported; everything else (a form, a tab, a
dialog, another page) has one entry component and comes by `lazy(() => import("./it.js")...)`.
`python -m tests.support.page_graph` then writes the shell's list, and says what each part weighs.
"""

from __future__ import annotations

import re

import pytest

from tests.support import page_graph
from tests.support.page_graph import MAIN, PAGE, TONGUE

FIRST_LOAD_BYTES = 200_000
PART_BYTES = 60_000


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_first_load_is_small(language):
    assert page_graph.weight(page_graph.first_load(language)) < FIRST_LOAD_BYTES


def test_every_part_that_comes_later_is_small():
    heavy = {name: size for name, size in page_graph.parts().items() if size > PART_BYTES}
    assert heavy == {}


def test_the_shell_preloads_exactly_what_the_first_view_needs():
    needed = sorted(page_graph.first_view() - {MAIN, TONGUE})
    assert page_graph.preloaded() == needed, "run python -m tests.support.page_graph"


def test_what_comes_later_is_not_loaded_before():
    early = set(page_graph.lazy_imports()) & page_graph.first_view()
    assert early == set()


def test_every_module_is_reached():
    words = {f"i18n/{language}.js" for language in ("en", "zh")}
    workers = {"app/metronome.js"}
    entries = {MAIN, TONGUE, *page_graph.lazy_imports(), *words, *workers}
    there = {str(path.relative_to(PAGE)) for path in PAGE.rglob("*.js")}
    assert there - page_graph.closure(entries) == set()


def test_every_style_sheet_is_asked_for():
    there = {str(path.relative_to(PAGE)) for path in PAGE.rglob("*.css")}
    assert set(page_graph.styles()) == there


def test_parts_are_loaded_by_names_that_a_reader_finds():
    """An import whose name is computed escapes every test above."""
    computed = re.compile(r'\bimport\((?!\s*")')
    assert [path.name for path in (PAGE / "app").rglob("*.js")
            if computed.search(path.read_text())] == []  # fmt: skip


def test_modules_name_each_other_relatively():
    """By another name a module would be another module, and be of another build."""
    absolute = re.compile(r"""["'`]/page/""")
    assert [path.name for path in PAGE.rglob("*.js") if absolute.search(path.read_text())] == []
