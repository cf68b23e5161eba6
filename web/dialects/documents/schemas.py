"""The dialect's types on the wire, by the names of the contract. OpenAPI is generated from them."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

# In the words of family A; B and C say `processing` for running, and know no partial end.
Status = Literal[
    "pending", "running", "paused", "completed", "partially_completed", "failed", "cancelled"
]


class DocumentsError(Struct, frozen=True):
    """`code` is one of the contract's (`VALIDATION_ERROR`, `TASK_NOT_FOUND`, `TEMPLATE_NOT_FOUND`,
    `DATA_SOURCE_NOT_FOUND`, `CONFLICT`, `GENERATION_FAILED`, `DOWNLOAD_FAILED`), or what the native
    API calls it, in capitals."""

    code: str
    message: str
    details: dict[str, Any]


class DocumentsRefusal(Struct, frozen=True, kw_only=True):
    """How everything is refused."""

    success: Literal[False] = False
    error: DocumentsError
