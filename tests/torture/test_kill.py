"""A small share of the kill -9 experiment, for real: server, target, clients, SIGKILL."""

from __future__ import annotations

from torture import kill
from torture.verdict import Scale


def test_a_few_kills_lose_nothing():
    verdict = kill.run(Scale(share=0.01, seed=7))
    assert verdict.ran == 5
    assert [found.what for found in verdict.violations] == []
    assert int(verdict.facts["acknowledged"]) > 0
    assert int(verdict.facts["items"]) > 0
