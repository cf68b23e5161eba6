"""Which paths are this dialect's, in each family and each spelling. Pure.

Three families of clients ask for the same things by other names (`docs/documents-api.md`): A below
`batch`, B below `generation/tasks`, C below `generation` and `templates`. Each stands below `/api`
and below `/api/v2`; the first of a tuple is the documented one.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

Family = Literal["A", "B", "C"]
FAMILIES: tuple[Family, ...] = get_args(Family)

DOCUMENTED = ("/api/v2", "/api")
OLDER = ("/api", "/api/v2")

_TASKS = {"A": "batch/tasks", "B": "generation/tasks"}
_SOCKET_PATHS = ("/v2/stream", "/api/v2/stream")
_OURS = re.compile(
    r"/api/(?:v2/)?(?:batch|generation|templates)(?:/.*)?"
    r"|(?:/api(?:/v2)?)?/health"
    r"|(?:/api)?/v2/stream(?:/.*)?",
    # An id may have anything in it, ends of lines too.
    re.DOTALL,
)

_SOCKET = re.compile(r"(?:/api)?/v2/stream(?:/[^/]+)?")

HEALTH = ("/api/v2/health", "/health", "/api/health")
TEMPLATES = tuple(f"{prefix}/batch/templates" for prefix in DOCUMENTED)
TEMPLATES_C = tuple(f"{prefix}/templates" for prefix in OLDER)
DATA_SOURCES = tuple(f"{prefix}/batch/data-sources" for prefix in DOCUMENTED)
# The last of each with a task to follow from the start.
SOCKETS = (*_SOCKET_PATHS, *(f"{path}/<task>" for path in _SOCKET_PATHS))


def tasks_of(family: Family, tail: str = "") -> tuple[str, ...]:
    """The addresses of the tasks of family A or B, or of what is below them (`/<task>/start`)."""
    return tuple(f"{prefix}/{_TASKS[family]}{tail}" for prefix in DOCUMENTED)


def generation(tail: str) -> tuple[str, ...]:
    """The addresses of family C: `batch`, `status/<task>`, `history`, ..."""
    return tuple(f"{prefix}/generation/{tail}" for prefix in OLDER)


def is_ours(path: str) -> bool:
    """Whether whoever asks for that path speaks this dialect, be it served or not."""
    return _OURS.fullmatch(path) is not None


def is_socket(path: str) -> bool:
    """Whether that is the path of a socket."""
    return _SOCKET.fullmatch(path) is not None


def prefix_of(path: str) -> str:
    """Which prefix whoever asks for that path uses."""
    return "/api/v2" if path.startswith("/api/v2/") else "/api"
