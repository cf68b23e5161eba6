"""What is said of a file from outside that is not read: `Refused`, for its user, and the errors of
whoever was to read it, for the operator. Used by the executors that read files, and by the front
end."""

from __future__ import annotations

from typing import Literal

Why = Literal["unreadable", "too_large", "unsupported", "read_only"]


class Refused(Exception):
    """The file is not read; the message is for its user. `why` decides the answer's code."""

    def __init__(self, why: Why, message: str) -> None:
        super().__init__(message)
        self.why = why


class ReaderBusy(Exception):
    """The desk has as many files read at once as it may."""


class ReaderUnavailable(Exception):
    """Nothing can be read now; the message says why, for the operator."""


class MachineLacks(ReaderUnavailable):
    """The machine has not what it takes. The message says how to get it, and is for everybody: jobs
    that need it fail with the same words."""
