"""The style of the house, where a machine can see it: sizes, docstrings, no litter."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.naming import is_of_one_process

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("nightdesk", "web", "workers", "executors", "actors", "state")
MODULE_LINES_MAX = 400
TEST_MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60

# Written so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home/\w|roo" r"t/|Users/\w|wor" r"k/)")
INDEX_ADDRESS = re.compile(
    r"https?://[^\s\"']*(?:/sim" r"ple\b|registry\.)|--(?:extra-)?index-" r"url"
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def tracked() -> tuple[Path, ...]:
    """The files of the repository: those known to git and those that would be added."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return tuple(path for path in (ROOT / name for name in names) if path.is_file())


def ours(*suffixes: str, under: tuple[str, ...] = ()) -> Iterator[Path]:
    for path in tracked():
        place = path.relative_to(ROOT)
        wanted = not under or place.parts[0] in under
        if wanted and path.suffix in suffixes and "vendor" not in place.parts:
            yield path


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def where(path: Path, node: ast.AST | None = None) -> str:
    line = f":{node.lineno}" if node is not None and hasattr(node, "lineno") else ""
    return f"{path.relative_to(ROOT)}{line}"


def line_count(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_modules_are_small():
    sources = [*ours(".py", ".js", under=(*PACKAGES, "bench", "torture", "scripts", "examples"))]
    assert [where(p) for p in sources if line_count(p) > MODULE_LINES_MAX] == []
    tests = [*ours(".py", under=("tests",))]
    assert [where(p) for p in tests if line_count(p) > TEST_MODULE_LINES_MAX] == []


def test_functions_are_small():
    long = [
        f"{where(path, node)} {node.name}"
        for path in ours(".py")
        for node in ast.walk(tree_of(path))
        if isinstance(node, FUNCTIONS)
        and (node.end_lineno or node.lineno) - node.lineno >= FUNCTION_LINES_MAX
    ]
    assert long == []


def test_every_module_says_what_it_owns():
    bare = [where(path) for path in ours(".py") if not ast.get_docstring(tree_of(path))]
    assert bare == []


def test_every_public_class_says_what_it_is():
    """Plain values whose fields and module say it all (a command without a rule) may be bare."""
    bare = [
        f"{where(path, node)} {node.name}"
        for path in ours(".py", under=PACKAGES)
        for node in tree_of(path).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        if not ast.get_docstring(node) and any(isinstance(x, FUNCTIONS) for x in node.body)
        if len(node.body) > 1
    ]
    assert bare == []


@pytest.mark.parametrize(
    "wrong", [UNFINISHED, MACHINE_PATH, INDEX_ADDRESS], ids=lambda w: w.pattern
)
def test_nothing_is_left_lying_about(wrong):
    found = []
    for path in tracked():
        if "vendor" in path.parts or path.suffix in (".lock", ".png", ".ico", ".woff2"):
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if wrong.search(line):
                found.append(f"{where(path)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_the_lock_names_no_index_and_no_place():
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert not re.search(r"https?://|file:|--index|/", lock)
    assert "--hash=sha256:" in lock


def test_tests_do_not_sleep_on_the_real_clock():
    found = [
        where(path, node)
        for path in ours(".py", under=("tests",))
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "time.sleep"
    ]
    assert found == []


def test_names_of_tests_are_the_same_in_every_process(request):
    assert [item.nodeid for item in request.session.items if is_of_one_process(item.nodeid)] == []


def test_nothing_lives_at_import():
    """No module-level app, nursery, registry filled by decorators, or thread limiter."""
    living = re.compile(r"open_nursery|Quart\w*\(|CapacityLimiter\(|open_memory_channel|App\(")
    found = [
        f"{where(path, node)} {ast.unparse(node)[:80]}"
        for path in ours(".py", under=PACKAGES)
        for node in tree_of(path).body
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.Expr))
        and living.search(ast.unparse(node))
    ]
    assert found == []


def test_no_globals_are_rebound():
    found = [
        where(path, node)
        for path in ours(".py", under=PACKAGES)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Global)
    ]
    assert found == []
