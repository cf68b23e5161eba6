"""What a task is, and the limits that it is worked on under. Pure values.

Made by `executors.agent.run` and by the command line; used by all of the engine.
"""

from __future__ import annotations

from msgspec import Struct

from state.spending import NO_CAP, SpendCap


class Task(Struct, frozen=True, forbid_unknown_fields=True):
    """`dir` is the folder's name, as the user knows it. `run` is which run of the task the caller
    means, the first being 1 or more. If it is later than the last that was recorded, a run begins,
    with a fresh allowance of rounds and time; otherwise the recorded one goes on, and if that has
    ended, its result is told anew. With None, what has ended undone goes on in a run of its own."""

    dir: str
    first_prompt: str
    run: int | None = None


class Limits(Struct, frozen=True, kw_only=True):
    """`max_iterations` rounds a run; `max_calls_a_round` calls of the coder in one, after which its
    judge is asked. `time_limit_s` is of a run, and counts only while somebody works on it. `cap` is
    this task's own. A plateau is `plateau_rounds` rounds, one after the other, that leave the files
    as they were and score no better. Of a prompt above `max_prompt_tokens` (by the model's own
    count), older parts are shortened."""

    max_iterations: int = 10
    max_calls_a_round: int = 40
    max_tokens_a_call: int = 8192
    time_limit_s: float | None = None
    cap: SpendCap = NO_CAP
    plateau_rounds: int = 2
    max_prompt_tokens: int = 120_000
