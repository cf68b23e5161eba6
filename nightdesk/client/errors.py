"""What the client raises: one closed tree, with the server's own code, message and details."""

from __future__ import annotations

from typing import Any


class NightdeskError(Exception):
    """Root. `code` is the wire's `error.code`, or `unreachable` where no server answered."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.details = details or {}


class Unreachable(NightdeskError):
    """No server answered, or what answered is no Nightdesk. What was asked may have been done."""


class NotRunning(Unreachable):
    """Nothing listens at the address, `details["url"]`. What was asked was not done."""


class Refused(NightdeskError):
    """The server answered and did not do it (4xx)."""


class Invalid(Refused):
    """The request is wrong: `details["errors"]` lists what (400, 405, 413, 415)."""


class NotAllowed(Refused):
    """Nobody is asking, or from the wrong place (401, 403, 421)."""


class NotFound(Refused):
    """No such desk, job or file for this caller (404), or not any more (410)."""


class Conflict(Refused):
    """The job's status, a limit or an earlier request with the same key forbids it (409)."""


class Busy(Refused):
    """Too many at once; try again soon (429)."""


class ServerTrouble(NightdeskError):
    """The server could not (5xx); nothing was changed."""


_BY_STATUS: dict[int, type[NightdeskError]] = {
    400: Invalid,
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    405: Invalid,
    409: Conflict,
    410: NotFound,
    413: Invalid,
    415: Invalid,
    421: NotAllowed,
    429: Busy,
}


def error_of(status: int, body: Any, url: str) -> NightdeskError:
    """The error for an answer of that status with that (decoded) body, by the server at `url`."""
    told = body.get("error") if isinstance(body, dict) else None
    if not isinstance(told, dict):
        return Unreachable(
            f"what answers at {url} is not Nightdesk (status {status}): is the address right?",
            code="unreachable",
            status=status,
        )
    kind = _BY_STATUS.get(status, ServerTrouble if status >= 500 else Refused)
    details = told.get("details")
    return kind(
        str(told.get("message", "")),
        code=str(told.get("code", "")),
        status=status,
        details=details if isinstance(details, dict) else None,
    )
