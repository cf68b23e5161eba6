"""The rules of what is taken out of bodies: what a plan keeps, and what it refuses by its field."""

from __future__ import annotations

import pytest

from actors.errors import InvalidSpec
from actors.ports import PlanLimits
from executors.fetch.spec import FetchSpec
from executors.fetch.values.rules import MAX_NESTING, MAX_RULE_CHARS, MAX_RULES

LIMITS = PlanLimits(
    max_items=10, max_url_bytes=1_000, max_concurrency=10, max_body_read_bytes=1_000
)


def stored(extract):
    return FetchSpec().plan({"extract": extract}, ["http://a.test/"], LIMITS).spec["extract"]


def refused(extract):
    with pytest.raises(InvalidSpec) as caught:
        stored(extract)
    return [(entry["field"], entry["reason"]) for entry in caught.value.details["errors"]]


def test_a_job_without_rules_has_none():
    assert FetchSpec().plan({}, ["http://a.test/"], LIMITS).spec["extract"] == []
    assert stored([]) == []


def test_rules_are_kept_as_they_were_given_without_what_is_absent():
    rules = [
        {"as": "title", "css": "h1", "attribute": None, "all": False},
        {"as": "价格", "regex": r"(?i)price:\s*(\d+)", "all": True},
        {"as": "next-page", "css": "a[rel=next]", "attribute": "href"},
        {"as": "id", "json_path": "$.items[?@.on == true].id"},
    ]
    assert stored(rules) == [{"as": "title", "css": "h1"}, *rules[1:]]


@pytest.mark.parametrize(
    ("rule", "field", "part"),
    [
        ("h1", "", "object"),
        ({"css": "h1"}, ".as", "missing"),
        ({"as": "", "css": "h1"}, ".as", "letters"),
        ({"as": "-a", "css": "h1"}, ".as", "letters"),
        ({"as": "a.b", "css": "h1"}, ".as", "letters"),
        ({"as": "a" * 65, "css": "h1"}, ".as", "letters"),
        ({"as": 7, "css": "h1"}, ".as", "letters"),
        ({"as": ["a"], "css": "h1"}, ".as", "letters"),
        ({"as": "a"}, "", "one of css"),
        ({"as": "a", "css": "h1", "regex": "x"}, "", "not two"),
        ({"as": "a", "regex": "x", "attribute": "href"}, ".attribute", "goes with css"),
        ({"as": "a", "css": "h1", "attribute": "a b"}, ".attribute", "name of an attribute"),
        ({"as": "a", "css": "h1 >"}, ".css", "CSS selector"),
        ({"as": "a", "css": ""}, ".css", "empty"),
        ({"as": "a", "css": 7}, ".css", "text"),
        ({"as": "a", "css": "a" * (MAX_RULE_CHARS + 1)}, ".css", "longer than"),
        ({"as": "a", "css": ":is(" * (MAX_NESTING + 1) + "a"}, ".css", "brackets"),
        ({"as": "a", "regex": "(?<=a)b"}, ".regex", "RE2"),
        ({"as": "a", "regex": r"(a)\1"}, ".regex", "RE2"),
        ({"as": "a", "regex": "("}, ".regex", "RE2"),
        ({"as": "a", "regex": "((a{1000}){1000})"}, ".regex", "RE2"),
        ({"as": "a", "regex": "\ud800"}, ".regex", "surrogate"),
        ({"as": "a", "json_path": "a.b"}, ".json_path", "RFC 9535"),
        ({"as": "a", "json_path": "$[?" + "(" * 40}, ".json_path", "brackets"),
        ({"as": "a", "json_path": "$.a[99999999999999999999]"}, ".json_path", "RFC 9535"),
        ({"as": "a", "css": "h1", "all": "yes"}, ".all", "true or false"),
        ({"as": "a", "css": "h1", "xpath": "//a"}, ".xpath", "not a field"),
    ],
)
def test_a_bad_rule_is_refused_by_its_field(rule, field, part):
    fine = {"as": "fine", "css": "p"}
    [(where, reason)] = refused([fine, rule])
    assert where == f"extract[1]{field}"
    assert part in reason


def test_all_that_is_wrong_is_said_at_once():
    twice = [{"as": "a", "css": "h1 >"}, {"as": "a", "regex": "("}]
    fields = [field for field, _ in refused(twice)]
    assert fields == ["extract[0].css", "extract[1].regex", "extract[1].as"]


def test_the_list_is_a_list_and_no_longer_than_it_may_be():
    rules = [{"as": f"a{n}", "css": "p"} for n in range(MAX_RULES)]
    assert len(stored(rules)) == MAX_RULES
    assert refused([*rules, {"as": "more", "css": "p"}]) == [
        ("extract", f"must not hold more than {MAX_RULES} rules")
    ]
    assert refused({"as": "a", "css": "p"}) == [("extract", "must be a list of rules")]
