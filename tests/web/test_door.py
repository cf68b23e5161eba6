"""The front door on a real server: names, origins, headers, sizes, times."""

from __future__ import annotations

import json

import pytest
import trio

from tests.support.serving import ask, served
from tests.web.conftest import GUEST
from web.app import build_app
from web.origins import is_allowed_origin, is_own_host

FOREIGN = [("Origin", "https://evil.example")]


def error_code(body) -> str:
    said = json.loads(body)
    if isinstance(said.get("error"), str):
        return said["error"]
    return said["error_code"] if "error_code" in said else said["error"]["code"]


@pytest.mark.parametrize(
    ("host", "server", "ours"),
    [
        ("127.0.0.1:8400", ("127.0.0.1", 8400), True),
        ("localhost:8400", ("127.0.0.1", 8400), True),
        ("LOCALHOST:8400", ("::1", 8400), True),
        ("[::1]:8400", ("::1", 8400), True),
        ("127.0.0.1:8400", ("::ffff:127.0.0.1", 8400), True),
        ("localhost", ("127.0.0.1", 80), True),
        ("192.168.1.5:8400", ("192.168.1.5", 8400), True),
        ("desk.example", ("10.0.0.1", 8400), True),
        ("desk.example:443", ("10.0.0.1", 8400), True),
        ("other.example:8443", ("10.0.0.1", 8400), True),
        ("other.example", ("10.0.0.1", 8400), False),
        ("localhost:8400", ("192.168.1.5", 8400), False),
        ("localhost:80", ("127.0.0.1", 8400), False),
        ("localhost", ("127.0.0.1", 8400), False),
        ("evil.example:8400", ("127.0.0.1", 8400), False),
        ("127.0.0.1.evil.example:8400", ("127.0.0.1", 8400), False),
        ("", ("127.0.0.1", 8400), False),
        ("localhost:8400", None, False),
    ],
)
def test_which_hosts_are_ours(host, server, ours):
    own = frozenset({"desk.example", "other.example:8443"})
    assert is_own_host(host, server, own) is ours


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:8400", True),
        ("https://localhost:8400", True),
        ("https://app.example", True),
        ("null", False),
        ("", False),
        ("http://localhost:8401", False),
        ("http://localhost", False),
        ("http://evil.example", False),
        ("ftp://localhost:8400", False),
        ("localhost:8400", False),
        ("http://localhost:8400.evil.example", False),
        ("https://app.example.evil.example", False),
    ],
)
def test_which_origins_may_ask(origin, allowed):
    assert is_allowed_origin(origin, "localhost:8400", {"https://app.example"}) is allowed


async def test_a_host_that_is_not_ours_is_421(deps):
    async with served(build_app(deps)) as port:
        for method in ("GET", "POST"):
            status, _, body = await ask(port, method, "/healthz", host="evil.example")
            assert (status, error_code(body)) == (421, "wrong_host")
        assert (await ask(port, path="/healthz"))[0] == 200


async def test_a_foreign_page_may_not_change_anything(deps, desk):
    app = build_app(deps)
    rules = [rule for rule in app.url_map.iter_rules() if not rule.websocket]
    async with served(app) as port:
        for rule in rules:
            for method in rule.methods - {"GET", "HEAD", "OPTIONS"}:
                path = rule.rule.replace("<desk>", GUEST).replace("<job>", "x")
                for origin in ("https://evil.example", "null"):
                    status, _, body = await ask(port, method, path, [("Origin", origin)])
                    # In capitals where clients of documents ask.
                    assert (status, error_code(body).lower()) == (403, "forbidden_origin")
    assert desk.asked == []


async def test_our_own_page_and_no_page_may(deps, desk):
    async with served(build_app(deps)) as port:
        for headers in ([], [("Origin", f"http://127.0.0.1:{port}")]):
            assert (await ask(port, "POST", "/api/desks", headers))[0] == 201


async def test_no_origin_is_ever_reflected(deps, desk):
    async with served(build_app(deps)) as port:
        status, headers, _ = await ask(port, path=f"/api/desks/{GUEST}", headers=FOREIGN)
        assert status == 200
        assert not [name for name in headers if name.startswith("access-control")]


async def test_an_allowed_origin_may_read_and_is_told_before(with_settings, desk):
    deps = with_settings(allow_origin=frozenset({"https://app.example"}))
    origin = [("Origin", "https://app.example")]
    async with served(build_app(deps)) as port:
        status, headers, _ = await ask(port, "POST", "/api/desks", origin)
        assert status == 201
        assert headers["access-control-allow-origin"] == "https://app.example"
        assert "access-control-allow-credentials" not in headers
        exposed = headers["access-control-expose-headers"].split(", ")
        assert {"etag", "retry-after", "x-tokens-consumed", "x-tokens-balance"} <= set(exposed)
        asked = [*origin, ("Access-Control-Request-Method", "POST")]
        status, headers, _ = await ask(port, "OPTIONS", "/api/desks", asked)
        assert status == 204
        assert "idempotency-key" in headers["access-control-allow-headers"]


@pytest.mark.parametrize("path", ["/healthz", "/nothing", f"/api/desks/{GUEST}", f"/s/{GUEST}"])
async def test_every_answer_has_the_security_headers(deps, desk, path):
    async with served(build_app(deps)) as port:
        _, headers, _ = await ask(port, path=path)
    assert "'unsafe" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-robots-tag"].startswith("noindex")
    assert headers["cache-control"] == "no-store"


