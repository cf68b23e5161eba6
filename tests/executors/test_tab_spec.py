"""What a tab job may ask for, and how it is stored."""

import json

import pytest

from actors.errors import InvalidSpec
from actors.ports import PlanLimits
from executors.fetch.spec import FetchSpec
from executors.tab.spec import TabSpec

LIMITS = PlanLimits(max_items=3, max_url_bytes=100, max_concurrency=20, max_body_read_bytes=10_000)
URL = "https://shop.test/a"


def plan(spec=None, items=(URL,)):
    return TabSpec(FetchSpec()).plan(spec or {}, items, LIMITS)


def problems(spec=None, items=(URL,)):
    with pytest.raises(InvalidSpec) as refused:
        plan(spec, items)
    return {
        (each["index"], each["field"]): each["reason"] for each in refused.value.details["errors"]
    }


def test_what_is_not_said_is_filled_in():
    made = plan()
    assert made.spec == {
        "delay_ms": 0,
        "new_window": True,
        "sequential": False,
        "concurrency": 5,
        "answer_timeout_s": 30,
        "failover_after_min": None,
        "failover": None,
    }
    assert (made.concurrency, made.retries, made.secrets) == (5, 0, {})


def test_an_item_is_a_url_however_it_is_written():
    made = plan(items=[f" {URL} ", {"url": "http://ä.test/#x"}])
    assert [json.loads(bytes(item.item)) for item in made.items] == [URL, "http://ä.test/#x"]
    assert [item.key for item in made.items] == ["https://shop.test:443", "http://xn--4ca.test:80"]
    assert TabSpec(FetchSpec()).describe(made.items[0].item) == {"url": URL}


def test_one_after_the_other_is_one_at_once():
    assert plan({"sequential": True}).concurrency == 1
    assert problems({"sequential": True, "concurrency": 2}) == {
        (None, "concurrency"): "must be 1 where the job is sequential"
    }


@pytest.mark.parametrize(
    ("field", "edges", "beyond"),
    [
        ("delay_ms", (0, 600_000), (-1, 600_001, 1.5, "1", True)),
        ("concurrency", (1, 20), (0, 21, float("nan"))),
        ("answer_timeout_s", (5, 300), (4, 301)),
        ("failover_after_min", (1, 1_440), (0, 1_441)),
        ("new_window", (True, False), (1, "yes")),
        ("sequential", (False,), (0,)),
    ],
)
def test_every_field_has_its_range(field, edges, beyond):
    for value in edges:
        assert plan({field: value}).spec[field] == value
    for value in beyond:
        assert list(problems({field: value})) == [(None, field)]


def test_all_that_is_wrong_is_said_at_once():
    found = problems({"speed": 1, "delay_ms": -1}, ["ftp://x.test/", 7, {"url": URL, "a": 1}])
    assert set(found) == {(None, "speed"), (None, "delay_ms"), (0, "url"), (1, "url"), (2, "a")}


@pytest.mark.parametrize("bad", ["javascript:alert(1)", "file:///etc/passwd", "x" * 101, ""])
def test_a_tab_opens_nothing_but_web_addresses(bad):
    assert list(problems(items=[bad])) == [(0, "url")]


def test_what_runs_without_tabs_is_validated_by_its_own_kind():
    made = plan({"sequential": True, "failover_after_min": 10, "failover": {"concurrency": 7}})
    assert made.spec["failover"]["concurrency"] == 7
    assert made.spec["failover"]["timeout_s"] == 30.0
    assert (made.spec["concurrency"], made.concurrency) == (1, 7)
    made = plan({"concurrency": 9, "failover_after_min": 10, "failover": {"concurrency": 7}})
    assert (made.spec["failover"]["concurrency"], made.concurrency) == (9, 9)
    found = problems({"failover_after_min": 10, "failover": {"timeout_s": 0, "speed": 1}})
    assert set(found) == {(None, "failover.timeout_s"), (None, "failover.speed")}
    assert set(problems({"failover": {}})) == {(None, "failover")}
    assert set(problems({"failover_after_min": 1, "failover": []})) == {(None, "failover")}


def test_the_secrets_of_what_runs_without_tabs_are_kept_apart():
    spec = {"failover_after_min": 1, "failover": {"headers": {"Authorization": "Bearer abc"}}}
    made = plan(spec)
    assert "abc" not in json.dumps(made.spec)
    filled = TabSpec(FetchSpec()).fill_secrets(made.spec, made.secrets)
    assert filled["failover"]["headers"] == {"Authorization": "Bearer abc"}
    assert TabSpec(FetchSpec()).fill_secrets(plan().spec, {}) == plan().spec
