"""The kernel's limits of a worker: for the process once, of processor time anew for every item.

Used by `workers.jail.enter` and `workers.jail.guard`.
"""

from __future__ import annotations

import resource
from math import ceil
from pathlib import Path

from workers.jail.settings import JailSettings

_OOM_SCORE = Path("/proc/self/oom_score_adj")
# When the machine is out of memory, a worker goes before the process that holds the desks.
_OOM_FIRST = "1000"


def limit_process(settings: JailSettings) -> None:
    """Raises OSError or ValueError."""
    _OOM_SCORE.write_text(_OOM_FIRST)
    _limit(resource.RLIMIT_AS, settings.memory_bytes)
    _limit(resource.RLIMIT_FSIZE, settings.file_bytes)
    _limit(resource.RLIMIT_NOFILE, settings.open_files)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_MEMLOCK, 0)
    _limit(resource.RLIMIT_MSGQUEUE, 0)


def limit_processes(count: int) -> None:
    """Processes and threads of this user and namespace together; the superuser is exempt."""
    _limit(resource.RLIMIT_NPROC, count)


def allow_cpu(seconds: int) -> None:
    """So much more processor time, then SIGXCPU. The hard limit stays: it cannot be raised."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = ceil(usage.ru_utime + usage.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (_at_most(wanted, hard), hard))


def _limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    value = _at_most(value, hard)
    resource.setrlimit(which, (value, value))


def _at_most(value: int, hard: int) -> int:
    return value if hard == resource.RLIM_INFINITY else min(value, hard)
