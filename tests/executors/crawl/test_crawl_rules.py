"""The pure parts: keys, mazes, nearness, patterns, turns."""

import pytest

from executors.crawl.keys import key_of
from executors.crawl.patterns import Patterns, patterns_reason
from executors.crawl.scope import Scope, Sites
from executors.crawl.traps import Traps, path_reason
from executors.crawl.turns import Turns
from executors.urls import parse_url


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("HTTP://Example.COM:80", "http://example.com/"),
        ("http://example.com/a/../b?b=2&a=1#part", "http://example.com/b?a=1&b=2"),
        ("http://example.com/a;jsessionid=A1B2?PHPSESSID=3&q=a+b", "http://example.com/a?q=a+b"),
        ("http://example.com/a?utm_source=x&gclid=1", "http://example.com/a"),
        ("http://example.com/a?", "http://example.com/a"),
        ("http://example.com/%7Ea/ü", "http://example.com/~a/%C3%BC"),
        ("http://example.com/Case/Stays", "http://example.com/Case/Stays"),
    ],
)
def test_addresses_of_one_page_have_one_key(text, key):
    assert key_of(text) == key
    assert key_of(key) == key


def test_a_key_of_a_long_address_takes_no_time():
    assert key_of("http://a.b/" + "aaaaaaaaaa" * 800 + "!").endswith("!")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/a/b/a/b", None),
        ("/a/b/a/b/a/b", "repeats"),
        ("/x/a/b/c/a/b/c/a/b/c", "repeats"),
        ("/a/a/a", None),
        ("/a/a/a/a", "repeats"),
        ("/2011/11/11/11", None),
        ("/1/2/3/4/5/6/7/8/9/0/1", "depth"),
    ],
)
def test_mazes_of_paths_are_known(path, reason):
    assert path_reason(parse_url(f"http://a.b{path}?q=/x/x/x/x/x/x/x/x/x/x"), 10) == reason


def test_queries_of_a_path_are_counted():
    traps = Traps(2, 10)
    reasons = [traps.reason(parse_url(f"http://a.b/list?n={n}")) for n in range(3)]
    assert reasons == [None, None, "queries"]
    assert traps.reason(parse_url("http://a.b/other?n=1")) is None
    assert traps.reason(parse_url("http://a.b/list")) is None


def test_only_dates_that_differ_in_digits_are_counted():
    traps = Traps(100, 2)
    days = [traps.reason(parse_url(f"http://a.b/2024/{n}/")) for n in (1, 2, 3)]
    assert days == [None, None, "pattern"]
    assert {traps.reason(parse_url(f"http://a.b/item/{n}")) for n in range(9)} == {None}
    assert {traps.reason(parse_url(f"http://a.b/2024/05/a{c}")) for c in "abc"} == {None}
    months = [traps.reason(parse_url(f"http://a.b/c?year=1&month={n}")) for n in (1, 2, 3)]
    assert months == [None, None, "pattern"]


def near(nearness, one, other):
    scope = Scope(nearness, [], [])
    return scope.near(parse_url(f"http://{one}/"), parse_url(f"http://{other}/"))


def test_a_site_is_what_is_registered_together():
    assert near("site", "www.example.co.uk", "shop.example.co.uk")
    assert not near("site", "example.co.uk", "other.co.uk")
    assert not near("site", "a.github.io", "b.github.io")
    assert not near("site", "127.0.0.1", "127.0.0.2")
    assert not near("host", "www.example.com", "example.com")
    assert near("any", "a.com", "b.org")
    assert Sites().site_of("localhost") == "localhost"


def test_patterns_say_what_is_wanted():
    scope = Scope("any", ["/blog/", r"\.html$"], ["draft"])
    assert scope.wanted("http://a.b/blog/1")
    assert scope.wanted("http://a.b/1.html")
    assert not scope.wanted("http://a.b/1")
    assert not scope.wanted("http://a.b/blog/draft")
    assert not Patterns([]).match("anything")


def test_patterns_that_are_none_are_refused():
    assert patterns_reason(["a", "("]).startswith("entry 1 is no pattern")
    assert patterns_reason([""]) == "entry 0 must be text"
    assert patterns_reason(["\ud800"]) is not None
    assert patterns_reason("a") == "must be a list of patterns"
    assert patterns_reason(["(a+)+$" * 10]) is None


def test_a_host_is_asked_once_a_delay():
    turns = Turns()
    assert turns.take("a", 2.0, 10.0) == 0.0
    assert turns.take("a", 2.0, 11.0) == 1.0
    assert turns.take("b", 2.0, 11.0) == 0.0
    assert turns.take("a", 2.0, 12.0) == 0.0
    assert turns.book("a", 2.0, 12.5) == 1.5
    assert turns.take("a", 2.0, 14.0) == 2.0
    assert turns.take("c", 0.0, 1.0) == turns.take("c", 0.0, 1.0) == 0.0
