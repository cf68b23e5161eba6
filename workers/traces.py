"""Where an executor failed, for the server's log: the frames and the kinds of errors, not what they
say. A message may quote the job's secrets, or a user's data; it is told in the job's own log, which
the desk rids of the job's secrets.

Called by `workers.hosted`; what it writes is read by the operator.
"""

from __future__ import annotations

import traceback

from actors.ports import ToolUnavailable

_CAUSE = "which was the cause of:\n"
_DURING = "while which was handled, there was:\n"


def trace(error: BaseException) -> str:
    """Every error of the chain and of its groups, the first one first."""
    before = ""
    if error.__cause__ is not None:
        before = trace(error.__cause__) + _CAUSE
    elif error.__context__ is not None and not error.__suppress_context__:
        before = trace(error.__context__) + _DURING
    frames = "".join(traceback.format_tb(error.__traceback__))
    kind = type(error)
    return f"{before}{frames}{kind.__module__}.{kind.__qualname__}\n{_members(error)}"


def _members(error: BaseException) -> str:
    if not isinstance(error, BaseExceptionGroup):
        return ""
    parts = (trace(member) for member in error.exceptions)
    return "".join(f"  | {line}\n" for part in parts for line in part.splitlines())


def words(error: BaseException) -> str:
    """A single cause in words, also where a nursery has wrapped it."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    if isinstance(error, ToolUnavailable):
        # Written for the user, as it is.
        return str(error)
    return f"{type(error).__name__}: {error}"
