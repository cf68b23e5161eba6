"""A small share of the power losses, on every commit; the whole: `python -m torture powerloss`."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from state.secret import load_secret
from torture.powerloss import experiment
from torture.powerloss.files import SimulatedFiles
from torture.powerloss.models import MODELS
from torture.powerloss.platter import Platter
from torture.powerloss.story import COMMANDS, Player
from torture.verdict import Scale


def test_a_small_share_finds_nothing_lost():
    verdict = experiment.run(Scale(share=0.0005, processes=1))
    assert verdict.violations == ()
    assert verdict.ran > 1_500


def test_a_violation_names_the_state_it_was_found_in(monkeypatch):
    monkeypatch.setattr(SimulatedFiles, "fdatasync", lambda self, handle: None)
    effort = experiment.QUICK
    verdict = experiment.verdict_on(["running:finish"], effort, Scale(processes=1))
    assert any("lost" in violation.what for violation in verdict.violations)
    assert "--sequence 'running:finish'" in verdict.violations[0].replay


def test_every_command_is_played_from_some_base():
    clock = trio.testing.MockClock()

    async def applicable():
        player = Player(clock)
        return [name for name in COMMANDS if await player.play(f"busy:{name}")]

    assert trio.run(applicable, clock=clock) == list(COMMANDS)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_the_signing_key_never_changes_once_it_was_used(tmp_path, model):
    files = SimulatedFiles({})
    key = load_secret(tmp_path, files)
    platter = Platter({})
    for point, event in enumerate(files.events, 1):
        platter.take(event)
        for image in model.images(platter, f"key {point}", 50):
            found = load_secret(tmp_path, SimulatedFiles(image))
            assert found == key or point < len(files.events)
