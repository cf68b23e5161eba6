"""The whole experiment: every case in process, whole desks on a virtual clock, and real servers.

`python -m torture ioerrors` runs it; `python -m torture.ioerrors CASE` one case or scenario again.
"""

from __future__ import annotations

import random

import trio

from torture.ioerrors.cases import Case, all_cases, full_disk, made_world, violations
from torture.ioerrors.servers import SCENARIOS, Seen, Unable, run_scenario
from torture.verdict import Scale, Verdict, Violation

REPLAY = "python -m torture.ioerrors"
CLAIM = "no false acknowledgement, no crash, others unaffected, back within 5 s of relief"
BACK_S = 5.0


def run(scale: Scale) -> Verdict:
    """In full: every case, and every scenario of a real server. A share: some, and one."""
    ran, wrong = trio.run(_in_process, scale)
    seen, skipped = _on_servers(scale)
    for name, found in seen.items():
        wrong += [Violation(f"{name}: {said}", f"{REPLAY} {name}") for said in found.wrong]
    slowest = max((found.back_s for found in seen.values()), default=0.0)
    if scale.share >= 1.0 and slowest > BACK_S:
        name = max(seen, key=lambda one: seen[one].back_s)
        wrong.append(Violation(f"{name}: back after {slowest:.1f} s", f"{REPLAY} {name}"))
    return Verdict(
        "ioerrors",
        CLAIM,
        ran,
        "cases",
        tuple(wrong),
        {
            "server scenarios": str(len(seen)),
            "false acknowledgements": str(sum(found.false_acks for found in seen.values())),
            "crashes": str(sum(found.crashes for found in seen.values())),
            "slowest return": f"{slowest:.1f} s",
        },
        tuple(skipped),
    )


async def _in_process(scale: Scale) -> tuple[int, list[Violation]]:
    world = await made_world()
    cases = await all_cases(world)
    chosen = random.Random(scale.seed).sample(cases, scale.of(len(cases)))
    wrong = [Violation(said, f"{REPLAY} full-disk") for said in await full_disk(world)]
    for case in chosen:
        for said in await violations(world, case):
            wrong.append(Violation(f"{case}: {said}", f"{REPLAY} {case}"))  # noqa: PERF401
    return len(chosen) + 1, wrong


def _on_servers(scale: Scale) -> tuple[dict[str, Seen], list[str]]:
    names = list(SCENARIOS)
    if scale.share < 1.0:
        names = names[: round(len(names) * scale.share)] or names[:1]
    seen: dict[str, Seen] = {}
    skipped = []
    for name in names:
        try:
            seen[name] = run_scenario(name)
        except Unable as reason:
            skipped.append(f"{name}: {reason}")
    return seen, skipped


async def again(text: str) -> list[str]:
    """What is wrong in one case in process, by its text."""
    world = await made_world()
    if text == "full-disk":
        return await full_disk(world)
    return await violations(world, Case.parse(text))
