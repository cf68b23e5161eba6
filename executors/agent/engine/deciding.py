"""What is next for a task, by how it stands. Pure: it decides, and awaits nothing.

Asked by `executors.agent.engine.working` before each of its steps.
"""

from __future__ import annotations

from msgspec import Struct

from executors.agent.engine import prompts
from executors.agent.engine.records import Status, StopReason, Verdict
from executors.agent.engine.settings import Limits
from executors.agent.engine.state import State
from executors.agent.engine.verdicts import Reading, read_verdict
from state.spending import Spend, SpendCap, usd


class AskCoder(Struct, frozen=True):
    """The coder goes on with its round."""


class UseTools(Struct, frozen=True):
    """What the last reply wanted done is done, in its order."""


class AskJudge(Struct, frozen=True):
    """The round is over, and judged."""


class Weigh(Struct, frozen=True):
    """The judge has answered, and its verdict is taken from the answer."""


class Stop(Struct, frozen=True):
    """The run ends. `error` says what went wrong, or which cap is reached."""

    stop: StopReason
    error: str = ""


class Over(Struct, frozen=True):
    """It has ended."""


Step = AskCoder | UseTools | AskJudge | Weigh | Stop | Over


def next_step(state: State, limits: Limits, left_s: float) -> Step:
    """`left_s` is how long this run may still be worked on."""
    if state.ended is not None:
        return Over()
    if state.failed:
        return Stop("error", state.failed)
    if state.to_weigh is not None:
        return Weigh()
    if (stop := _stop(state, limits, left_s)) is not None:
        return Stop(stop)
    if state.pending:
        return UseTools()
    if state.acted or state.calls_in_round >= limits.max_calls_a_round:
        return AskJudge()
    return AskCoder()


def _stop(state: State, limits: Limits, left_s: float) -> StopReason | None:
    """The first three change with a verdict alone, so they cannot stop within a round."""
    if state.done:
        return "done"
    if state.judged - state.judged_before_run >= limits.max_iterations:
        return "rounds"
    if state.stale >= limits.plateau_rounds:
        return "plateau"
    if left_s <= 0:
        return "time"
    return None


def verdict_of(state: State, at: str) -> Verdict:
    """What the judge's answer comes to. The done round is the best, and otherwise that with the
    highest score; of equal ones the later, if its files are others."""
    answer = state.to_weigh
    assert answer is not None
    if answer.error:
        text = prompts.NOT_JUDGED.format(error=answer.error)
        reading = Reading(False, None, (), text)
    else:
        reading = read_verdict(answer.text)
    return Verdict(
        at=at,
        round=state.round,
        done=reading.done,
        score=reading.score,
        missing=reading.missing,
        text=reading.text,
        best=_is_best(state, reading),
        judged=not answer.error,
        elapsed_s=answer.elapsed_s,
    )


def _is_best(state: State, reading: Reading) -> bool:
    if reading.done or state.scores_more(reading.score):
        return True
    equal = reading.score is not None and reading.score == state.best_score
    return equal and not state.seen.as_best


def status_of(state: State, stop: StopReason) -> Status:
    """A limit that is reached leaves a task unfinished; one that leaves no room for even the first
    call has let nothing be done."""
    if stop == "done":
        return "completed"
    if stop == "error" or (stop == "budget" and state.begun == 0):
        return "error"
    return "timeout"


def cap_reason(cap: SpendCap, so_far: Spend, most: Spend) -> Stop | None:
    """Why the task's own cap has no room for a call that may cost so much. What it has spent is not
    said: a share link shows why a task has stopped, and no costs."""
    if cap.picousd is not None and most.unpriced:
        text = "the task has a cap in US dollars, and nobody knows the price of this model"
        return Stop("error", f"{text}: give it in a table of prices, or set a cap in tokens")
    if cap.tokens is not None and so_far.tokens + most.tokens > cap.tokens:
        text = f"the task's cap of {cap.tokens:,} tokens has no room for this call"
        return Stop("budget", f"{text}, which may take up to {most.tokens:,}{_ADVICE}")
    if cap.picousd is not None and so_far.picousd + most.picousd > cap.picousd:
        text = f"the task's cap of ${_usd(cap.picousd)} has no room for this call"
        return Stop("budget", f"{text}, which may cost up to ${_usd(most.picousd)}{_ADVICE}")
    return None


_ADVICE = ": raise the cap, or allow fewer tokens a call"


def _usd(picousd: int) -> str:
    return f"{usd(picousd).normalize():f}"
