"""What a batch would be as a job, asked of the server and told: for `nightdesk estimate` and for
`submit --dry-run`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nightdesk.cli.reach import Reach
from nightdesk.cli.source import Batch, Packed
from nightdesk.cli.terminal import put, put_json
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client.forms import Estimate, Expected

_UNITS = ((172_800, 86_400, "days"), (7_200, 3_600, "hours"), (100, 60, "minutes"))


def estimated(
    batch: Batch | Packed, kind: str, spec: Mapping[str, Any], at: Reach, words: Words
) -> int:
    """Of a job that has these fields besides those of the batch. Returns the exit code."""
    with at.client(words) as client:
        found = batch.estimate(client, kind=kind, spec={**batch.spec, **spec})
    return _put(found, at, words)


def _put(found: Estimate, at: Reach, words: Words) -> int:
    """What a job would be, on stdout. Returns the exit code."""
    if at.json:
        put_json(found)
        return EXIT_OK
    put(words("estimate.items", kind=found.kind, count=f"{found.items:,}"))
    if found.grows_to:
        put(words("estimate.grows", count=f"{found.grows_to:,}"))
    price, free = f"{found.price_tokens:,}", f"{found.free_tokens:,}"
    put(words("estimate.price", price=price, free=free))
    if found.missing_tokens:
        put(words("estimate.missing", count=f"{found.missing_tokens:,}"))
    put(_duration(found.expected, words))
    return EXIT_OK


def _duration(expected: Expected | None, words: Words) -> str:
    if expected is None:
        return words("estimate.unknown")
    seconds = expected.seconds
    found = next(((size, unit) for least, size, unit in _UNITS if seconds >= least), (1, "seconds"))
    count = max(1, round(seconds / found[0]))
    time = words(f"estimate.{found[1]}", count=f"{count:,}")
    return words(f"estimate.{expected.basis}", time=time, jobs=expected.jobs)
