"""What every answer of the dialect is wrapped in. OpenAPI is generated from these."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct


class ManagerStatus(Struct, frozen=True, kw_only=True):
    """`code` is 0 for whatever went well."""

    code: Literal[0] = 0
    message: str


class ManagerAnswer(Struct, frozen=True, kw_only=True, omit_defaults=False):
    """`message` is the same as that of `status`. `data` is what was asked for, if anything was."""

    status: ManagerStatus
    message: str
    data: Any = UNSET


class ManagerFailure(Struct, frozen=True, kw_only=True):
    """`code` is the HTTP status, never 0."""

    code: int
    message: str


class ManagerRefusal(Struct, frozen=True, kw_only=True):
    """How everything is refused. `error` is the native API's code, `details` what it says of it
    (`errors`: each field that is wrong, and why)."""

    status: ManagerFailure
    message: str
    error: str
    details: dict[str, Any]
