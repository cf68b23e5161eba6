"""Who asks a desk for something: what its audit log says of them, and nothing that opens a desk."""

from __future__ import annotations

import re
from typing import get_args

from msgspec import Struct

from actors.messages import Command
from state.desks import is_job_id


class Caller(Struct, frozen=True):
    """`who` is a hash (16 hex digits) that stays the same for the same user or link, `means` how
    they showed it (token, link, ...), `origin` the address they came from."""

    who: str
    means: str
    origin: str = ""


# What the server does by itself: it starts, it sweeps, it makes room.
SYSTEM = Caller("system", "system")


# One entry for each kind of command.
_NAMES = {
    kind: re.sub("(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower() for kind in get_args(Command)
}


def what_of(command: Command) -> str:
    """A command's name in the audit log: `CreateJob` is `create_job`."""
    return _NAMES[type(command)]


def job_of(command: Command) -> str | None:
    """The job it is about; None where it is about the desk, or about what no job is called."""
    job_id: str | None = getattr(command, "job_id", None)
    return job_id if job_id is not None and is_job_id(job_id) else None
