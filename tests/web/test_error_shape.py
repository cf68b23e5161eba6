"""Every error of every route has the one shape; bugs carry an id that is in the log."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from actors import errors as actor_errors
from state import errors as state_errors
from tests.web.conftest import GUEST, OTHER_GUEST
from web.app import build_app
from web.dialects.background import paths as background
from web.dialects.batchgo import paths as batchgo
from web.dialects.documents import paths as documents
from web.dialects.taskmanager import paths as manager
from web.errors import CODES, WebError, translate

BATCHGO_SHAPE = {"success", "code", "error", "message", "details", "required", "balance"}
NATIVE_API = Path(__file__).parents[2] / "docs" / "native-api.md"


def is_error(body, path="") -> bool:
    if background.is_ours(path):
        return body["success"] is False and body["error_code"] in CODES and bool(body["message"])
    if batchgo.is_ours(path):
        return (
            set(body) == BATCHGO_SHAPE
            and body["success"] is False
            and 1_000 <= body["code"] <= 5_999
            and bool(body["error"])
            and bool(body["message"])
            and isinstance(body["details"], dict)
        )
    if documents.is_ours(path):
        error = body["error"]
        return (
            set(body) == {"success", "error"}
            and body["success"] is False
            and set(error) == {"code", "message", "details"}
            and error["code"].isupper()
            and bool(error["message"])
            and isinstance(error["details"], dict)
        )
    if manager.is_ours(path):
        return (
            set(body) == {"status", "message", "error", "details"}
            and body["status"] == {"code": CODES[body["error"]][0], "message": body["message"]}
            and bool(body["message"])
            and isinstance(body["details"], dict)
        )
    return (
        set(body) == {"error"}
        and set(body["error"]) == {"code", "message", "details"}
        and body["error"]["code"] in CODES
        and isinstance(body["error"]["message"], str)
        and isinstance(body["error"]["details"], dict)
    )


def rules(app):
    """(rule, methods) of everything that is served over HTTP."""
    return [(rule.rule, rule.methods) for rule in app.url_map.iter_rules() if not rule.websocket]


def fill(rule: str, desk: str) -> str:
    path = rule.replace("<desk>", desk).replace("<link>", desk).replace("<job>", "no-such-job")
    return path.replace("<path:name>", "nothing.txt").replace("<task>", "no-such-task")


async def test_every_route_refuses_an_unknown_desk_or_job_in_the_one_shape(client, desk):
    for rule, methods in rules(client.app):
        for method in methods - {"HEAD", "OPTIONS"}:
            for who in (GUEST, OTHER_GUEST):
                answer = await client.open(fill(rule, who), method=method)
                if answer.status_code >= 400:
                    assert answer.mimetype == "application/json", rule
                    assert is_error(await answer.get_json(), fill(rule, who)), rule


async def test_every_route_refuses_a_wrong_method_in_the_one_shape(client, desk):
    patched = {rule for rule, methods in rules(client.app) if "PATCH" in methods}
    for rule, _ in rules(client.app):
        answer = await client.open(fill(rule, GUEST), method="PUT" if rule in patched else "PATCH")
        assert answer.status_code == 405, rule
        assert is_error(await answer.get_json(), fill(rule, GUEST))
        assert answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/nothing", "/api", "/api/desks/", "/s//", "/page/../x"])
async def test_unknown_paths_have_it_too(client, path):
    answer = await client.get(path)
    assert answer.status_code == 404
    assert is_error(await answer.get_json())


async def test_a_bug_is_a_500_with_an_id_that_is_in_the_log(client, desk, captured):
    desk.failure = ZeroDivisionError("secret inside")
    answer = await client.post(f"/api/desks/{GUEST}/jobs/x/start")
    body = await answer.get_json()
    assert answer.status_code == 500
    assert is_error(body)
    logged = [call.kwargs for call in captured.calls if call.method_name == "error"]
    assert [line["error_id"] for line in logged] == [body["error"]["details"]["id"]]
    assert body["error"]["details"]["id"] in body["error"]["message"]
    assert logged[0]["route"] == "/api/desks/<desk>/jobs/<job>/start"
    assert "secret inside" not in str(body)
    assert GUEST not in str(logged)


async def test_no_log_line_holds_a_desk_s_id(client, desk, captured):
    await client.get(f"/api/desks/{GUEST}")
    await client.get(f"/s/{GUEST}")
    await client.get(f"/api/desks/{OTHER_GUEST}/jobs")
    assert captured.calls
    assert GUEST not in str(captured.calls)
    assert OTHER_GUEST not in str(captured.calls)


def everything(root):
    return [root, *(leaf for kind in root.__subclasses__() for leaf in everything(kind))]


@pytest.mark.parametrize(
    "kind",
    [kind for kind in everything(actor_errors.ActorError) if kind is not actor_errors.ActorError]
    + everything(state_errors.StateError),
)
def test_every_error_from_below_is_in_the_table(kind):
    answer = translate(kind("what happened"))
    assert answer is not None
    assert answer.code in CODES


def test_a_code_outside_the_table_cannot_be_answered():
    with pytest.raises(KeyError):
        _ = translate(WebError("no_such_code", "x")).status


def test_the_table_is_the_documented_one():
    rows = re.findall(r"^\| (`[^|]+) \| (\d{3}) \|", NATIVE_API.read_text(), re.MULTILINE)
    documented = {
        code: int(status) for codes, status in rows for code in re.findall(r"`(\w+)`", codes)
    }
    assert documented == {code: status for code, (status, _) in CODES.items()}


async def test_an_unexpected_error_of_a_shut_desk_is_answered(deps):
    client = build_app(deps).test_client()
    deps.desks.failure = actor_errors.DeskUnavailable("parked")
    answer = await client.get(f"/api/desks/{GUEST}")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert is_error(await answer.get_json())
