"""The three modes: which fields belong to which, and who reads them.

What belongs to another mode is told so, and not merely as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from msgspec import Struct

from actors.ports.calendar import Calendar
from web.dialects.batchgo.autoclick import autoclick_settings
from web.dialects.batchgo.basic import basic_settings
from web.dialects.batchgo.schemas import MODES, Mode
from web.dialects.batchgo.silent import silent_settings
from web.dialects.batchgo.wanted import Settings
from web.dialects.fields import Fields, both

_FIELDS: dict[Mode, tuple[str, ...]] = {
    "basic": (
        "delay",
        "new_window",
        "sequential",
        "answer_timeout",
        "failover_after_min",
    ),
    "silent": (
        "concurrency",
        "timeout",
        "retry_count",
        "use_proxy",
        "proxy_rotation",
        "proxy_url",
        "user_agent",
        "headers",
        "custom_referer",
        "access_mode",
        "extract",
    ),
    "autoclick": (
        "start_time",
        "end_time",
        "interval",
        "random_delay",
        "max_random_delay",
        "work_days",
        "timezone",
        "holidays",
    ),
}
_OWNERS = {
    spelling: mode for mode, names in _FIELDS.items() for name in names for spelling in both(name)
}


class Modes(Struct, frozen=True):
    """Reads the settings of any mode. `zone` is the server's own: of schedules that name none."""

    calendar: Calendar
    zone: str

    async def prepare(self, value: Mapping[str, Any]) -> None:
        """To be awaited before a body is read: a calendar is only asked for holidays that it has
        read, which takes a while."""
        config = value.get("config")
        own = config.get("autoclick") if isinstance(config, dict) else None
        if value.get("holidays") or (isinstance(own, dict) and own.get("holidays")):
            await self.calendar.load()

    def settings(self, mode: Mode, fields: Fields) -> Settings:
        """Take them; faults go to the errors of `fields`."""
        match mode:
            case "silent":
                return silent_settings(fields)
            case "basic":
                return basic_settings(fields)
            case "autoclick":
                return autoclick_settings(fields, self.calendar, self.zone)
            case _:
                assert_never(mode)


def mode_reason(value: object) -> str | None:
    """Why this is no mode."""
    return None if value in MODES else f"must be one of {', '.join(MODES)}"


def unknown(mode: Mode, name: str) -> str:
    """Why a field that a task of that mode does not know is refused."""
    owner = _OWNERS.get(name)
    if owner is None or owner == mode:
        return "unknown field"
    return f"belongs to the mode {owner}, and this task's is {mode}"
