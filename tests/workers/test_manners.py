"""Workers give way to the desk process: as processes and, where the kernel has them, as groups."""

import os
import subprocess
import sys
from pathlib import Path

from workers import manners

LOWEST = 19
SAY = """
import os
from pathlib import Path
from workers.manners import yield_to_desks
before = os.nice(0)
yield_to_desks()
group = Path("/proc/self/autogroup")
print(os.nice(0) - before, group.read_text() if group.exists() else "")
"""


def test_a_worker_has_a_lower_priority_than_its_parent():
    # In a session of its own, as workers are: a group's niceness would stay with the tests'.
    said = subprocess.run(
        [sys.executable, "-c", SAY],
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    ).stdout.split()
    assert int(said[0]) == min(manners.NICENESS, LOWEST - os.nice(0))
    if Path("/proc/self/autogroup").exists():
        # Who is not root is refused where anybody's was changed a moment ago.
        usual, refused = str(manners.NICENESS), set() if os.geteuid() == 0 else {"0"}
        assert said[-1] in {usual} | refused
        assert said[-2] == "nice"


def test_a_worker_of_a_kernel_without_groups_is_still_nice(monkeypatch, tmp_path):
    lowered = []
    monkeypatch.setattr(manners, "_AUTOGROUP", tmp_path / "missing" / "autogroup")
    monkeypatch.setattr(manners.os, "nice", lowered.append)
    manners.yield_to_desks()
    assert lowered == [manners.NICENESS]
