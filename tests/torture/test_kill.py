"""A small share of the kill -9 experiment, for real: server, target, clients, SIGKILL."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from nightdesk.crashtest.history import Violation
from nightdesk.crashtest.judge import judge
from nightdesk.crashtest.run import Report
from tests.support.histories import Story
from torture import kill
from torture.verdict import Scale


def test_a_few_kills_lose_nothing():
    verdict = kill.run(Scale(share=0.01, seed=7))
    assert verdict.ran == 5
    assert [found.what for found in verdict.violations] == []
    assert int(verdict.facts["acknowledged"]) > 0
    assert int(verdict.facts["items"]) > 0


@pytest.mark.parametrize(("share", "limit_s"), [(1.0, 2.0), (0.5, None)])
def test_slow_restarts_break_the_claim_in_the_full_run_only(monkeypatch, share, limit_s):
    def run_experiment(settings, tell):
        assert settings.restart_limit_s == limit_s
        slow = None if limit_s is None else Violation("slow", "up to 9 s")
        verdict = replace(judge(Story().history, None), slow=slow)
        return Report(verdict, None, None)

    monkeypatch.setattr(kill, "run_experiment", run_experiment)
    told = [found.what for found in kill.run(Scale(share=share)).violations]
    assert told == ([] if limit_s is None else ["slow: up to 9 s"])
