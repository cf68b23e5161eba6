"""The table of executors, and that the server never imports their working halves."""

import subprocess
import sys
from importlib import import_module

from executors.table import build_table

_LIGHT = """
import sys
from executors.table import build_table
build_table()
heavy = [name for name in sys.modules if name.endswith(".run") and name.startswith("executors")]
heavy += [name for name in ("httpcore", "httpx", "h2", "workers") if name in sys.modules]
print(",".join(heavy))
"""


def test_each_kind_is_found_under_its_name():
    for kind, executor in build_table().items():
        assert executor.kind == kind
        if executor.runner:
            module, _, name = executor.runner.partition(":")
            assert hasattr(import_module(module), name)


def test_only_a_kind_whose_workers_are_tabs_has_no_other_half():
    table = build_table().values()
    assert [each.kind for each in table if not each.runner] == ["tab"]


def test_the_table_does_not_import_what_does_the_work():
    done = subprocess.run(
        [sys.executable, "-c", _LIGHT], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == ""
