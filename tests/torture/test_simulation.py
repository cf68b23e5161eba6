"""A small part of the simulation's seeds, on every commit; and that a seed says everything."""

from __future__ import annotations

from torture.simulation import experiment
from torture.simulation.plot import play
from torture.simulation.scenario import draw
from torture.verdict import Scale

SHARE = 0.02
MINUTES_10 = 600.0


def test_the_promises_hold_in_some_seeds():
    verdict = experiment.run(Scale(share=SHARE))
    assert verdict.violations == ()
    assert verdict.holds
    assert verdict.ran == Scale(share=SHARE).of(experiment.FULL_SEEDS)
    # A simulation in which nothing happens proves nothing.
    assert not [name for name, value in verdict.facts.items() if value == "0"]


def test_a_seed_replays_exactly():
    first, again = play(77), play(77)
    assert first.digest == again.digest
    assert first.counts == again.counts
    assert play(78).digest != first.digest


def test_every_seed_is_ten_virtual_minutes_or_more():
    scenarios = [draw(seed) for seed in range(2_000)]
    assert min(scenario.length_s for scenario in scenarios) >= MINUTES_10
    ends = {leg.end for scenario in scenarios for leg in scenario.legs}
    assert ends == {"stop", "kill", "power"}
