"""Pages that hang, flood and eat: each is an outcome within its time, and the next journey runs.

With a real Chromium and the browser tool. One after the other: they are made to take all there is.
"""

from __future__ import annotations

import struct

import pytest

from executors.visit.shots import MAX_PIXELS, MAX_WIDTH
from state.model import OutcomeStatus
from tests.support.visiting import drive_all

pytestmark = pytest.mark.browser

MIB = 1024 * 1024


def staying(page, **spec):
    def scenario(site, other):
        stay = {"do": "wait_ms", "ms": 60_000}
        return [{"url": site.url(page), "path": [stay]}], spec

    return scenario


def asking(page):
    def scenario(site, other):
        ask = {"do": "extract", "as": "a", "selector": "h1", "timeout_s": 3}
        return [{"url": site.url(page), "path": [{"do": "wait_ms", "ms": 500}, ask]}], {}

    return scenario


def healthy(site, other):
    """In the same browser, with all the time that it wants."""
    return [site.url("/music")], {}


def photographing(site, other):
    whole = {"do": "screenshot", "full_page": True}
    return [{"url": site.url("/vast"), "path": [whole]}], {}


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
    scenarios["vast"] = photographing
    return drive_all(scenarios, at_once=1, then=healthy, page_max_memory_bytes=600 * MIB)


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_is_an_outcome_that_says_why(driven, name):
    bad, _ = driven[name]
    assert bad.outcome.status is OutcomeStatus.FAILED
    assert SCENARIOS[name][1] in bad.outcome.error
    assert bad.outcome.retry is False


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_next_journey_runs(driven, name):
    _, good = driven[name]
    assert (good.outcome.status, good.outcome.error) == (OutcomeStatus.OK, None)


def test_a_page_larger_than_can_be_drawn_that_lies_about_it_has_a_picture_and_a_result(driven):
    vast, _ = driven["vast"]
    assert (vast.outcome.status, vast.outcome.error) == (OutcomeStatus.OK, None)
    (picture,) = vast.context.files.values()
    width, height = struct.unpack(">II", picture[16:24])
    assert (width, width * height) == (MAX_WIDTH, MAX_PIXELS)
    assert (vast.result["title"], vast.result["console"][0]["text"]) == ("\ufffd", "\ufffd")


def test_popups_and_dialogs_are_counted_and_bounded(driven):
    assert driven["popups"][0].result["popups"] > 50
    assert len(driven["alerts"][0].result["dialogs"]) == 50
