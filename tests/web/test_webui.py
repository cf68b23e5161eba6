"""The WebUI by the front end: natively, for operators, and as pages of the task manager ask."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.ports.webui import Glance, WebUILine, WebUIRefused, WebUIState
from executors.tag.spec import TagSpec
from tests.support.forged import bearer, token
from web.app import build_app

NATIVE = "/api/desks/local/webui"
OPERATOR = bearer(token(sub="root", admin=True))
ANN = bearer(token(sub="ann"))
STATES = "/api/webui/status"
GONE = WebUIState(status="stopped", glance=Glance(reason="nobody is there"), startable=True)
UP = WebUIState(
    status="running",
    glance=Glance(listens=True, answers=True, share=0.25, step=5, steps=20),
    process_id=77,
    startable=True,
)


class ScriptedWebUI:
    """A WebUIs that does as it is told, and notes what it was asked."""

    def __init__(self):
        self.now = GONE
        self.done = []
        self.refusal = None

    async def state(self):
        return self.now

    async def start(self):
        return self._do("start", UP)

    async def stop(self):
        return self._do("stop", GONE)

    def _do(self, what, then):
        if self.refusal is not None:
            raise self.refusal
        self.done.append(what)
        self.now = then
        return then

    def lines(self, after=0):
        said = [WebUILine(1, "loading"), WebUILine(2, "data: x")]
        return [line for line in said if line.number > after]


class NoTagger(TagSpec):
    def has_analyzer(self):
        return False


class Tagger(TagSpec):
    def has_analyzer(self):
        return True


@pytest.fixture
def webui():
    return ScriptedWebUI()


@pytest.fixture
def served(deps, webui):
    settings = replace(deps.settings, local_desk=True)
    return replace(deps, settings=settings, webui=webui, executors={"tag": NoTagger()})


@pytest.fixture
def client(served):
    return build_app(served).test_client()


async def said(answer):
    return answer.status_code, await answer.get_json()


async def test_natively_everybody_is_told_how_it_is(client, webui):
    webui.now = UP
    status, told = await said(await client.get(NATIVE))
    assert (status, told) == (200, {
        "status": "running", "port_open": True, "api_responding": True, "managed": True,
        "process_id": 77, "startable": True, "may_operate": True, "reason": "",
        "progress": {"percent": 25.0, "step": 5, "steps": 20},
    })  # fmt: skip
    status, told = await said(await client.get("/api/desks/me/webui", headers=ANN))
    assert (status, told["may_operate"]) == (200, False)
    assert (await client.get("/api/desks/me/webui")).status_code == 200  # the desk `local`


async def test_the_desk_local_starts_and_ends_it_and_its_audit_log_says_so(client, served, webui):
    status, told = await said(await client.post(f"{NATIVE}/start"))
    assert (status, told["status"]) == (200, "running")
    status, told = await said(await client.post(f"{NATIVE}/stop"))
    assert (status, told["status"]) == (200, "stopped")
    assert webui.done == ["start", "stop"]
    [desk] = served.desks.desks.values()
    assert [noted[0] for noted in desk.noted] == ["start_webui", "stop_webui"]


async def test_other_desks_do_not(client, served, webui):
    for path in ("start", "stop"):
        status, told = await said(await client.post(f"/api/desks/me/webui/{path}", headers=ANN))
        assert (status, told["error"]["details"]) == (409, {"cause": "operators_only"})
        answer = await client.post(f"/api/webui/{path}", headers=ANN)
        assert (answer.status_code, (await answer.get_json())["error"]) == (409, "webui_refused")
    _, told = await said(await client.get("/api/desks/me/webui/log", headers=ANN))
    assert told == {"lines": [], "next": 0}
    events = await (await client.get("/api/webui/logs", headers=ANN)).get_data(as_text=True)
    assert "loading" not in events
    assert webui.done == []
    [ann] = served.desks.desks.values()
    assert ann.noted == []
    told = [(what, code) for what, _, code in ann.refused]
    assert (
        sorted(told)
        == [("start_webui", "webui_refused")] * 2 + [("stop_webui", "webui_refused")] * 2
    )


async def test_operators_do_by_their_own_desks(client, webui):
    for what in ("start", "stop"):
        answer = await client.post(f"/api/desks/me/webui/{what}", headers=OPERATOR)
        assert answer.status_code == 200
    assert webui.done == ["start", "stop"]
    _, told = await said(await client.get("/api/desks/me/webui/log", headers=OPERATOR))
    assert len(told["lines"]) == 2


async def test_a_refusal_is_a_conflict_with_its_cause(client, webui):
    webui.refusal = WebUIRefused("not_ours", "it is not ours")
    status, told = await said(await client.post(f"{NATIVE}/stop"))
    assert (status, told["error"]) == (
        409,
        {"code": "webui_refused", "message": "it is not ours", "details": {"cause": "not_ours"}},
    )
    answer = await client.post("/api/webui/stop", headers={"Accept-Language": "zh"})
    status, told = await said(answer)
    assert (status, told["message"]) == (409, "WebUI 不是由本服务器启动的，无法停止")
    assert told["status"] == {"code": 409, "message": told["message"]}


async def test_its_lines_are_read_by_number(client):
    status, told = await said(await client.get(f"{NATIVE}/log?after=1"))
    assert (status, told) == (200, {"lines": [{"number": 2, "text": "data: x"}], "next": 2})
    _, told = await said(await client.get(f"{NATIVE}/log?after=2"))
    assert told == {"lines": [], "next": 2}
    assert (await client.get(f"{NATIVE}/log?after=-1")).status_code == 400


async def test_pages_are_told_how_it_is(client, webui):
    webui.now = UP
    status, told = await said(await client.get(STATES, headers={"Accept-Language": "en"}))
    assert (status, told) == (200, {
        "status": {"code": 0, "message": "success"}, "message": "success",
        "data": {
            "status": "running", "port_open": True, "api_responding": True, "process_id": 77,
            "managed": True, "message": "The WebUI is running",
        },
    })  # fmt: skip


@pytest.mark.parametrize(
    ("now", "tagger", "told"),
    [
        ("stopped", NoTagger, "stopped"),
        ("stopped", Tagger, "external"),
        ("error", Tagger, "external"),
        ("error", NoTagger, "error"),
        ("starting", Tagger, "starting"),
    ],
)
async def test_pages_that_tag_only_with_a_webui_find_one_where_we_tag(
    served, webui, now, tagger, told
):
    webui.now = replace(GONE, status=now)
    client = build_app(replace(served, executors={"tag": tagger()})).test_client()
    data = (await (await client.get(STATES)).get_json())["data"]
    assert (data["status"], data["port_open"], data["managed"]) == (told, False, False)


async def test_pages_have_it_there_with_one_button(client, webui):
    """Pressed again, it is no failure: it is there."""
    for path in ("start-external", "start", "start-external"):
        answer = await client.post(
            f"/api/webui/{path}", headers={"Content-Type": "application/json"}
        )
        status, told = await said(answer)
        assert (status, told["data"]["status"]) == (200, "running")
    assert webui.done == ["start"]
    status, told = await said(await client.post("/api/webui/stop"))
    assert (status, told["message"]) == (200, "WebUI 已停止")


async def test_the_log_of_pages_ends_at_once_and_is_not_asked_for_again(client, webui):
    answer = await client.get("/api/webui/logs")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/event-stream")
    head, *events, rest = (await answer.get_data(as_text=True)).split("\n\n")
    assert head == "retry: 3600000"
    assert events == ["data: loading", "data: data: x", "data: WebUI 未运行"]
    assert rest == ""
