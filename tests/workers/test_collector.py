"""The collector's settings, in a process of their own: they are the process's, not the tests'."""

import subprocess
import sys

from workers.collector import THRESHOLDS

SAY = """
import gc
from workers import collector
before = gc.get_freeze_count()
collector.rest()
resting = not gc.isenabled()
collector.settle()
print(resting, gc.isenabled(), gc.get_freeze_count() > before, *gc.get_threshold())
"""


def test_what_was_imported_is_not_walked_again():
    said = subprocess.run(
        [sys.executable, "-c", SAY], capture_output=True, text=True, check=True
    ).stdout.split()
    assert said == ["True", "True", "True", *map(str, THRESHOLDS)]
