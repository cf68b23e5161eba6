"""The layers of docs/architecture.md hold: who may import whom, and who may write to the store."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("nightdesk", "web", "workers", "executors", "actors", "state")

# Who may call the store's write side, and what it is.
# `crashtest` lays the desks that its experiment's own server starts with.
WRITERS = (
    "actors/session",
    "actors/runner",
    "actors/supervisor",
    "nightdesk/crashtest/prepare",
)
STORE_WRITES = frozenset(
    {
        "save",
        "write_inputs",
        "copy_inputs",
        "open_outcomes",
        "open_artifacts",
        "append_log",
        "append_audit",
        "sync_audit",
        "create_artifact",
        "save_secrets",
        "delete_job",
    }
)


def modules(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers_of(*names: str, within: tuple[str, ...]) -> list[str]:
    def unwanted(name: str) -> bool:
        return any(name == wanted or name.startswith(wanted + ".") for wanted in names)

    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(*within)
        for name in imported(ast.parse(path.read_text("utf-8")))
        if unwanted(name)
    ]


def test_imports_go_one_way():
    checked = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_nothing_below_web_knows_http_serving():
    below = ("workers", "executors", "actors", "state")
    assert importers_of("quart", "quart_trio", "hypercorn", "werkzeug", within=below) == []


def test_only_the_egress_opens_connections():
    """Design: `workers/net` is the only place that opens outgoing connections."""
    assert importers_of("httpx", "httpcore", within=("web", "executors", "actors", "state")) == []


def test_only_sessions_load_onnxruntime():
    """It tells its maker of its use unless it is told before it is loaded."""
    found = importers_of("onnxruntime", within=(*PACKAGES, "tests"))
    assert {line.partition(" ")[0] for line in found} == {"executors/vision/session.py"}


def test_executors_do_not_import_each_other():
    """But for `vision` and `webui`, which are no kinds: what all kinds that look at pictures share,
    and what all kinds that the operator's WebUI works for."""
    kinds = [path.name for path in (ROOT / "executors").iterdir() if path.is_dir()]
    for kind in kinds:
        others = [f"executors.{other}" for other in kinds if other not in (kind, "vision", "webui")]
        assert importers_of(*others, within=(f"executors/{kind}",)) == []


def test_the_server_never_imports_what_does_the_work():
    """The heavy half of an executor and the HTTP client live in worker processes only."""
    code = (
        "import sys, nightdesk.serve\n"
        "from nightdesk.cli.app import run\n"
        "assert run(['serve', '--port', '1'], {}, lambda config: 0) == 0\n"
        "heavy = [m for m in sys.modules if m.startswith('executors.') and m.endswith('.run')]\n"
        "heavy += [m for m in ('httpx', 'httpcore', 'playwright') if m in sys.modules]\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("package", ["nightdesk", "web", "workers", "executors", "actors"])
def test_only_sessions_and_runners_write_to_the_store(package):
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} calls {ast.unparse(node.func)}"
        for path in modules(package)
        if not str(path.relative_to(ROOT)).startswith(WRITERS)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in STORE_WRITES and ast.unparse(node.func.value).endswith("store")
    ]
    assert found == []
