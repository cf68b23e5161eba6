"""The pure rules of a fetch: redirects, verdicts, the ring of proxies, names of kept bodies."""

import pytest

from actors.ports import (
    EgressRefused,
    HttpConnectError,
    HttpProtocolError,
    HttpProxyError,
    HttpTimeout,
)
from executors.bodies import artifact_name
from executors.proxy_ring import ProxyRing
from executors.redirects import BadRedirect, Target, follow
from executors.statuses import parse_retry_after
from executors.verdicts import judge_error, judge_response

FIELDS = (("authorization", "s"), ("content-type", "a/b"), ("x-a", "b"), ("Cookie", "c"))


def redirected(status=302, location="/next", method="POST", url="https://a.example/dir/x"):
    return follow(Target(method, url, FIELDS, b"body"), status, location, 1_000)


@pytest.mark.parametrize(
    ("status", "method", "after"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (301, "PUT", "PUT"),
        (302, "DELETE", "DELETE"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (301, "GET", "GET"),
    ],
)
def test_the_method_after_a_redirect(status, method, after):
    target = redirected(status, method=method)
    assert target.method == after
    kept = after == method
    assert target.body == (b"body" if kept else None)
    assert ("content-type" in dict(target.headers)) is kept


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/next", "https://a.example/next"),
        ("next?q", "https://a.example/dir/next?q"),
        ("../up", "https://a.example/up"),
        ("//b.example/x", "https://b.example/x"),
        ("http://a.example/", "http://a.example/"),
        ("/k\u00c3\u00b6ln", "https://a.example/k%C3%B6ln"),
    ],
)
def test_where_a_location_leads(location, url):
    assert redirected(location=location).url == url


@pytest.mark.parametrize(
    "location", ["https://b.example/", "https://a.example:444/", "http://a.example/"]
)
def test_secrets_do_not_cross_origins(location):
    assert dict(redirected(307, location).headers) == {"content-type": "a/b", "x-a": "b"}


def test_secrets_stay_within_an_origin():
    assert redirected(307, "https://a.example:443/y").headers == FIELDS


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "javascript:1", "http://u:p@a.example/", "/" + "x" * 1_000, "http://"],
)
def test_redirects_that_are_not_followed(location):
    with pytest.raises(BadRedirect):
        redirected(location=location)


@pytest.mark.parametrize("status", [200, 204, 301, 304])
def test_success(status):
    assert judge_response(status, None, 0.0).error is None


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_statuses_worth_another_try(status):
    verdict = judge_response(status, "7", 0.0)
    assert (verdict.retry, verdict.retry_after_s) == (True, 7.0)
    assert verdict.pressure is (status in (429, 503))
    assert verdict.error is not None
    assert verdict.error.startswith(f"HTTP {status}")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_statuses_that_stay(status):
    verdict = judge_response(status, None, 0.0)
    assert (verdict.retry, verdict.pressure, verdict.error is not None) == (False, False, True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 90.0),
        ("Thu, 01 Jan 1970 00:00:01 GMT", 0.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("9" * 400, None),
        ("\u0663", None),
    ],
)
def test_retry_after(value, seconds):
    assert parse_retry_after(value, now=10.0) == seconds


@pytest.mark.parametrize(
    ("error", "retry"),
    [
        (HttpConnectError("x"), True),
        (HttpProxyError("x"), True),
        (HttpTimeout("x"), True),
        (HttpProtocolError("x"), False),
        (EgressRefused("x"), False),
    ],
)
def test_errors_worth_another_try(error, retry):
    assert judge_error(error).retry is retry


def test_proxies_take_turns_and_a_failing_one_sits_out():
    ring = ProxyRing(["a", "b", "c"], rotate=True)
    assert [ring.choose(0.0) for _ in range(4)] == ["a", "b", "c", "a"]
    ring.failed("b", 0.0)
    assert [ring.choose(1.0) for _ in range(3)] == ["c", "a", "c"]
    assert "b" in [ring.choose(30.0) for _ in range(3)]


def test_without_rotation_the_first_that_works_is_used():
    ring = ProxyRing(["a", "b"], rotate=False)
    assert [ring.choose(0.0) for _ in range(2)] == ["a", "a"]
    ring.failed("a", 0.0)
    assert ring.choose(1.0) == "b"
    assert ring.choose(30.0) == "a"


def test_the_bench_gets_longer_and_success_clears_it():
    ring = ProxyRing(["a", "b"], rotate=False)
    ring.failed("a", 0.0)
    ring.failed("a", 10.0)  # a request that was under way at the first failure
    ring.failed("a", 30.0)
    assert (ring.choose(89.0), ring.choose(90.0)) == ("b", "a")
    ring.worked("a")
    ring.failed("a", 100.0)
    assert (ring.choose(129.0), ring.choose(130.0)) == ("b", "a")


def test_where_all_are_benched_the_first_to_return_is_used():
    ring = ProxyRing(["a", "b"], rotate=True)
    ring.failed("b", 0.0)
    ring.failed("a", 5.0)
    assert [ring.choose(6.0) for _ in range(2)] == ["b", "b"]
    assert ProxyRing([], rotate=True).choose(0.0) is None


@pytest.mark.parametrize(
    ("url", "kind", "name"),
    [
        ("https://a.example/", "text/html; charset=x", "000007-index.html"),
        ("https://a.example/r/report.pdf?x=/y", None, "000007-report.pdf"),
        ("https://a.example/a%20b", "image/png", "000007-a-20b.png"),
        ("https://a.example/..", "odd/kind", "000007-index"),
        ("https://a.example/" + "x" * 300, None, "000007-" + "x" * 80),
    ],
)
def test_names_of_kept_bodies(url, kind, name):
    assert artifact_name(7, url, kind) == name
