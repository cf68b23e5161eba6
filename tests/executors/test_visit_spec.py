"""What a visit job may say: every wrong field is named with its item, and secrets are hidden."""

from __future__ import annotations

import msgspec
import pytest

from actors.errors import InvalidSpec
from actors.ports import PlanLimits
from executors.visit.journeys import read_journeys
from executors.visit.spec import VisitSpec

LIMITS = PlanLimits(
    max_items=5,
    max_url_bytes=100,
    max_concurrency=4,
    max_body_read_bytes=1_000,
    max_journey_steps=4,
)
URL = "http://ex.com/"


def planned(*items, **spec):
    return VisitSpec().plan(spec, list(items), LIMITS)


def errors_of(call, *args, **more):
    with pytest.raises(InvalidSpec) as refused:
        call(*args, **more)
    return [
        (each["index"], each["field"], each["reason"]) for each in refused.value.details["errors"]
    ]


def wrong_fields(*items, **spec):
    return [(index, field) for index, field, _ in errors_of(planned, *items, **spec)]


def step_problems(*path):
    return [(field, reason) for _, field, reason in errors_of(planned, {"url": URL, "path": path})]


GOOD_STEPS = [
    {"do": "goto", "url": "http://ex.com/b"},
    {"do": "click", "selector": "#go"},
    {"do": "click", "text": "Go on", "timeout_s": 5},
    {"do": "fill", "selector": "#name", "value": ""},
    {"do": "press", "key": "Enter"},
    {"do": "press", "key": "Control+A", "selector": "input"},
    {"do": "wait_for", "selector": "#done", "text": "Done"},
    {"do": "wait_for", "url": "**/done*"},
    {"do": "wait_ms", "ms": 0},
    {"do": "scroll", "to": "end"},
    {"do": "scroll", "to": -200},
    {"do": "screenshot", "as": "the end", "full_page": True},
    {"do": "extract", "as": "price", "selector": ".price", "all": True},
    {"do": "extract", "as": "href", "selector": "a", "attribute": "href"},
    {"do": "extract", "as": "rows", "selector": "table", "what": "table", "screenshot": True},
    {"do": "expect_text", "text": "Welcome"},
]


@pytest.mark.parametrize("step", GOOD_STEPS, ids=str)
def test_a_sound_step_is_stored_as_it_is(step):
    plan = planned({"url": URL, "path": [step]})
    assert msgspec.json.decode(plan.items[0].item)["path"] == [step]


BAD_STEPS = [
    ("goto", "path[0]", "must be an object with a do"),
    ({}, "path[0].do", "must be one of goto"),
    ({"do": "dance"}, "path[0].do", "must be one of goto"),
    ({"do": ["goto"]}, "path[0].do", "must be one of goto"),
    ({"do": "goto"}, "path[0].url", "is missing"),
    ({"do": "goto", "url": "file:///etc/passwd"}, "path[0].url", "only http and https"),
    ({"do": "goto", "url": "/relative"}, "path[0].url", "must begin with http"),
    ({"do": "goto", "url": URL + "x" * 100}, "path[0].url", "longer than 100"),
    ({"do": "click"}, "path[0]", "needs one of selector, text"),
    ({"do": "click", "selector": " "}, "path[0].selector", "must not be empty"),
    ({"do": "click", "selector": "x" * 1_001}, "path[0].selector", "longer than 1000"),
    ({"do": "click", "selector": "#a", "url": URL}, "path[0].url", "is not a field of a click"),
    ({"do": "fill", "selector": "#a"}, "path[0].value", "is missing"),
    ({"do": "fill", "selector": "#a", "value": 5}, "path[0].value", "must be text"),
    ({"do": "fill", "selector": "#a", "value": "\ud800"}, "path[0].value", "surrogate"),
    ({"do": "wait_for", "url": URL, "text": "a"}, "path[0].url", "the only thing"),
    ({"do": "wait_ms", "ms": 600_001}, "path[0].ms", "from 0 to 600000"),
    ({"do": "wait_ms", "ms": True}, "path[0].ms", "from 0 to 600000"),
    ({"do": "scroll", "to": 1.5}, "path[0].to", "end, top, a selector or"),
    ({"do": "extract", "as": "a\nb", "selector": "p"}, "path[0].as", "control"),
    ({"do": "extract", "as": "a", "selector": "p", "what": "soul"}, "path[0].what", "one of text"),
    (
        {"do": "extract", "as": "a", "selector": "p", "what": "html", "attribute": "b"},
        "path[0].attribute",
        "is not read by what: html",
    ),
    ({"do": "click", "text": "a", "timeout_s": 0}, "path[0].timeout_s", "from 0.1 to 600"),
    ({"do": "click", "text": "a", "screenshot": "yes"}, "path[0].screenshot", "true or false"),
]


@pytest.mark.parametrize(("step", "field", "reason"), BAD_STEPS, ids=lambda value: str(value)[:50])
def test_a_bad_step_is_named_with_its_reason(step, field, reason):
    found = step_problems(step)
    assert [name for name, _ in found] == [field]
    assert reason in found[0][1]


def test_all_that_is_wrong_with_all_items_is_listed():
    broken = {"url": "ftp://ex.com", "nome": "x", "path": [{"do": "wait_ms", "ms": -1}, {"do": 1}]}
    assert wrong_fields(URL, broken, 7, concurrency=0) == [
        (None, "concurrency"),
        (1, "url"),
        (1, "nome"),
        (1, "path[0].ms"),
        (1, "path[1].do"),
        (2, None),
    ]


def test_two_values_under_one_name_are_refused():
    step = {"do": "extract", "as": "price", "selector": ".price"}
    assert step_problems(step, step) == [("path[1].as", "is the name of step 1 too")]


