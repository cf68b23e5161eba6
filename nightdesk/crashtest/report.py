"""Keeps the evidence: the whole history, the violations, and the part that each is about.

Called by `nightdesk.crashtest.run`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from nightdesk.crashtest.history import History
from nightdesk.crashtest.judge import Verdict
from nightdesk.crashtest.settings import Settings

_SLICES_MAX = 50


def write_history(folder: Path, settings: Settings, history: History, verdict: Verdict) -> Path:
    """One JSON object a line, each with its kind under `what`."""
    path = folder / "history.jsonl"
    encoder = msgspec.json.Encoder(enc_hook=str)
    with path.open("wb") as file:
        for what, value in _entries(settings, history, verdict):
            file.write(encoder.encode({"what": what, **msgspec.to_builtins(value, enc_hook=str)}))
            file.write(b"\n")
    return path


def _entries(settings: Settings, history: History, verdict: Verdict) -> Iterator[tuple[str, Any]]:
    yield "settings", settings
    yield "figures", verdict.figures
    slow = () if verdict.slow is None else (verdict.slow,)
    for violation in (*verdict.violations, *slow):
        entry = {"kind": violation.kind, "says": violation.what, "job": violation.job}
        yield "violation", entry
    told = {violation.job for violation in verdict.violations[:_SLICES_MAX] if violation.job}
    # What violations are about comes first, so that nobody has to search for it.
    for mine in (True, False):
        for batch in history.batches.values():
            if (batch.name in told) is mine:
                yield "batch", batch
        for call in history.calls:
            about = call.job in told or any(shown.name in told for shown in call.shown)
            if about is mine:
                yield "call", call
        for hit in history.hits:
            if (hit.job in told) is mine:
                yield "hit", hit
        for truth in history.truths:
            if (truth.name in told) is mine:
                yield "truth", truth
    for life in history.lives:
        yield "life", life
    for watch in history.watches:
        yield "watch", watch
