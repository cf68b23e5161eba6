"""Reading a workbook loads no more than it needs."""

import subprocess
import sys

import pytest

from executors.tables.lean import without_numpy

LOADS = "import sys, executors.tables.workbook; print('numpy' in sys.modules)"


def test_reading_workbooks_loads_no_numpy():
    told = subprocess.run([sys.executable, "-c", LOADS], capture_output=True, check=True)
    assert told.stdout == b"False\n"


def test_numpy_can_be_had_afterwards():
    then = f"{LOADS}; import numpy; print(numpy.int64(3))"
    told = subprocess.run([sys.executable, "-c", then], capture_output=True, check=True)
    assert told.stdout == b"False\n3\n"


def test_one_that_is_loaded_stays(monkeypatch):
    kept = object()
    monkeypatch.setitem(sys.modules, "numpy", kept)
    with without_numpy():
        assert sys.modules["numpy"] is kept
    assert sys.modules["numpy"] is kept


def test_what_fails_within_leaves_nothing_behind(monkeypatch):
    monkeypatch.delitem(sys.modules, "numpy", raising=False)
    with pytest.raises(ZeroDivisionError), without_numpy():
        raise ZeroDivisionError
    assert "numpy" not in sys.modules
