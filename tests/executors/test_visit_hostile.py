"""Pages that hang, flood and eat: each is an outcome within its time, and the next item runs.

With a real Chromium and the browser tool. One after the other: they are made to take all there is.
"""

from __future__ import annotations

import pytest

from state.model import OutcomeStatus
from tests.support.visiting import drive_all

pytestmark = pytest.mark.browser

MIB = 1024 * 1024


def staying(page, **spec):
    def scenario(site, other):
        stay = {"do": "wait_ms", "ms": 60_000}
        return [{"url": site.url(page), "path": [stay]}, site.url("/music")], spec

    return scenario


def asking(page):
    def scenario(site, other):
        steps = [{"do": "wait_ms", "ms": 500}, {"do": "extract", "as": "a", "selector": "h1"}]
        return [{"url": site.url(page), "path": steps}, site.url("/music")], {"timeout_s": 3}

    return scenario


# The page, and what its error says.
SCENARIOS = {
    "alerts": (staying("/alerts"), "more than 100 dialogs"),
    "popups": (staying("/popups", timeout_s=60), "more than 50 windows"),
    "loop": (staying("/loop", item_timeout_s=3), "the journey took longer than 3 s"),
    "blocked": (asking("/loop"), "the page does not answer any more"),
    "memory": (staying("/memory"), "memory"),
    "nodes": (staying("/nodes", item_timeout_s=3), "the journey took longer than 3 s"),
}


@pytest.fixture(scope="module")
def driven():
    scenarios = {name: scenario for name, (scenario, _) in SCENARIOS.items()}
    return drive_all(scenarios, at_once=1, page_max_memory_bytes=600 * MIB)


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_is_an_outcome_that_says_why(driven, name):
    bad, _ = driven[name]
    assert bad.outcome.status is OutcomeStatus.FAILED
    assert SCENARIOS[name][1] in bad.outcome.error
    assert bad.outcome.retry is False


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_next_item_runs(driven, name):
    _, good = driven[name]
    assert (good.outcome.status, good.outcome.error) == (OutcomeStatus.OK, None)


def test_popups_and_dialogs_are_counted_and_bounded(driven):
    assert driven["popups"][0].result["popups"] > 50
    assert len(driven["alerts"][0].result["dialogs"]) == 50
