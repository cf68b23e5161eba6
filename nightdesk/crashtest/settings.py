"""What an experiment is asked to do. Built by `nightdesk.cli.crashtest` and by torture."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from nightdesk.ranges import ConfigError

RESTART_LIMIT_S = 2.0

_RANGES: dict[str, tuple[float, float]] = {
    "kills": (1, 100_000),
    "clients": (1, 200),
    "desks": (1, 100_000),
    "restart_limit_s": (0.1, 600.0),
}


class Settings(Struct, frozen=True, kw_only=True):
    """`folder` is the user's; the experiment works in a folder of its own within it.

    `restart_limit_s` None: restarts are timed and not judged. `load_s` is the shortest and the
    longest time that clients work between two kills.
    """

    folder: Path
    kills: int = 200
    clients: int = 20
    desks: int = 1_000
    seed: int = 0
    keep: bool = False
    restart_limit_s: float | None = RESTART_LIMIT_S
    load_s: tuple[float, float] = (0.2, 1.5)

    def validate(self) -> None:
        """Raises ConfigError that names every value out of its range, by its flag."""
        wrong = []
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                flag = "--" + name.replace("_", "-")
                wrong.append(f"{flag} {value} is not within {low:g} to {high:g}")
        if wrong:
            raise ConfigError("; ".join(wrong))
