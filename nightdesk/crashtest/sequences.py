"""The steps of each job, out of all calls: repetitions of a request are one step, looks are many.

Pure; used by `nightdesk.crashtest.judge`. Repetitions that say something else than the first answer
are violations of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from msgspec.structs import replace

from nightdesk.crashtest.history import COMMANDS, Call, History, Violation
from nightdesk.crashtest.model import GONE, LOOK, Step

_LOOKS_AT_ALL = ("snapshot", "poll")


def steps_of(history: History) -> dict[str, list[Step]]:
    """By job name; steps carry the number of the call that settled them."""
    found: dict[str, list[Step]] = defaultdict(list)
    for attempts in requests(history.calls):
        for step in _merged(attempts):
            found[attempts[0].job].append(step)
    by_desk: dict[int, list[str]] = defaultdict(list)
    for batch in history.batches.values():
        by_desk[batch.desk].append(batch.name)
    made = {c.job: c.began for c in reversed(history.calls) if c.action == "create"}
    for call in history.calls:
        for name, step in _looks(call, by_desk[call.desk], made):
            found[name].append(step)
    return found


def requests(calls: Iterable[Call]) -> list[list[Call]]:
    """Commands, with those of one idempotency key together, in order of time."""
    groups: dict[tuple[int, str], list[Call]] = {}
    for call in calls:
        if call.action in COMMANDS:
            name = call.key or f"call {call.number}"
            groups.setdefault((call.desk, name), []).append(call)
    return list(groups.values())


def other_answers(history: History) -> list[Violation]:
    """Repeated requests whose answer is not the first one."""
    found = []
    for attempts in requests(history.calls):
        acked = [call for call in attempts if call.result == "acked"]
        for call in acked[1:]:
            if (call.shown, call.revision) != (acked[0].shown, acked[0].revision):
                what = (
                    f"{call.action} {call.job}: calls {acked[0].number} and {call.number} have one"
                    f" Idempotency-Key and two answers: {acked[0].shown} at {acked[0].revision},"
                    f" {call.shown} at {call.revision}"
                )
                found.append(Violation("repeat", what, call.job))
    return found


def _merged(attempts: list[Call]) -> list[Step]:
    """One request, however often it was sent, takes effect at most once.

    A refusal says that no attempt before was done, but for one: that what it made is deleted.
    """
    acked = next((n for n, call in enumerate(attempts) if call.result == "acked"), None)
    if acked is not None:
        late = [replace(_step(c), began=c.began) for c in attempts[acked + 1 :] if _says_gone(c)]
        return [replace(_step(attempts[acked]), began=attempts[0].began), *late]
    gone = [_step(call) for call in attempts if _says_gone(call)]
    unsure = [call for call in attempts if call.result == "unknown"]
    refused = [call for call in attempts if call.result == "refused" and not _says_gone(call)]
    settled = [call for call in refused if call.code != "unreached"]
    if gone or not settled:
        done = [replace(_step(unsure[-1]), began=unsure[0].began)] if unsure else []
        return done + gone
    later = [call for call in unsure if call.began > settled[-1].began]
    return [_step(call) for call in settled + later]


def _says_gone(call: Call) -> bool:
    return call.result == "refused" and call.code == "job_deleted"


def _step(call: Call) -> Step:
    action = "create and start" if call.action == "create" and call.start else call.action
    status = call.shown[0].status if call.shown else None
    if _says_gone(call):
        action, status = LOOK, None
    return Step(
        number=call.number,
        life=call.life,
        action=action,
        began=call.began,
        ended=call.ended,
        result="acked" if action == LOOK else call.result,
        code=call.code,
        status=status,
    )


def _looks(call: Call, names: list[str], made: dict[str, float]) -> list[tuple[str, Step]]:
    """What a read says of each job: its status, or that it is not there."""
    if call.action in _LOOKS_AT_ALL and call.result == "acked":
        seen = {shown.name: shown.status for shown in call.shown}
        wanted = [name for name in names if made.get(name, 0.0) < call.ended]
    elif call.action == "job" and (call.result == "acked" or call.code == "not_found"):
        seen = {shown.name: shown.status for shown in call.shown}
        wanted = [call.job]
    else:
        return []
    look = replace(_step(call), action=LOOK, result="acked")
    return [(name, replace(look, status=seen.get(name))) for name in wanted]


def first_state(history: History, name: str) -> str:
    batch = history.batches.get(name)
    return GONE if batch is None else batch.status
