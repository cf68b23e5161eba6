"""Which paths are this dialect's, the old families included. Pure."""

from __future__ import annotations

BATCHGO = "/api/v1/batchgo"
TASKS = f"{BATCHGO}/tasks"
TASK = f"{TASKS}/<task>"

# The older addresses of the same operations, the documented one first.
FAMILIES = ("/api/batchopen", "/api/v1/batchopen")
# Pages that had a server of their own between themselves and this one ask below one of these, as
# they were seen to for a few of the older paths.
GATEWAYS = ("", "/go", "/api/go")
_BEHIND = "/api/v1/batchopen"
_SEEN = frozenset(
    {
        "start",
        "progress",
        "terminate",
        "version",
        "proxy-url-validate",
        "silent:check",
        "silent:execute",
        "tasks/<task>",
        "tasks/<task>/live",
    }
)

TOKENS = "/api/v1/tokens"
USER_TOKENS = "/api/user/tokens"
AUTOCLICK = "/api/autoclick"
# Below the first of the families.
SCHEDULES = "autoclick/schedules"
AUTOCLICK_V2 = "/api/v2/autoclick"
SUBSCRIPTION = "/api/user/subscription"

# The second is the task manager's too: `web.dialects.sockets` tells who speaks.
SOCKETS = (f"{BATCHGO}/ws", "/ws")

_PREFIXES = tuple(
    gateway + prefix
    for gateway in GATEWAYS
    for prefix in (
        BATCHGO,
        "/api/batchopen",
        "/api/v1/batchopen",
        TOKENS,
        USER_TOKENS,
        AUTOCLICK,
        AUTOCLICK_V2,
        SUBSCRIPTION,
    )
)
_BELOW = tuple(f"{prefix}/" for prefix in _PREFIXES)


def under(tail: str) -> tuple[str, ...]:
    """An older path in each of its spellings."""
    behind = GATEWAYS[1:] if tail in _SEEN else ()
    return (
        *(f"{family}/{tail}" for family in FAMILIES),
        *(f"{gateway}{_BEHIND}/{tail}" for gateway in behind),
    )


def is_ours(path: str) -> bool:
    """Whether whoever asks for that path speaks this dialect, be it served or not."""
    return path in _PREFIXES or path.startswith(_BELOW)
