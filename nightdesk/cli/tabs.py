"""What `submit tab` may say, as flags: how the user's own tabs open the URLs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Parameter


@dataclass(frozen=True, kw_only=True)
class TabOptions:
    """Flags that are not given are left to the server's defaults."""

    concurrency: int | None = None
    """URLs at once, over all tabs."""
    delay_ms: int | None = None
    """Milliseconds between two URLs, over all tabs."""
    sequential: Annotated[bool, Parameter(negative="")] = False
    """The next URL only when the one before is open."""
    one_window: Annotated[bool, Parameter(negative="")] = False
    """Use one window again and again (else: a new one for each URL)."""
    answer_timeout: int | None = None
    """Seconds after which another tab gets a URL that a tab said nothing of."""
    failover_after_min: int | None = None
    """Minutes without a tab after which the server fetches the rest (else: it waits)."""

    def spec(self) -> dict[str, Any]:
        given = {
            "concurrency": self.concurrency,
            "delay_ms": self.delay_ms,
            "sequential": True if self.sequential else None,
            "new_window": False if self.one_window else None,
            "answer_timeout_s": self.answer_timeout,
            "failover_after_min": self.failover_after_min,
        }
        return {field: value for field, value in given.items() if value is not None}
