"""What jobs take up on disk goes to the desk's file with them, so that a load need not count it.

Used by the session before each save.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from actors.ports import DeskKey
from state.model import DeskState
from state.sizes import DeskSizes


def measured(
    state: DeskState, job_ids: Collection[str], sizes: DeskSizes, desk: DeskKey
) -> DeskState:
    """The state with what these jobs take up now; others have not changed."""
    now = {job_id: sizes.job_bytes(desk, job_id) for job_id in job_ids if job_id in state.jobs}
    gone = [job_id for job_id in job_ids if job_id in state.sizes and job_id not in state.jobs]
    if not gone and all(state.sizes.get(job_id) == size for job_id, size in now.items()):
        return state
    known = {**state.sizes, **now}
    for job_id in gone:
        del known[job_id]
    return replace(state, sizes=known)
