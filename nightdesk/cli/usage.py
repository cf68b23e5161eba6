"""The command line's own error, and the kind of argument that several commands take."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter


class UsageError(Exception):
    """What was asked cannot be meant; the message is shown as it is (exit code 2)."""


def _no_option(_: object, value: str) -> None:
    if value.startswith("-") and value != "-":
        raise ValueError(f"unknown option {value}")


# An argument for which "-" is stdin, and nothing else with a hyphen before it stands.
OrStdin = Annotated[str, Parameter(allow_leading_hyphen=True, validator=_no_option)]
