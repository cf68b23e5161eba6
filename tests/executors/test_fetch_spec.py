"""Planning a fetch job: strict types, all that is wrong at once, secrets set aside."""

import math

import msgspec
import pytest

from actors.errors import InvalidSpec
from actors.ports import PlanLimits
from executors.fetch.spec import FetchSpec

LIMITS = PlanLimits(max_items=50, max_url_bytes=100, max_concurrency=20, max_body_read_bytes=1_000)
URL = "https://example.com/a"


def plan(spec=None, items=(URL,), limits=LIMITS):
    return FetchSpec().plan(spec or {}, items, limits)


def errors_of(spec=None, items=(URL,), limits=LIMITS):
    with pytest.raises(InvalidSpec) as caught:
        plan(spec, items, limits)
    return caught.value.details


def stored(result):
    return [msgspec.json.decode(each.item) for each in result.items]


def test_the_defaults():
    result = plan()
    assert (result.concurrency, result.retries, result.secrets) == (10, 3, {})
    assert result.spec["user_agent"].startswith("Nightdesk/")
    assert result.spec["timeout_s"] == 30.0
    assert result.spec["max_body_bytes"] == 1_000
    assert stored(result) == [URL]
    assert result.items[0].key == "https://example.com:443"


def test_the_default_concurrency_keeps_the_operators_ceiling():
    assert plan(limits=msgspec.structs.replace(LIMITS, max_concurrency=4)).concurrency == 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("concurrency", 1),
        ("concurrency", 20),
        ("timeout_s", 0.1),
        ("timeout_s", 600),
        ("retries", 0),
        ("retries", 10),
        ("headers", {"x-a": "b", "accept-language": "de"}),
        ("user_agent", "Me/1"),
        ("proxies", ["http://proxy.example:3128", "socks5h://[2606:4700::1]"]),
        ("proxy_rotation", False),
        ("follow_redirects", False),
        ("keep_body", True),
    ],
)
def test_good_fields_are_stored(field, value):
    assert plan({field: value}).spec[field] == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("concurrency", bad) for bad in (0, 21, -1, True, 1.0, "5", None)],
        *[("timeout_s", bad) for bad in (0.09, 601, math.nan, math.inf, True, "5", None)],
        *[("retries", bad) for bad in (-1, 11, True, 2.5)],
        *[("proxy_rotation", bad) for bad in (1, "true", None)],
        ("keep_body", 0),
        ("follow_redirects", "no"),
        *[("user_agent", bad) for bad in ("", 5, "a\r\nb", "\u4e2d", None)],
        *[("headers", bad) for bad in ([], {"a b": "c"}, {"a": "b\r\nc: d"}, {"a": 1})],
        *[
            ("headers", bad)
            for bad in ({"Host": "x"}, {"content-length": "1"}, {"a": "1", "A": "2"})
        ],
        *[("headers", bad) for bad in ({"": "x"}, {"a": "\x00"}, {"a": "x" * 8193})],
        *[("proxies", bad) for bad in ("http://x", ["ftp://x"], ["http://"], [1], ["x:80"])],
        *[("proxies", bad) for bad in (["http://x/path"], ["http://x:99999"], ["http://a b"])],
        ("proxies", ["http://user:a%0d%0ab@x"]),
        ("cookies", {}),
    ],
)
def test_bad_fields_are_named(field, value):
    details = errors_of({field: value})
    assert [(each["index"], each["field"]) for each in details["errors"]] == [(None, field)]


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ("ftp://x/", "url"),
        ("", "url"),
        (f"https://example.com/{'a' * 100}", "url"),
        (5, None),
        (None, None),
        ([URL], None),
        ({}, "url"),
        ({"url": 5}, "url"),
        ({"url": URL, "method": "get"}, "method"),
        ({"url": URL, "method": "CONNECT"}, "method"),
        ({"url": URL, "method": None}, "method"),
        ({"url": URL, "headers": {"a": "b\n"}}, "headers"),
        ({"url": URL, "headers": []}, "headers"),
        ({"url": URL, "body": {"a": 1}}, "body"),
        ({"url": URL, "body": "\ud800"}, "body"),
        ({"url": URL, "cookies": {}}, "cookies"),
    ],
)
def test_bad_items_are_named(item, field):
    (error,) = errors_of(items=[URL, item])["errors"]
    assert (error["index"], error["field"]) == (1, field)
    assert error["reason"]


def test_all_that_is_wrong_is_said_at_once():
    bad = {"url": "ftp://x", "method": "EAT", "body": 5, "more": 1}
    details = errors_of({"retries": -1}, [bad, URL, "nonsense"])
    assert details["error_count"] == 6
    assert {(each["index"], each["field"]) for each in details["errors"]} == {
        (None, "retries"),
        (0, "url"),
        (0, "method"),
        (0, "body"),
        (0, "more"),
        (2, "url"),
    }


def test_a_thousand_errors_are_listed_and_all_are_counted():
    details = errors_of(
        items=["x"] * 1_500, limits=msgspec.structs.replace(LIMITS, max_items=2_000)
    )
    assert (len(details["errors"]), details["error_count"]) == (1_000, 1_500)


@pytest.mark.parametrize("items", [[], [URL] * 51])
def test_the_number_of_items(items):
    assert errors_of(items=items)["errors"][0]["field"] == "items"


def test_items_at_their_limits():
    at_limit = "https://example.com/" + "a" * 80
    assert stored(plan(items=[at_limit] * 50)) == [at_limit] * 50


def test_items_keep_what_the_user_wrote():
    full = {"url": f" {URL} ", "method": "POST", "headers": {"x-a": "b"}, "body": 'ä"\\'}
    spoken = "https://bücher.example/ä"
    result = plan(items=[full, spoken, {"url": URL, "headers": {}, "body": None}])
    assert stored(result) == [{**full, "url": URL}, spoken, {"url": URL, "method": "GET"}]
    assert result.items[1].key == "https://xn--bcher-kva.example:443"
    describe = FetchSpec().describe
    assert [describe(each.item)["url"] for each in result.items] == [URL, spoken, URL]


def test_secrets_stand_aside_and_come_back():
    spec = {
        "headers": {"Authorization": "Bearer spec-secret", "X-Api-Key": "key-secret", "x-a": "b"},
        "proxies": ["http://me:proxy-secret@proxy.example:8080", "http://open.example"],
    }
    items = [{"url": URL, "headers": {"cookie": "item-secret", "x-b": "c"}}] * 2
    result = plan(spec, items)
    kept = msgspec.json.encode([result.spec, [each.item for each in result.items]]).decode()
    assert "-secret" not in kept
    assert "open.example" in kept
    assert len(result.secrets) == 4
    filled = FetchSpec().fill_secrets(result.spec, result.secrets)
    assert filled["headers"] == spec["headers"]
    assert filled["proxies"] == spec["proxies"]
    assert list(filled["item_secrets"].values()) == ["item-secret"]


def test_too_many_secrets_are_refused():
    items = [{"url": URL, "headers": {"cookie": f"c{place}"}} for place in range(1_001)]
    limits = msgspec.structs.replace(LIMITS, max_items=2_000)
    (error,) = errors_of(items=items, limits=limits)["errors"]
    assert (error["index"], error["field"]) == (1_000, "headers")
