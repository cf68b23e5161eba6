"""What the first view of a page loads, and what comes when it is wanted: read from its modules.

Whoever adds a module: what the first view shows is imported; everything else (a form, a tab, a
dialog, another page) has one entry component and comes by `lazy(() => import("./it.js")...)`.
`python -m tests.support.page_graph` then writes the shell's list, and says what each part weighs.
Words of the first view stand in `i18n/en.js` and `zh.js`, those of parts in tables that
`app/later.js` names. What Chromium counts of a first visit, `tests/e2e` holds.
"""

from __future__ import annotations

import re

import pytest

from tests.support import page_graph
from tests.support.page_graph import PAGE, SHELLS

FIRST_LOAD_BYTES = 150_000
PART_BYTES = 60_000


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_first_load_is_small(shell, language):
    assert page_graph.weight(page_graph.first_load(shell, language)) < FIRST_LOAD_BYTES


def test_every_part_that_comes_later_is_small():
    heavy = {name: size for name, size in page_graph.parts().items() if size > PART_BYTES}
    assert heavy == {}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_preloads_exactly_what_the_first_view_needs(shell):
    needed = page_graph.to_preload(shell)
    assert page_graph.preloaded(shell) == needed, "run python -m tests.support.page_graph"


def test_what_comes_later_is_not_loaded_before():
    early = set(page_graph.lazy_imports()) & page_graph.first_view()
    assert early == set()


def test_every_module_is_reached():
    modules = [str(path.relative_to(PAGE)) for path in (PAGE / "app").rglob("*.js")]
    words = page_graph.words(modules)
    workers = {"app/metronome.js"}
    shells = {entry for shell in SHELLS for entry in page_graph.entries(shell)}
    there = {str(path.relative_to(PAGE)) for path in PAGE.rglob("*.js")}
    reached = page_graph.closure(shells | set(page_graph.lazy_imports()) | words | workers)
    assert there - reached == set()


def test_every_style_sheet_is_asked_for():
    there = {str(path.relative_to(PAGE)) for path in PAGE.rglob("*.css")}
    asked = {style for shell in SHELLS for style in page_graph.styles(shell)}
    assert asked | page_graph.lazy_styles() == there


def test_parts_are_loaded_by_names_that_a_reader_finds():
    """An import whose name is computed escapes every test above."""
    computed = re.compile(r'\bimport\((?!\s*")')
    assert [path.name for path in (PAGE / "app").rglob("*.js")
            if computed.search(path.read_text())] == []  # fmt: skip


def test_modules_name_each_other_relatively():
    """By another name a module would be another module, and be of another build."""
    absolute = re.compile(r"""["'`]/page/""")
    assert [path.name for path in PAGE.rglob("*.js") if absolute.search(path.read_text())] == []
