"""Good journeys through a local site, with a real Chromium: what they do, tell and bring back."""

from __future__ import annotations

import pytest

from state.model import OutcomeStatus
from tests.support.journey_site import PASSWORD, USER
from tests.support.visiting import drive_all
from workers.browser.tool import WAITING

pytestmark = pytest.mark.browser

SECRET = "Bearer of-the-house"


def path_of(site, start, *steps, **more):
    return {"url": site.url(start), "path": list(steps), **more}


def sign_in(site):
    return path_of(
        site,
        "/login",
        {"do": "fill", "selector": "#user", "value": USER},
        {"do": "fill", "selector": "#password", "value": PASSWORD, "secret": True},
        {"do": "fill", "selector": "#team", "value": "b"},
        {"do": "screenshot", "as": "Form 表单", "full_page": True},
        {"do": "click", "text": "Sign in"},
        {"do": "wait_for", "url": "/account"},
        {"do": "expect_text", "text": f"hello, {USER}", "selector": "h1"},
        {"do": "extract", "as": "greeting", "selector": "h1", "screenshot": True},
        name="Sign in",
        id="0123abcd",
    )


def plain(site, other):
    return [site.url("/music")], {}


def signing_in(site, other):
    return [sign_in(site), site.url("/account")], {}


def one_session(site, other):
    show = path_of(site, "/account", {"do": "extract", "as": "greeting", "selector": "h1"})
    return [sign_in(site), show], {"keep_session": True}


def extracting(site, other):
    take = {"do": "extract"}
    return [
        path_of(
            site,
            "/table",
            {**take, "as": "rows", "selector": "#prices", "what": "table"},
            {**take, "as": "notes", "selector": ".note", "all": True},
            {**take, "as": "class", "selector": ".note", "attribute": "class"},
            {**take, "as": "html", "selector": ".note", "what": "html"},
            {**take, "as": "links", "selector": "body", "what": "links"},
        )
    ], {}


def looking_like(site, other):
    site.away = other.url("/echo")
    seen = {"do": "extract", "as": "seen", "selector": "#said"}
    there = {"do": "goto", "url": site.url("/away")}
    return [
        path_of(site, "/mine", seen),
        path_of(site, "/echo", seen),
        path_of(site, "/echo", there, seen),
    ], {
        "headers": {"X-Plain": "everywhere", "Authorization": SECRET},
        "user_agent": "Nightdesk tests",
        "locale": "de-DE",
        "timezone": "Asia/Shanghai",
        "viewport": {"width": 800, "height": 600},
        "cookies": [
            {"name": "tea", "value": "green", "url": site.url("/")},
            {"name": "sid", "value": "0123456789", "domain": "127.0.0.1", "http_only": True},
        ],
    }


def guarded(site, other):
    spec = {"basic_auth": {"username": USER, "password": PASSWORD}}
    return [site.url("/guarded")], spec


def scrolling(site, other):
    return [
        path_of(
            site,
            "/lazy",
            {"do": "scroll", "to": "end"},
            {"do": "extract", "as": "rows", "selector": "#list p", "all": True},
            {"do": "scroll", "to": "top"},
            {"do": "scroll", "to": 300},
            {"do": "scroll", "to": "#list p:nth-child(50)"},
        ),
        path_of(site, "/long", {"do": "screenshot", "full_page": True}),
    ], {}


def asking(site, other):
    said = {"do": "extract", "as": "said", "selector": "#said"}
    leave = [{"do": "click", "text": "Touch"}, {"do": "goto", "url": site.url("/music")}]
    return [path_of(site, "/dialogs", said), path_of(site, "/leaving", *leave)], {
        "dialogs": "accept"
    }


def generating(site, other):
    return [site.url(path) for path in ("/", "/lonely", "/traps")], {"without_path": "generate"}


def every_step(site, other):
    steps = [{"do": "press", "key": "End"}, {"do": "wait_ms", "ms": 1_500}]
    return [path_of(site, "/noise", *steps)], {"screenshot_each_step": True}


SCENARIOS = {
    each.__name__: each
    for each in (
        plain, signing_in, one_session, extracting, looking_like, guarded, scrolling, asking,
        generating, every_step,
    )
}  # fmt: skip


@pytest.fixture(scope="module")
def driven():
    return drive_all(SCENARIOS)


def test_all_of_them_go_well(driven):
    failed = [
        (name, each.outcome.error)
        for name, items in driven.items()
        for each in items
        if each.outcome.status is not OutcomeStatus.OK
    ]
    assert failed == []


def test_a_plain_address_is_opened_and_photographed(driven):
    [plain] = driven["plain"]
    assert (plain.result["title"], plain.result["http_status"]) == ("Site", 200)
    assert plain.result["final_url"] == plain.result["url"]
    assert plain.result["screenshots"] == ["00000-002-screenshot.png"] == list(plain.context.files)
    assert [do for do, _ in plain.steps] == [f"goto {plain.result['url'][7:]}", "screenshot"]


