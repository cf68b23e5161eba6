"""The office program that a worker's host hands to executors, and what it raises.

Implemented by `workers.office`, in workers of the pool `office`.
"""

from __future__ import annotations

from typing import Protocol

from actors.ports.executors import ToolUnavailable


class OfficeUnavailable(ToolUnavailable):
    """No LibreOffice can be started here; the message says how to get one."""


class OfficeRefused(Exception):
    """The document cannot be read, or no PDF be made of it. The message is fit for the user."""


class OfficeTool(Protocol):
    """One LibreOffice, kept up from item to item."""

    async def pdf(self, document: bytes) -> bytes:
        """A docx as a PDF. Raises OfficeRefused and OfficeUnavailable. A document that hangs the
        program or takes it down ends the worker: that is its item's end and nobody else's."""
