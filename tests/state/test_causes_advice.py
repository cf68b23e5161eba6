"""What would help against a failure, by its cause: what would fail again is not advised."""

from __future__ import annotations

import pytest

from state.causes import POISONED, advice_of, cause_of

NOTHING = {"http_status": None, "ended_as": None, "stop": None, "template": None, "error": None}
ADVISED = [
    ({"ended_as": "timeout", "stop": "rounds"}, "go_on"),
    # Tried again, it would end at the same limit.
    ({"ended_as": "timeout", "stop": "budget"}, "raise_cap"),
    ({"ended_as": "error", "error": "the job's cap of $1 has no room for this call"}, "raise_cap"),
    ({"ended_as": "error", "stop": "budget", "error": "the job's cap of $1 has"}, "raise_cap"),
    # No limit of the job's would let these go on.
    ({"ended_as": "timeout", "stop": "budget", "error": "the desk's cap of $1 a day"}, "tomorrow"),
    ({"ended_as": "error", "stop": "budget", "error": "the desk's cap of $1 a day"}, "tomorrow"),
    ({"ended_as": "timeout", "stop": "budget", "error": "the task's cap of $1 has"}, "task_cap"),
    ({"http_status": 404, "error": "HTTP 404: it is not there"}, "missing"),
    ({"http_status": 429, "error": "HTTP 429: asked to wait"}, "slower"),
    ({"error": "timed out: no answer in 30 s"}, "timeout"),
    ({"error": "something that nobody has met"}, "look"),
]


@pytest.mark.parametrize(("outcome", "advice"), ADVISED)
def test_what_helps_is_advised(outcome, advice):
    assert advice_of(cause_of(poisoned=False, **{**NOTHING, **outcome})) == advice


def test_what_has_ended_its_worker_is_that_and_nothing_else():
    cause = cause_of(poisoned=True, **{**NOTHING, "http_status": 404})
    assert advice_of(cause) == POISONED


@pytest.mark.parametrize("whose", ["job", "task", "desk"])
def test_a_limit_is_one_cause_whether_a_call_had_been_made_or_not(whose):
    error = f"the {whose}'s cap of 9 tokens has no room for this call"
    causes = {
        cause_of(poisoned=False, **{**NOTHING, "ended_as": end, "stop": "budget", "error": error})
        for end in ("timeout", "error")
    }
    assert len(causes) == 1