def test_a_form_is_filled_in_and_its_secret_told_to_nobody(driven):
    journey, _ = driven["signing_in"]
    assert journey.result["extracted"] == {"greeting": f"Hello, {USER}"}
    assert journey.result["title"] == "Account"
    assert (journey.result["name"], journey.result["id"]) == ("Sign in", "0123abcd")
    assert PASSWORD not in journey.said
    assert list(journey.context.files) == [
        "00000-005-form-表单.png",
        "00000-009-extract-greeting.png",
    ]


def test_each_step_is_told_as_it_comes(driven):
    journey, _ = driven["signing_in"]
    # Until there is a page, the browser tool speaks for the journey.
    steps = [each[1:] for each in journey.context.told if each[1] not in (WAITING, "")]
    told = dict.fromkeys(steps)
    labels = [label for label, _ in journey.steps]
    assert [(label, place, 9) for place, label in enumerate(labels)] == [
        each for each in told if each[1] == labels.index(each[0])
    ]
    assert (labels[-1], 9, 9) in told


def test_a_session_is_handed_on_only_where_the_job_says_so(driven):
    _, alone = driven["signing_in"]
    _, together = driven["one_session"]
    assert together.result["extracted"]["greeting"] == f"Hello, {USER}"
    assert alone.result["title"] == "Account"


def test_values_are_taken_out_of_a_page(driven):
    [journey] = driven["extracting"]
    taken = journey.result["extracted"]
    assert taken["rows"] == [["Book", "Price"], ["Tea", "3"], ["Sum", ""]]
    assert (taken["notes"], taken["class"]) == (["One", "Two"], "note")
    assert taken["html"] == '<p class="note">One</p>'
    [link] = taken["links"]
    assert (link["text"], link["url"].endswith("/books")) == ("Books", True)


def test_a_page_sees_what_the_job_says(driven):
    mine, here, _ = driven["looking_like"]
    assert mine.result["extracted"]["seen"] == "Asia/Shanghai|de-DE|Nightdesk tests|800"
    seen = here.result["extracted"]["seen"]
    assert "x-plain: everywhere" in seen
    assert "cookie: tea=green; sid=•••" in seen
    assert "user-agent: Nightdesk tests" in seen


def test_a_secret_header_stays_with_the_origins_of_the_journey(driven):
    _, here, away = driven["looking_like"]
    assert "authorization: •••" in here.result["extracted"]["seen"]
    assert "authorization" not in away.result["extracted"]["seen"]
    assert "x-plain: everywhere" in away.result["extracted"]["seen"]
    assert SECRET not in here.said + away.said


def test_basic_auth_opens_the_door(driven):
    [journey] = driven["guarded"]
    assert journey.result["http_status"] == 200


def test_a_list_that_loads_more_is_scrolled_to_its_end(driven):
    lazy, long = driven["scrolling"]
    assert lazy.result["extracted"]["rows"][-1] == "Row 60"
    # Width and height stand behind the head of a PNG; the page is 200,000 pixels long.
    [png] = long.context.files.values()
    width, height = (int.from_bytes(png[at : at + 4]) for at in (16, 20))
    assert (width, height) == (1280, 12_500)


def test_dialogs_are_answered_as_the_job_says_and_leaving_is_never_barred(driven):
    asked, left = driven["asking"]
    assert asked.result["extracted"]["said"] == "truex"
    assert asked.result["dialogs"] == [
        {"kind": "confirm", "message": "Sure?"},
        {"kind": "prompt", "message": "Name?"},
    ]
    assert left.result["final_url"].endswith("/music")


def test_a_path_is_found_that_can_be_gone_again(driven):
    found, lonely, traps = driven["generating"]
    home = found.result["url"]
    assert [step["url"] for step in found.result["path"] if step["do"] == "goto"] == [
        home,
        f"{home}books",
        f"{home}music",
    ]
    assert found.result["path"][1:4] == [
        {"do": "goto", "url": f"{home}books"},
        {"do": "scroll", "to": "end"},
        {"do": "screenshot", "as": "Books", "full_page": True},
    ]
    assert (found.result["generated"], found.result["steps_done"]) == (True, 7)
    assert [step["do"] for step in lonely.result["path"]] == ["goto", "scroll", "screenshot"]
    opened = [step["url"] for step in traps.result["path"] if step["do"] == "goto"]
    assert opened == [traps.site.url("/traps"), traps.site.url("/music")]
    assert not found.site.visits.keys() & {"/logout", "/account/delete", "/hidden"}
    assert any("/gone" in text for _, text in found.context.lines)


def test_a_long_wait_is_seen_to_live_and_each_step_can_be_photographed(driven):
    [journey] = driven["every_step"]
    assert len(journey.context.files) == 3
    waiting = [stage for _, stage, done, _ in journey.context.told if stage == "wait_ms 1.5 s"]
    assert len(waiting) >= 3  # its beginning, a tick, its end
    assert [line["text"] for line in journey.result["console"]] == ["first", "second", "third"]