def test_a_path_has_at_most_so_many_steps():
    path = [{"do": "wait_ms", "ms": 1}] * 5
    assert step_problems(*path) == [("path", "must not have more than 4 steps")]


@pytest.mark.parametrize(
    ("value", "epoch"),
    [(10, 10.0), (10.5, 10.5), ("1970-01-01T00:01:00Z", 60.0), ("1970-01-01T08:00:10+08:00", 10.0)],
)
def test_times_are_seconds_or_rfc_3339(value, epoch):
    assert read_journeys([{"url": URL, "not_before": value}], LIMITS)[0].not_before == epoch


@pytest.mark.parametrize(
    "value", ["soon", "2026-01-31", "2026-01-31T09:00:00", -1, 1e300, float("nan"), True, [1], ""]
)
def test_what_is_no_time_is_refused(value):
    assert wrong_fields({"url": URL, "expires_at": value}) == [(0, "expires_at")]


def test_a_window_that_never_opens_is_refused():
    assert wrong_fields({"url": URL, "not_before": 20, "expires_at": 20}) == [(0, "expires_at")]


WRONG_OPTIONS = [
    ({"concurrency": 5}, "concurrency"),
    ({"retries": 11}, "retries"),
    ({"timeout_s": 0}, "timeout_s"),
    ({"item_timeout_s": 3_601}, "item_timeout_s"),
    ({"without_path": "dream"}, "without_path"),
    ({"viewport": 5}, "viewport"),
    ({"viewport": {"width": 10, "height": 500}}, "viewport.width"),
    ({"viewport": {"width": 500}}, "viewport.height"),
    ({"viewport": {"width": 500, "height": 500, "depth": 3}}, "viewport.depth"),
    ({"user_agent": ""}, "user_agent"),
    ({"locale": "english"}, "locale"),
    ({"timezone": "Mars/Base"}, "timezone"),
    ({"timezone": "../../etc/passwd"}, "timezone"),
    ({"timezone": 5}, "timezone"),
    ({"headers": {"Host": "x"}}, "headers"),
    ({"basic_auth": {"username": "a:b", "password": ""}}, "basic_auth.username"),
    ({"basic_auth": {"username": "a"}}, "basic_auth.password"),
    ({"cookies": {}}, "cookies"),
    ({"cookies": [5]}, "cookies"),
    ({"cookies": [{"name": "a", "value": "b"}]}, "cookies[0].domain"),
    ({"cookies": [{"name": "a b", "value": "b", "domain": "ex.com"}]}, "cookies[0].name"),
    ({"cookies": [{"name": "a", "value": "b;c", "domain": "ex.com"}]}, "cookies[0].value"),
    ({"cookies": [{"name": "a", "value": "b", "url": "file:///"}]}, "cookies[0].url"),
    ({"cookies": [{"name": "a", "value": "b", "url": URL, "path": "/"}]}, "cookies[0].path"),
    ({"proxy": "gopher://a"}, "proxy"),
    ({"dialogs": "ignore"}, "dialogs"),
    ({"keep_session": True, "concurrency": 2}, "keep_session"),
    ({"task_indices": [1, 2]}, "task_indices"),
    ({"task_indices": [-1]}, "task_indices"),
    ({"speed": 5}, "speed"),
]


@pytest.mark.parametrize(("spec", "field"), WRONG_OPTIONS, ids=str)
def test_a_wrong_option_is_named(spec, field):
    assert wrong_fields(URL, **spec) == [(None, field)]


def test_secrets_leave_the_spec_and_the_items_and_come_back():
    spec = {
        "headers": {"X-Api-Key": "S1", "Accept": "text/html"},
        "basic_auth": {"username": "me", "password": "S2"},
        "cookies": [{"name": "sid", "value": "S3", "domain": "ex.com"}],
        "proxy": "http://me:S4@proxy.example:8080",
    }
    path = [{"do": "fill", "selector": "#password", "value": "S5", "secret": True}]
    plan = planned({"url": URL, "path": path}, **spec)
    assert len(plan.secrets) == 5
    kept = msgspec.json.encode(plan.spec) + bytes(plan.items[0].item)
    assert not [value for value in plan.secrets.values() if value.encode() in kept]
    filled = VisitSpec().fill_secrets(plan.spec, plan.secrets)
    assert {name: filled[name] for name in spec} == spec
    value = msgspec.json.decode(plan.items[0].item)["path"][0]["value"]
    assert filled["item_secrets"][value["secret"]] == "S5"


def test_a_plain_url_is_stored_as_one():
    plan = planned(URL)
    assert bytes(plan.items[0].item) == b'"http://ex.com/"'
    assert plan.items[0].key == "http://ex.com:80"
    assert VisitSpec().describe(plan.items[0].item) == {"url": URL}


def test_a_journey_tells_who_it_is():
    item = {"url": URL, "name": "Home", "id": "0123abcd", "completed": True}
    plan = planned(item, {"url": URL, "path": []})
    assert VisitSpec().describe(plan.items[0].item) == {
        "url": URL, "name": "Home", "id": "0123abcd",
    }  # fmt: skip
    assert "path" not in str(plan.items[1].item)


def test_a_list_of_journeys_keeps_their_order_and_refuses_twins():
    raw = [{"url": URL, "id": "0000000a", "name": "A"}, URL, {"url": URL, "path": None}]
    drafts = read_journeys(raw, LIMITS)
    assert [(each.name, each.id) for each in drafts] == [
        ("A", "0000000a"),
        (URL, None),
        (URL, None),
    ]
    found = errors_of(
        read_journeys, [raw[0], raw[0], {"url": "x"}, {"id": "G", "url": URL}], LIMITS
    )
    assert [(index, field) for index, field, _ in found] == [(1, "id"), (2, "url"), (3, "id")]
