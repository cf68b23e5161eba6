"""What is said to a desk of how one of its jobs may ask a host. A command of `actors.messages`."""

from __future__ import annotations

from msgspec import Struct

from state.paces import HostPace


class PaceHost(Struct, frozen=True):
    """Let the job ask that host so from now on, in this run and in later ones; None: as it likes.
    Items that are at work there end as they began."""

    job_id: str
    host: str
    pace: HostPace | None
