"""What a parametrised test is called: the same in every process that collects it, and on any day.

Processes that share a run must agree on the names of its tests (`tests/test_tidy.py` holds them to
it), while a value's own text may hold an address in memory, or a time that is reckoned from now.
"""

from __future__ import annotations

import re

from tests.support.forged import NOW

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
TIME = re.compile(r"\b\d{10}(?!\d{8})")
# What was packed or signed holds the second in which it was made.
PACKED = re.compile(r"\\x1f\\x8b\\x08\\x..(?!\\x00)|eyJ[\w-]{20,}")
WEEK_S = 7 * 86_400


def spelled(value: object) -> str:
    """A value's text for `ids=`: times as their distance from now, and no addresses."""
    return TIME.sub(lambda time: f"now{int(time[0]) - NOW:+d}", ADDRESS.sub("", str(value)))


def is_of_one_process(name: str) -> bool:
    """Whether the same test would be called otherwise elsewhere, or a second later."""
    times = any(abs(int(time) - NOW) < WEEK_S for time in TIME.findall(name))
    return bool(times or ADDRESS.search(name) or PACKED.search(name))
