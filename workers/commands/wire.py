"""What a worker tells the process that is to run a command, and what it says before it does: one
frame each way (`workers.helpers.wire`). No I/O."""

from __future__ import annotations

from msgspec import Struct

from workers.jail.settings import JailSettings, Layer


class Setup(Struct, frozen=True):
    """`own` is all that the command may write to; it stands in the folder `files` of it, and
    `tmp` is its home and place for temporary files. `required` are the layers without which it
    does not run; `cpu_s` is of each of its processes."""

    jail: JailSettings
    required: tuple[Layer, ...]
    own: str
    command: str
    cpu_s: int


class Ready(Struct, frozen=True):
    """`lack` says why the command was not run."""

    lack: str | None = None
