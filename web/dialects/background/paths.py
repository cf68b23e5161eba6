"""Which paths are this dialect's, in each of their three spellings. Pure."""

from __future__ import annotations

import re

TASKS = "/api/background_task/tasks"
START = "/api/background_task/start"
STATUS = "/api/background_task/status"
STOP = "/api/background_task/stop"
GUEST_LOGIN = "/auth/guest_login"
CHECK_UUID_TYPE = "/auth/check_uuid_type"
INITIAL_DATA = "/api/get_initial_data"
LOAD_TASKS = "/api/load_tasks"
TASK_DETAILS = "/api/get_task_details"
PAUSE_RUN = "/api/pause_run"
RESUME_RUN = "/api/resume_run"

# Under the address of a desk's page a page of its own may be served, by a proxy or by `<base>`:
# what it asks for stands below that address. Name of the spelling -> what stands before the path.
SPELLINGS = {"": "", "_at_page": "/s/<desk>", "_at_old_page": "/uuid=<desk>"}

_WHOLE = (
    GUEST_LOGIN,
    CHECK_UUID_TYPE,
    INITIAL_DATA,
    LOAD_TASKS,
    TASK_DETAILS,
    PAUSE_RUN,
    RESUME_RUN,
)
_OURS = re.compile(
    r"(?:/s/[^/]*|/uuid=[^/]*)?(?:/api/background_task(?:/.*)?|"
    + "|".join(re.escape(path) for path in _WHOLE)
    + ")"
)


def is_ours(path: str) -> bool:
    """Whether whoever asks for that path is one of the older pages, be it there or not."""
    return _OURS.fullmatch(path) is not None
