"""Journeys that fail: why, with a last screenshot, and whether another try is worth it.

With a real Chromium, the browser tool and its gateway.
"""

from __future__ import annotations

import pytest

from state.model import OutcomeStatus
from tests.support.journey_site import PRIVATE
from tests.support.ports import refusing_port
from tests.support.visiting import drive_all

pytestmark = pytest.mark.browser

SECRET = "swordfish & chips"
SHOT = {"do": "screenshot"}


def doing(page, *steps, **spec):
    def scenario(site, other):
        bad = {"url": site.url(page), "path": [dict(step) for step in steps or (SHOT,)]}
        return [bad], spec

    return scenario


def leaking(site, other):
    """The page sends what is filled in as part of its address, and shows it."""
    steps = [
        {"do": "fill", "selector": "#word", "value": SECRET, "secret": True},
        {"do": "click", "text": "Go"},
        {"do": "extract", "as": "seen", "selector": "#said"},
        {"do": "click", "selector": "#not-there", "timeout_s": 2},
    ]
    return [{"url": site.url("/leak"), "path": steps}], {}


def unreachable(site, other):
    with refusing_port() as port:
        return [f"http://127.0.0.1:{port}/"], {}


def refused_tunnel(site, other):
    return [PRIVATE.replace("http:", "https:")], {}


# What has so little time takes all of it, however fast the machine is.
CLICK = {"do": "click", "timeout_s": 2}
# The page and what is done there, and what the error says.
SCENARIOS = {
    "download": (doing("/download"), "the address is a download"),
    "private": (doing("/redirect-private"), "10.255.255.1 is"),
    "private link": (doing("/to-private", {"do": "click", "text": "Inside"}), "10.255.255.1 is"),
    "tunnel": (refused_tunnel, "10.255.255.1 is"),
    "file": (doing("/redirect-file"), "pages may not lead to"),
    "round": (doing("/round"), "redirects without end"),
    "silent": (doing("/silent", timeout_s=2), "did not load within 2 s"),
    "script": (doing("/script", timeout_s=3), "did not load within 3 s"),
    "gone": (doing("/nowhere"), "HTTP 404 Not Found"),
    "busy": (doing("/busy"), "HTTP 503 Service Unavailable"),
    "empty": (doing("/empty"), "HTTP 503 Service Unavailable"),
    "unreachable": (unreachable, "127.0.0.1"),
    "missing": (
        doing("/music", {**CLICK, "selector": "#not-there"}),
        "waited 2 s: the page has no visible '#not-there'",
    ),
    "covered": (
        doing("/covered", {**CLICK, "selector": "#buy", "timeout_s": 5}),
        "something else covers '#buy'",
    ),
    "unsaid": (
        doing("/music", {"do": "expect_text", "text": "Coffee", "timeout_s": 2}),
        "did not say 'Coffee'",
    ),
    "selector": (doing("/music", {**CLICK, "selector": "<<<"}), "<<<"),
    "leaking": (leaking, "the page has no visible '#not-there'"),
}
RETRIED = {"silent", "script", "busy", "empty", "unreachable"}


@pytest.fixture(scope="module")
def driven():
    return drive_all({name: scenario for name, (scenario, _) in SCENARIOS.items()})


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_is_an_outcome_that_says_why(driven, name):
    [bad] = driven[name]
    assert bad.outcome.status is OutcomeStatus.FAILED
    assert SCENARIOS[name][1] in bad.outcome.error


@pytest.mark.parametrize("name", SCENARIOS)
def test_only_what_has_not_begun_is_tried_again(driven, name):
    [bad] = driven[name]
    assert bad.outcome.retry is (name in RETRIED)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_failed_journey_has_a_last_screenshot_or_says_why_not(driven, name):
    [bad] = driven[name]
    said = [line["text"] for line in bad.result["console"]]
    if "there is no last screenshot: the page did not answer" in said:
        assert "screenshot" not in bad.result["steps"][-1]
        return
    assert bad.result["screenshots"][-1].endswith("-failed.png")
    assert bad.result["screenshots"][-1] in bad.context.files


def test_a_page_that_answers_is_photographed(driven):
    assert any(driven[name][0].result["screenshots"] for name in ("gone", "missing", "unsaid"))


def test_a_host_that_asks_for_time_gets_it(driven):
    [bad] = driven["busy"]
    assert (bad.outcome.retry_after_s, bad.outcome.pressure) == (7.0, True)
    assert bad.result["http_status"] == 503


def test_what_was_refused_is_listed(driven):
    [bad] = driven["tunnel"]
    assert [each["place"] for each in bad.result["refused"]] == ["10.255.255.1:443"]


@pytest.mark.parametrize("name", ["private", "private link", "unreachable"])
def test_what_the_gateway_answers_is_no_status_of_the_site(driven, name):
    [bad] = driven[name]
    assert bad.result["http_status"] is None


def test_downloads_are_told_and_not_kept(driven):
    [bad] = driven["download"]
    assert [each["name"] for each in bad.result["downloads"]] == ["list.bin"]


def test_a_secret_is_told_nowhere_even_where_the_page_repeats_it(driven):
    [bad] = driven["leaking"]
    assert "•••" in bad.result["final_url"]
    for form in (SECRET, "swordfish", "fish%20%26", "fish+%26+chips"):
        assert form not in bad.said
