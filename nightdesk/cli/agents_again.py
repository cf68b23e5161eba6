"""The command line that goes on where a batch has ended, with all that was said. Pure.

Used by `nightdesk.cli.agents_work`.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from nightdesk.agents.environment import Flags
from nightdesk.agents.plan import Order

_PLAIN = Order(file=Path())
# Fields of an Order that are said otherwise than by a flag of their name.
_NOT_FLAGS = ("file", "models", "commands", "resume", "retry", "roots")


def command_again(order: Order) -> str:
    """The command line that goes on with that."""
    words = ["nightdesk", "agents", "run", str(order.file)]
    for name in Order.__struct_fields__:
        if name not in _NOT_FLAGS and getattr(order, name) != getattr(_PLAIN, name):
            words += _flag(name, getattr(order, name))
    for name in Flags.__struct_fields__:
        if (value := getattr(order.models, name)) is not None:
            words += _flag(name, value)
    for root in order.roots:
        words += _flag("root", root)
    words += _flag("commands", "on") if order.commands else []
    return shlex.join([*words, "--resume"])


def _flag(name: str, value: object) -> list[str]:
    flag = f"--{name.replace('_', '-')}"
    if value is True:
        return [flag]
    return [flag, f"{value:g}" if isinstance(value, float) else str(value)]
