"""A request's secrets where the server fails: in no answer, and in no line of its real log."""

from __future__ import annotations

import io

import pytest
from msgspec.structs import replace

from nightdesk.logs import build_log
from tests.support.canaries import canary
from tests.web.conftest import GUEST
from web.app import build_app

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
COOKIE = "nightdesk=0f8fad5b-d9cb-469f-a165-70867728950e.c2lnbmF0dXJl"
HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "Cookie": COOKIE,
    "X-Session-ID": GUEST,
    "Idempotency-Key": canary("key"),
}
# What a library's error may quote of a request that it could not bear.
QUOTES = [
    f"no desk {GUEST}",
    f"GET /api/desks/{GUEST}/jobs?token={TOKEN}",
    f"http://127.0.0.1:8400/s/{GUEST}",
    f"{HEADERS}",
    f"{list(HEADERS.items())}",
    f"{[(name.encode(), value.encode()) for name, value in HEADERS.items()]}",
    "\n".join(f"{name}: {value}" for name, value in HEADERS.items()),
    f"proxy http://me:{canary('proxy')}@proxy.example:1 is no proxy",
]


class Fails:
    """Desks that a bug has made useless."""

    def __init__(self, words):
        self._words = words

    def __getattr__(self, _name):
        return self._fail

    async def _fail(self, *_):
        try:
            raise KeyError(self._words)
        except KeyError as error:
            error.add_note(self._words)
            raise RuntimeError(self._words) from error


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("words", QUOTES, ids=range(len(QUOTES)))
async def test_a_bug_tells_nothing_of_the_request_that_met_it(deps, form, words):
    out = io.StringIO()
    failing = replace(deps, desks=Fails(words), log=build_log(form, "debug", out))
    client = build_app(failing).test_client()
    for path in (f"/api/desks/{GUEST}", f"/api/desks/{GUEST}/jobs", f"/s/{GUEST}"):
        answer = await client.get(path, headers={"Authorization": HEADERS["Authorization"]})
        said = (await answer.get_data()).decode() + str(answer.headers)
        for secret in (GUEST, TOKEN, COOKIE, canary("key"), canary("proxy")):
            assert secret not in said
            assert secret not in out.getvalue()
    assert "RuntimeError" in out.getvalue()


HEADS = [
    ("GET", f"/api/desks/{GUEST}/nothing"),
    ("GET", f"/s/{GUEST}/x"),
    ("GET", f"/uuid={GUEST}/"),
    ("PUT", f"/api/desks/{GUEST}"),
    ("OPTIONS", f"/api/desks/{GUEST}"),
    (canary("method").upper(), "/"),
    ("GET", f"/api/desks/me?token={TOKEN}"),
    ("GET", f"/page/{canary('file')}.js"),
]


@pytest.mark.parametrize(("method", "path"), HEADS)
async def test_the_log_and_the_metrics_name_routes_and_not_paths(deps, method, path):
    out = io.StringIO()
    client = build_app(replace(deps, log=build_log("json", "debug", out))).test_client()
    await client.open(path, method=method, headers=HEADERS)
    metrics = (await (await client.get("/metrics")).get_data()).decode()
    assert '"event": "request"' in out.getvalue()
    for secret in (GUEST, TOKEN, COOKIE, canary("key"), canary("file"), canary("method").upper()):
        assert secret not in metrics
        assert secret not in out.getvalue()
