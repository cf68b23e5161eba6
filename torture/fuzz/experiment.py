"""The claim: whatever is sent, every answer is one that was meant, nobody waits, nobody else
notices, and the server goes on.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import trio

from torture.fuzz.aftermath import Witness, doctor_says, missing, revisions
from torture.fuzz.runner import CALLERS, STAGE_INPUTS, Found, Target, serving
from torture.fuzz.wire import LIMIT_S, SHARE_LIMIT_S
from torture.verdict import Scale, Verdict, Violation

FULL = 20_000
CLAIM = "hostile input: no status 500, no unhandled exception, no hang, no other desk touched"


def run(scale: Scale) -> Verdict:
    """The frame's entry."""
    with tempfile.TemporaryDirectory(prefix="nightdesk-fuzz-") as folder:
        return trio.run(_run, scale, Path(folder) / "data")


async def _run(scale: Scale, data: Path) -> Verdict:
    count = scale.of(FULL)
    found: list[Found] = []
    limit_s = LIMIT_S if scale.share >= 1.0 else SHARE_LIMIT_S
    async with serving(data, limit_s) as target:
        witness = await Witness.made(target.url)
        found += [one async for one in _all(target, scale.seed, count)]
        found += [Found(what, ()) for what in await witness.problems()]
        found += [Found(what, ()) for what in target.log.problems()]
        living = await revisions(target.url, target.desks)
        leaked = target.log.holds(tuple(target.secrets))
        found += [Found(f"{len(leaked)} secrets are in the log", ())] * bool(leaked)
        if code := await target.server.stop():
            found.append(Found(f"the server ended with {code}", ()))
        found += [Found(what, ()) for what in target.log.problems()]
    found += [Found(what, ()) for what in await doctor_says(data)]
    async with serving(data) as again:
        lost = [*await witness.problems(again.url), *await missing(again.url, living)]
        found += [Found(f"after a restart: {what}", ()) for what in lost]
        await again.server.stop()
    return _verdict(scale, count, target.statuses, len(living), found)


async def _all(target: Target, seed: int, count: int) -> AsyncIterator[Found]:
    """Stage after stage; the log is looked at after each."""
    for start in range(0, count, STAGE_INPUTS):
        numbers = range(start, min(count, start + STAGE_INPUTS))
        for one in await target.run(await target.stage(), seed, numbers, CALLERS):
            yield one
        for line in target.log.problems():
            yield Found(line, tuple(numbers))
        if not target.server.alive:
            yield Found("the server is gone", tuple(numbers))
            return


def _verdict(
    scale: Scale, count: int, statuses: Counter[int], living: int, found: list[Found]
) -> Verdict:
    facts = {
        "statuses": " ".join(f"{status}:{statuses[status]}" for status in sorted(statuses)),
        "desks afterwards": str(living),
    }
    return Verdict(
        experiment="fuzz",
        claim=CLAIM,
        ran=count,
        unit="inputs",
        violations=tuple(Violation(one.what, _again(scale, one.numbers)) for one in found),
        facts=facts,
    )


def _again(scale: Scale, numbers: tuple[int, ...]) -> str:
    if not numbers:
        return f"python -m torture fuzz --share {scale.share} --seed {scale.seed}"
    inputs = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"
    return f"python -m torture.fuzz --seed {scale.seed} {inputs}"
