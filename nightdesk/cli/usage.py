"""The command line's own error."""

from __future__ import annotations


class UsageError(Exception):
    """What was asked cannot be meant; the message is shown as it is (exit code 2)."""
