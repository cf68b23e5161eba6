"""Many small counters in one large number: two sets of them are added by one addition.

Used by `state.series`, where thousands of sets are added up for every answer.
"""

from __future__ import annotations

from array import array

# A counter has so many bits: more than there are endings of any job.
BITS = 32
_BYTES = BITS // 8


def one(place: int) -> int:
    """The set in which the counter at that place is 1 and all others are 0."""
    return 1 << (BITS * place)


def unpacked(packed: int, least: int = 0) -> list[int]:
    """The counters by their places, at least so many."""
    count = max(least, -(-packed.bit_length() // BITS))
    counters = array("I", packed.to_bytes(count * _BYTES, "little"))
    return counters.tolist()