async def test_a_304_confirms_and_carries_no_body(deps, desk):
    async with served(build_app(deps)) as port:
        etag = [("If-None-Match", f'"{desk.revision}"')]
        status, headers, body = await ask(port, path=f"/api/desks/{GUEST}", headers=etag)
    assert (status, body) == (304, b"")
    assert headers["etag"] == f'"{desk.revision}"'
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ('"{}"', 304),
        ('W/"{}"', 304),
        ('"0", W/"{}"', 304),
        ('"0","{}"', 304),
        ("*", 304),
        ("{}", 200),
        ('"{}0"', 200),
        ('"0", "*"', 200),
        ("W/*", 200),
        ("", 200),
    ],
)
@pytest.mark.parametrize("query", ["", "?wait=0"])
async def test_a_version_is_known_by_any_of_its_tags(deps, desk, sent, status, query):
    """With a query it is the handler that compares, without one the door."""
    async with served(build_app(deps)) as port:
        tags = [("If-None-Match", sent.replace("{}", str(desk.revision)))]
        answer, headers, _ = await ask(port, path=f"/api/desks/{GUEST}{query}", headers=tags)
    assert (answer, headers["etag"]) == (status, f'"{desk.revision}"')


@pytest.mark.parametrize("path", ["//healthz", "///healthz", "//evil.example/healthz", "//"])
async def test_a_path_has_one_spelling(deps, path):
    async with served(build_app(deps)) as port:
        status, headers, body = await ask(port, path=path)
    assert (status, error_code(body)) == (404, "not_found")
    assert headers["x-content-type-options"] == "nosniff"


JSON = ("Content-Type", "application/json")
JOBS = f"/api/desks/{GUEST}/jobs"


async def test_the_body_s_limit_is_exact(with_settings, desk):
    deps = with_settings(max_body_bytes=1_000)
    start = b'{"kind": "fetch", "items": ["https://example.com/'
    body = start + b"x" * (1_000 - len(start) - 3) + b'"]}'
    assert len(body) == 1_000
    async with served(build_app(deps)) as port:
        assert (await ask(port, "POST", JOBS, [JSON], body))[0] == 201
        for headers in ([JSON], [JSON, ("Transfer-Encoding", "chunked")]):
            status, _, answer = await ask(port, "POST", JOBS, headers, body + b" ")
            assert (status, error_code(answer)) == (413, "body_too_large")


async def test_a_refusal_reaches_who_is_still_sending(with_settings, desk):
    deps = with_settings(max_body_bytes=1_000)
    async with served(build_app(deps)) as port:
        status, headers, _ = await ask(port, "POST", JOBS, [JSON], b"x" * 4_000_000)
        assert status == 413
        assert headers["connection"] == "close"
        assert (await ask(port, path="/healthz"))[0] == 200


async def test_a_body_that_drips_is_timed_out_as_a_whole(with_settings, desk):
    deps = with_settings(request_timeout_s=0.2)
    head = f"POST {JOBS} HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
    async with served(build_app(deps)) as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream, trio.open_nursery() as nursery:
            await stream.send_all((head % port + "Content-Length: 1000000\r\n\r\n").encode())
            nursery.start_soon(_drip, stream)
            status, _, body = await read_answer_after(stream)
            nursery.cancel_scope.cancel()
    assert (status, error_code(body)) == (408, "request_timeout")


async def _drip(stream):
    while True:
        await stream.send_all(b"x")
        await trio.sleep(0.02)


async def read_answer_after(stream):
    """The head and the body by its length: the end comes when the drain is over."""
    data = b""
    while b"\r\n\r\n" not in data or not data.endswith(b"}"):
        more = await stream.receive_some(65536)
        assert more, data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), head, body


async def test_an_answer_that_does_not_begin_is_timed_out(with_settings, desk, autojump_clock):
    client = build_app(with_settings(request_timeout_s=5)).test_client()
    began = trio.current_time()

    async def never(*_asked, **_by):
        await trio.sleep_forever()

    desk.ask = never
    answer = await client.post(f"{JOBS}/x/start")
    assert (answer.status_code, trio.current_time() - began) == (503, 5)
    assert error_code(await answer.get_data()) == "overloaded"


async def test_bodies_of_other_kinds_are_415(client, desk):
    body = b'{"kind": "fetch", "items": []}'
    for headers in (
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ):
        for path in (JOBS, f"{JOBS}/x/start"):
            answer = await client.post(path, data=body, headers=headers)
            assert answer.status_code == 415, (path, headers)
    assert desk.asked == []


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b'"x"', b"null", b"NaN", b'{"kind":1e999}', b'{"a":1,"a":2}', b"\xff",
     b"\xef\xbb\xbf{}", '{"kind":"fetch"}'.encode("utf-16"), b"[" * 100_000, b'{"a":"\\ud800"}',
     b'{"kind":"fetch","items":[' + b"9" * 5_000 + b"]}", b'{"kind":"fetch","items":5}']
)  # fmt: skip
async def test_broken_json_of_every_kind_is_400(client, desk, data):
    for path in (JOBS, f"{JOBS}/x/start"):
        answer = await client.post(path, data=data, headers={"Content-Type": "application/json"})
        if path == JOBS or data:
            assert answer.status_code == 400, (path, data[:40])
            body = await answer.get_json()
            assert body["error"]["code"] in ("invalid_json", "invalid_request")
            assert body["error"]["details"]
    assert not [command for command in desk.asked if command.__class__.__name__ == "CreateJob"]
    assert (await read_healthz(client)) == 200


async def read_healthz(client):
    return (await client.get("/healthz")).status_code
