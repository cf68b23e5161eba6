"""What somebody else's page can make a browser send: over every route that there is."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from state.memory import MemoryStore
from tests.support.serving import ask, open_socket, served
from tests.web.conftest import GUEST
from web.app import build_app
from web.origins import is_allowed_origin, is_own_host

OWN = "http://127.0.0.1:PORT"
JSON = ("Content-Type", "application/json")
DESK = f"/api/desks/{GUEST}"


def error_code(body) -> str:
    """In the shape of the house, or of a dialect."""
    said = json.loads(body)
    if "error_code" in said:
        return said["error_code"]
    error = said["error"]
    return error if isinstance(error, str) else error["code"].lower()


# Parts of paths that name something of a desk's.
NAMED = (
    *("<share>", "<webhook>", "<template>", "<source>", "<picture>", "<document>"),
    *("<item>", "<preset>", "<config>", "<config_name>", "<character>", "<model>", "<host>"),
)


def requests_of(app):
    """Every (method, path) that the application serves, with names that are there or not."""
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for name, value in (("<desk>", GUEST), ("<link>", GUEST), ("<job>", "x"), ("<task>", "x")):
            path = path.replace(name, value)
        path = path.replace("<path:name>", "app/main.js").replace("<name>", "x")
        path = path.replace("<hash>", "0" * 64).replace("<key>", "0" * 64)
        for name in NAMED:
            path = path.replace(name, "x")
        assert "<" not in path, path
        if not rule.websocket:
            yield from ((method, path) for method in sorted(rule.methods - {"OPTIONS"}))


def mutations_of(app):
    found = [asked for asked in requests_of(app) if asked[0] not in ("GET", "HEAD")]
    assert ("POST", "/api/desks") in found
    assert len(found) >= 9
    return found


# As an attacker may write an origin that is nearly ours. PORT is the server's.
FOREIGN_ORIGINS = [
    "https://evil.example",
    "null",
    "",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://127.0.0.1:PORT0",
    "http://127.0.0.1:PORT.evil.example",
    "http://127.0.0.1.evil.example:PORT",
    "http://evil.example:PORT",
    "http://evil127.0.0.1:PORT",
    "http://127.0.0.1.:PORT",
    "http://127.0.0.1:PORT.",
    "http://127.0.0.1:PORT/",
    "http://127.0.0.1:PORT#",
    "http://127.0.0.1:PORT@evil.example",
    "http://evil.example@127.0.0.1:PORT",
    "http://127.0.0.1:PORT, https://evil.example",
    "http://127.0.0.1:PORT https://evil.example",
    "HTTP://127.0.0.1:PORT",
    "http:127.0.0.1:PORT",
    "//127.0.0.1:PORT",
    "127.0.0.1:PORT",
    "ftp://127.0.0.1:PORT",
    "chrome-extension://127.0.0.1:PORT",
    "file://",
    "http://localhost:PORT",
    "http://0x7f000001:PORT",
    "http://[::ffff:127.0.0.1]:PORT",
    "*",
]


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
async def test_a_foreign_origin_changes_nothing_by_any_route(deps, desk, origin):
    app = build_app(deps)
    async with served(app) as port:
        said = [("Origin", origin.replace("PORT", str(port))), JSON]
        everywhere = mutations_of(app)
        for method, path in (
            everywhere if origin in ("null", FOREIGN_ORIGINS[0]) else everywhere[:1]
        ):
            status, headers, body = await ask(port, method, path, said)
            assert (status, error_code(body)) == (403, "forbidden_origin"), (method, path)
            assert "access-control-allow-origin" not in headers
    assert desk.asked == []
    assert len(deps.desks.desks) == 1


@pytest.mark.parametrize("site", ["cross-site", "same-site", ""])
async def test_what_the_browser_calls_foreign_changes_nothing(deps, desk, site):
    """Where an Origin is missing, or was made to look right."""
    app = build_app(deps)
    async with served(app) as port:
        for origin in ([], [("Origin", f"http://127.0.0.1:{port}")]):
            for method, path in mutations_of(app):
                said = [*origin, ("Sec-Fetch-Site", site)]
                status, _, body = await ask(port, method, path, said)
                assert (status, error_code(body)) == (403, "forbidden_origin"), (method, path)
    assert desk.asked == []


@pytest.mark.parametrize("site", ["same-origin", "none"])
async def test_what_the_browser_calls_ours_may(deps, site):
    async with served(build_app(deps)) as port:
        assert (await ask(port, "POST", "/api/desks", [("Sec-Fetch-Site", site)]))[0] == 201


async def test_a_page_that_the_operator_named_may(with_settings):
    deps = with_settings(allow_origin=frozenset({"https://app.example"}))
    said = [("Origin", "https://app.example"), ("Sec-Fetch-Site", "cross-site")]
    async with served(build_app(deps)) as port:
        status, headers, _ = await ask(port, "POST", "/api/desks", said)
    assert status == 201
    assert "access-control-allow-credentials" not in headers


FORMS = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "text/json",
    "text/plain; application/json",
    "application/json-seq",
    "application/jsonp",
    "application/xml",
    "multipart/mixed; boundary=x",
    "",
    None,
]


@pytest.mark.parametrize("type_", FORMS)
async def test_a_form_that_holds_json_changes_nothing_by_any_route(deps, desk, type_):
    """What a page may post anywhere without asking first."""
    app = build_app(deps)
    said = [] if type_ is None else [("Content-Type", type_)]
    made = len(deps.desks.desks)
    async with served(app) as port:
        everywhere = mutations_of(app)
        for method, path in everywhere if type_ == "text/plain" else everywhere[:2]:
            status, _, body = await ask(port, method, path, said, b'{"allow": [], "deny": []}')
            assert status in (401, 404, 415), (method, path, body)
            if status == 415:
                assert error_code(body) == "unsupported_media_type"
    assert desk.asked == []
    assert len(deps.desks.desks) == made


FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:PORT",
    "",
    "127.0.0.1",
    "127.0.0.1:1",
    "127.0.0.1:PORT0",
    "127.0.0.1.:PORT",
    "127.0.0.1:PORT.",
    "127.0.0.1.evil.example:PORT",
    "127.0.0.1:PORT@evil.example",
    "evil.example@127.0.0.1:PORT",
    "127.0.0.1:PORT:PORT",
    "0x7f000001:PORT",
    "2130706433:PORT",
    "127.1:PORT",
    "[::1]:PORT",
    "[::ffff:127.0.0.1]:PORT",
    "0.0.0.0:PORT",
    "127.0.0.2:PORT",
    "localhost.:PORT",
    "localhost.evil.example:PORT",
    "named.example:PORT@evil.example",
    "named.example:x",
    "named.example.",
    "named.example.evil.example",
    "*",
]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
async def test_by_another_name_nothing_is_answered(with_settings, desk, host):
    """A page whose name was made to point at us would count as ours: it learns nothing."""
    app = build_app(with_settings(own_hosts=frozenset({"named.example"})))
    async with served(app) as port:
        named = host.replace("PORT", str(port))
        everywhere = list(requests_of(app))
        for method, path in everywhere if host == FOREIGN_HOSTS[0] else everywhere[:1]:
            status, headers, body = await ask(port, method, path, host=named)
            assert status == 421, (method, path)
            assert method == "HEAD" or error_code(body) == "wrong_host"
            assert "set-cookie" not in headers


@pytest.mark.parametrize("host", ["named.example", "NAMED.example:8443", "127.0.0.1:PORT"])
async def test_by_our_own_names_it_is(with_settings, host):
    app = build_app(with_settings(own_hosts=frozenset({"named.example"})))
    async with served(app) as port:
        named = host.replace("PORT", str(port))
        assert (await ask(port, path="/healthz", host=named))[0] == 200


def test_ports_are_numbers_and_schemes_are_told():
    assert not is_own_host("named.example:1@evil", None, {"named.example"})
    assert is_allowed_origin("https://a.example", "a.example", (), "https")
    assert not is_allowed_origin("http://a.example", "a.example", (), "https")
    assert not is_allowed_origin("http://a.example", "a.example", (), "wss")


async def test_every_answer_of_every_route_has_the_headers(deps, desk):
    app = build_app(replace(deps, store=MemoryStore(now=deps.now)))
    async with served(app) as port:
        for method, path in [*requests_of(app), ("GET", "/nothing/there"), ("PATCH", "/healthz")]:
            for said in ([], [("Accept", "text/html")], [("Authorization", "Bearer x")]):
                status, headers, _ = await ask(port, method, path, said)
                assert status < 500, (method, path)
                check_headers(
                    headers, may_be_kept=path.startswith("/page/") or path == "/openapi.json"
                )


def check_headers(headers, *, may_be_kept):
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-" not in policy
    assert "*" not in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    if not headers.get("content-type", "").startswith(("text/javascript", "text/css")):
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-robots-tag"].startswith("noindex")
        assert headers["cross-origin-opener-policy"] == "same-origin-allow-popups"
    assert may_be_kept or headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers
    cookie = headers.get("set-cookie", "HttpOnly; SameSite=Lax; Path=/")
    assert all(flag in cookie for flag in ("HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie


@pytest.mark.parametrize("path", [DESK, f"{DESK}?wait=0", "/page/app/main.js"])
async def test_a_304_has_them_too(deps, desk, path):
    async with served(build_app(deps)) as port:
        status, headers, _ = await ask(port, path=path, headers=[("If-None-Match", "*")])
    assert status == 304
    check_headers(headers, may_be_kept=path.startswith("/page/"))


async def test_what_the_door_refuses_has_them_too(deps, desk):
    async with served(build_app(deps)) as port:
        for said, status in ((("Content-Encoding", "gzip"), 415), (("Host", "x"), 421)):
            host = said[1] if said[0] == "Host" else None
            got, headers, _ = await ask(port, "POST", DESK, [said] if not host else [], b"x", host)
            assert got == status
            check_headers(headers, may_be_kept=False)


@pytest.mark.parametrize(("who", "status"), [("owner", 101), ("stranger", 404), ("foreign", 403)])
async def test_a_refused_socket_has_them_too(deps, desk, who, status):
    name = "7c9e6679-7425-40de-944b-e07fc1f90ae7" if who == "stranger" else GUEST
    said = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        *([("Origin", "null")] if who == "foreign" else []),
    ]
    async with served(build_app(deps)) as port:
        if status == 101:
            async with open_socket(port, f"{DESK}/stream"):
                return
        got, headers, body = await ask(port, path=f"/api/desks/{name}/stream", headers=said)
    assert got == status
    assert error_code(body) in ("not_found", "forbidden_origin")
    check_headers(headers, may_be_kept=False)
