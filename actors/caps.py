"""What is said to a desk of how much its jobs may spend. A command of `actors.messages`."""

from __future__ import annotations

from msgspec import Struct

from state.spending import SpendCap


class CapJob(Struct, frozen=True):
    """Let the calls of the job's items cost that much together, in all runs, from the next call on,
    however the job stands. What was refused before is not begun again by that: a retry does it."""

    job_id: str
    cap: SpendCap
