"""The settings of mode `basic`: kind `tab`, whose URLs the user's own pages open. Pure."""

from __future__ import annotations

from web.dialects.batchgo.wanted import Settings
from web.dialects.fields import Fields, both

# Those of the contract's own example.
DEFAULT_DELAY_MS = 1_000

FEATURE = "basic"

# Our name for it -> the contract's, or ours where the contract has none.
_NAMES = {
    "delay_ms": "delay",
    "new_window": "new_window",
    "sequential": "sequential",
    "concurrency": "concurrency",
    "answer_timeout_s": "answer_timeout",
    "failover_after_min": "failover_after_min",
}
_DEFAULTS = {"delay": DEFAULT_DELAY_MS, "new_window": True, "sequential": False}


def basic_settings(fields: Fields) -> Settings:
    """Take what a basic task knows; what is wrong with it the plan of its kind says."""
    given = {
        name: fields.take(*both(name), default=_DEFAULTS.get(name)) for name in _NAMES.values()
    }
    spec = {ours: given[name] for ours, name in _NAMES.items() if given[name] is not None}
    return Settings(
        mode="basic",
        feature=FEATURE,
        price=FEATURE,
        kind="tab",
        spec=spec,
        shown={name: value for name, value in given.items() if value is not None},
        written={ours: fields.called(name) for ours, name in _NAMES.items()},
    )
