"""What a jail is to be, and what it came to: values that cross the wire. No I/O.

Given by `workers.cpu` in the first message to a worker; `workers.jail.enter` makes it so.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

JailMode = Literal["on", "strict", "off"]

Layer = Literal["limits", "privileges", "syscalls", "files", "signals", "network"]

LAYERS: dict[Layer, str] = {
    "limits": "memory, processor time, file size and open files are limited by the kernel",
    "privileges": "no capability, and no way to gain one; unreadable to its equals",
    "syscalls": "a filter refuses sockets, other processes, kernel interfaces (seccomp)",
    "files": "only its own libraries can be read, only its own folder written (Landlock)",
    "signals": "no signal and no abstract socket reaches outside (Landlock)",
    "network": "a network namespace of its own, with nothing in it",
}

# Without these no hostile byte is touched, unless the operator turns the jail off.
REQUIRED: dict[JailMode, tuple[Layer, ...]] = {
    "off": ("limits",),
    "on": ("limits", "privileges", "syscalls"),
    "strict": ("limits", "privileges", "syscalls", "files", "network"),
}


class JailSettings(Struct, frozen=True, kw_only=True):
    """The limits of one worker. `item_cpu_s` is given anew for every item, the rest holds for the
    process. `programs` says whether it may start programs, which then inherit all of it, and
    `own_programs` whether also such as lie in its own folder; `unix` whether it may have local
    sockets of its own. `readable` are folders besides its libraries. What has one of the `kept`
    names in its own folder stays there from item to item."""

    mode: JailMode
    memory_bytes: int
    item_cpu_s: int
    file_bytes: int
    open_files: int
    processes: int
    programs: bool = False
    own_programs: bool = False
    unix: bool = False
    readable: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


class JailReport(Struct, frozen=True):
    """The layers that hold, and why each of the others does not."""

    holds: tuple[Layer, ...]
    missing: dict[str, str]

    def lacks(self, mode: JailMode) -> str | None:
        """What is missing of what the mode requires, in words; None where nothing is."""
        lacking = [layer for layer in REQUIRED[mode] if layer not in self.holds]
        if not lacking:
            return None
        whys = "; ".join(f"{layer}: {self.missing.get(layer, 'not tried')}" for layer in lacking)
        return f"the jail cannot be made as --jail {mode} wants it ({whys})"
