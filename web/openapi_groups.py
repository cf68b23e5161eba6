"""Which group of the API's description a route is in: by its path alone. Pure; for `web.openapi`.

The order of `GROUPS` is the one in which they are shown. The last four are other systems' APIs.
"""

from __future__ import annotations

from web.dialects.background import paths as background
from web.dialects.batchgo import paths as batchgo
from web.dialects.documents import paths as documents
from web.dialects.taskmanager import paths as manager

GROUPS: dict[str, str] = {
    "desk": "A desk: all of it at once, its changes, its addresses",
    "jobs": "Jobs: made, started, paused, tried again",
    "results": "What jobs have done: items, exports, files, logs",
    "journeys": "Journeys that a browser walks",
    "agents": "Tasks for models, and what they cost",
    "library": "Templates, tables and pictures that a desk keeps",
    "workshop": "Presets, characters, models and folders for pictures",
    "rules": "What jobs may reach, whom they tell, when they run",
    "tokens": "Tokens, and who did what",
    "operator": "For the operator: an admin's token",
    "server": "The server: health, metrics, this description",
    "background": "Pages of background tasks, unchanged",
    "batchgo": "Front ends of BatchGo, unchanged",
    "documents": "Front ends of the document API, unchanged",
    "taskmanager": "Pages of the task manager, unchanged",
}

_DIALECTS = (
    ("background", background.is_ours),
    ("batchgo", batchgo.is_ours),
    ("documents", documents.is_ours),
    ("taskmanager", manager.is_ours),
)
# By what stands behind the desk.
_OF_A_DESK = {
    "journeys": "journeys",
    "agents": "agents",
    "schedule": "rules",
    "egress": "rules",
    "proxies": "rules",
    "webhooks": "rules",
    "ledger": "tokens",
    "audit": "tokens",
    **dict.fromkeys(("templates", "data-sources", "pictures", "documents"), "library"),
    **dict.fromkeys(("presets", "characters", "models", "folders", "webui"), "workshop"),
}
_OF_AGENTS = ("tasks", "costs", "cap", "agent-results.json")
_COMMANDS = (
    *("", "start", "pause", "resume", "cancel", "retry", "repeat", "asked", "outline", "hosts"),
)


def group_of(path: str) -> str:
    """One of `GROUPS`. `path` is a rule, with `<name>` or `{name}` in it."""
    path = path.replace("<", "{").replace(">", "}").replace("{path:", "{")
    parts = path.strip("/").split("/")
    match parts:
        case ["api", "operator", *_]:
            return "operator"
        case ["api", "desks", _, "jobs", *rest]:
            return _of_a_job(rest[1] if len(rest) > 1 else "")
        case ["api", "desks", _, part, *_]:
            return _OF_A_DESK.get(part, "desk")
        case ["api", "desks", *_] | ["s" | "v", *_]:
            return "desk"
        case ["api", "kinds", *_]:
            return "jobs"
    return next((name for name, is_ours in _DIALECTS if is_ours(path)), "server")


def _of_a_job(part: str) -> str:
    if part in _OF_AGENTS:
        return "agents"
    return "jobs" if part in _COMMANDS else "results"
