"""Share links over HTTP: made and ended by a desk's owner, looked through by others, who learn
nothing of the desk but what is shared. Who may use which route is in `test_access`."""

from __future__ import annotations

import json
import time

import pytest
from msgspec import Raw
from msgspec.structs import replace
from quart.testing.connections import WebsocketDisconnectError

from actors.messages import LiveProgress
from actors.rules.change import Change
from executors.agent.engine.results import TaskResult
from executors.agent.telling import facts_of
from state.audit import AuditLine, utc_ms
from state.job_events import JobEvent
from state.memory import MemoryStore
from state.model import Counts, InputItem, Job, JobStatus, LogLine, OutcomeRecord, OutcomeStatus
from state.notices import Webhook
from state.proxies import PoolProxy
from state.spending import Spend, SpendCap
from state.text import redacted
from state.views import desk_key, link_of
from tests.support.furniture import AGENT_TASK
from tests.web.conftest import GUEST
from web.app import build_app
from web.ids import mint_share
from web.views import wire_time

NOW = float(int(time.time()))
SHARES = f"/api/desks/{GUEST}/shares"
NEVER = f"ndv_{'x' * 32}"
SECRETS = ("hunter2", "proxy.example", "hooks.example", "private words", "letter.docx", "memo-word")
DAY = 86_400


class Clock:
    """Tests set it on."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def deps(with_settings, clock):
    deps = with_settings(miss_rate_per_s=1.0, miss_burst=3)
    return replace(deps, store=MemoryStore(), now=clock)


def job(at, **fields):
    told = {"lane": "fetch", "arrival": at, "created_at": NOW - 60, "revision": 1, **fields}
    spend = Spend(calls=1, picousd=7_000_000, prompt_tokens=123_457)
    counts = Counts(3, 1, spend=spend)
    return Job(
        id=f"{at:0>8}-0000-4000-8000-000000000000",
        kind="fetch",
        name=f"job {at}",
        status=JobStatus.RUNNING,
        counts=counts,
        spec={"headers": {"X-Key": "hunter2"}, "template": "letter.docx"},
        memo={"said": "memo-word"},
        price_tokens=98_761,
        spent_tokens=98_762,
        notify="https://hooks.example/job",
        cap=SpendCap(picousd=987_630_000_000_000),
        **told,
    )


@pytest.fixture
async def desk(deps, desk):
    jobs = {each.id: each for each in (job(1), job(2))}
    kept = {
        "proxies": (PoolProxy("http://proxy.example:1"),),
        "webhooks": (Webhook("w", "https://hooks.example/", (), "webhook.w"),),
    }
    desk.publish(Change(replace(desk.state, jobs=jobs, **kept)))
    desk.progress(job(1).id, LiveProgress(counts=job(1).counts, rate_per_s=2.0, stage="at work"))
    return desk


@pytest.fixture
def client(deps, desk):
    return build_app(deps).test_client(use_cookies=False)


async def make(client, **body):
    answer = await client.post(SHARES, json=body)
    assert answer.status_code == 201, await answer.get_data()
    return await answer.get_json()


async def test_made_listed_looked_through_and_ended(client, desk):
    made = await make(client, name="for Bo", job=job(1).id)
    token, share = made["token"], made["share"]
    assert made["url"] == f"http://localhost/v/{token}"
    assert made["qr"].startswith("<svg")
    assert share["expires_at"] == wire_time(NOW + 7 * DAY)
    assert desk.state.shares[0].link == link_of(token)
    listed = await (await client.get(SHARES)).get_data()
    assert json.loads(listed)["shares"] == [share]
    assert token.encode() not in listed
    seen = await (await client.get(f"/api/desks/{token}")).get_json()
    assert [each["name"] for each in seen["jobs"]] == ["job 1"]
    assert (await client.get(f"/api/desks/{token}/jobs/{job(2).id}")).status_code == 404
    me = await (await client.get(f"/api/desks/{token}/me")).get_json()
    assert me == {
        "means": "share",
        "share": {"name": "for Bo", "job": job(1).id, "files": False,
                  "expires_at": share["expires_at"]},
    }  # fmt: skip
    assert (await client.delete(f"{SHARES}/{share['id']}")).status_code == 200
    assert (await client.get(f"/api/desks/{token}")).status_code == 404
    assert (await client.delete(f"{SHARES}/{share['id']}")).status_code == 404
    assert [type(each).__name__ for each in desk.asked] == ["MakeShare", "UseShare", "EndShare"]
    assert desk.callers[1].means == "share"
    assert token not in repr(desk.callers)


async def test_a_link_ends_by_itself_and_says_no_more_than_one_that_never_was(client, clock):
    made = await make(client, ttl_s=3_600)
    path = f"/api/desks/{made['token']}"
    clock.now += 3_599
    assert (await client.get(path)).status_code == 200
    clock.now += 2
    over, never = await client.get(path), await client.get(f"/api/desks/{NEVER}")
    assert over.status_code == never.status_code == 404
    assert await over.get_data() == await never.get_data()
    assert dict(over.headers) == dict(never.headers)
    assert (await (await client.get(SHARES)).get_json())["shares"] == []


async def test_nothing_else_of_the_desk_is_in_any_answer(client, desk):
    """Its key, who owns it, what it costs, how it was asked for, whom it tells."""
    token = (await make(client, files=True))["token"]
    routes = client.app.extensions["nightdesk.routes"].values()
    shared = [route for route in routes if route.shared.value != "no" and not route.websocket]
    pages = ["/v/<desk>", "/v/<desk>/jobs/<job>", "/v/<desk>.txt", "/v/<desk>/jobs/<job>.txt"]
    asked = [route.rule for route in shared] + pages
    assert len(asked) > 10
    for rule in asked:
        path = rule.replace("<desk>", token).replace("<job>", job(1).id)
        answer = await client.get(path.replace("<path:name>", "x"), headers={"Accept": "*/*"})
        told = (await answer.get_data()).decode() + repr(sorted(answer.headers))
        for secret in (*SECRETS, GUEST, desk_key(GUEST), "98761", "98762", "98763", "123457"):
            assert secret not in told, (rule, secret)
        assert "Set-Cookie" not in answer.headers
    one = await (await client.get(f"/api/desks/{token}/jobs/{job(1).id}")).get_json()
    assert one["spec"] == {}
    assert "spend" not in one["job"]
    assert one["job"]["progress"]["stage"] == "at work"


async def test_what_tasks_of_agents_have_cost_is_in_no_item_and_no_export(client, desk, deps):
    made = await agents_job(desk, deps)
    token = (await make(client))["token"]
    for path in ("items", *(f"export?format={each}" for each in ("jsonl", "json", "csv"))):
        seen = [
            await client.get(f"/api/desks/{who}/jobs/{made.id}/{path}") for who in (GUEST, token)
        ]
        own, others = [(await answer.get_data()).decode() for answer in seen]
        assert own.count("77700") >= 3
        assert "an answer" in others
        assert "77700" not in others


async def agents_job(desk, deps):
    """A job of one task that was done, and has cost what is seen a mile off."""
    spent = Spend(calls=777_001, prompt_tokens=777_002, picousd=777_003 * 10**12)
    result = TaskResult(
        status="completed", stop="done", spend=spent, spends={"m": spent}, last_response="an answer"
    )
    made = replace(job(3), kind="agent")
    desk.publish(Change(replace(desk.state, jobs={**desk.state.jobs, made.id: made})))
    key = desk_key(GUEST)
    await deps.store.write_inputs(key, made.id, [InputItem(Raw(json.dumps(AGENT_TASK).encode()))])
    written = await deps.store.open_outcomes(key, made.id)
    told = Raw(json.dumps(facts_of(result)).encode())
    ending = {"run": made.run, "status": OutcomeStatus.OK, "at": NOW, "result": told}
    await written.append([OutcomeRecord(index=0, **ending)])
    return made


async def test_tasks_of_agents_are_told_with_their_rounds_and_without_what_they_cost(
    client, desk, deps
):
    made = await agents_job(desk, deps)
    token = (await make(client))["token"]
    own, others = [
        (await (await client.get(f"/api/desks/{who}/jobs/{made.id}/tasks")).get_json())["tasks"][0]
        for who in (GUEST, token)
    ]
    assert own.pop("spend")["calls"] == 777_001
    assert others == own
    assert others["status"] == "completed"
    for path in ("costs", "items/0/transcript", "items/0/files.zip", "agent-results.json"):
        answer = await client.get(f"/api/desks/{token}/jobs/{made.id}/{path}")
        assert answer.status_code == 404, path


def audited(at, what, **fields):
    usual = {"who": "a" * 16, "means": "link", "origin": "10.0.0.1", "job": job(1).id}
    return AuditLine(at=utc_ms(NOW - 60 + at), what=what, **{**usual, **fields})


async def test_history_says_how_a_job_went_and_not_by_whom(client, deps):
    token = (await make(client, job=job(1).id))["token"]
    await deps.store.write_inputs(desk_key(GUEST), job(1).id, [InputItem(Raw(b'"x"'))])
    began = LogLine(NOW - 50, "info", "in words", event=JobEvent("begun", 4))
    await deps.store.append_log(desk_key(GUEST), job(1).id, [began])
    lines = [
        audited(0, "create_job"), audited(5, "start_job"), audited(11, "cap_job"),
        audited(12, "make_share"), audited(13, "export"), audited(14, "pace_host"),
        audited(15, "pause_job", more=2), audited(16, "resume_job", outcome="insufficient_tokens"),
        audited(17, "quota", who="system", means="system", origin=""),
    ]  # fmt: skip
    await deps.store.append_audit(desk_key(GUEST), lines)
    path = f"jobs/{job(1).id}/timeline"
    own = await (await client.get(f"/api/desks/{GUEST}/{path}")).get_json()
    others = await (await client.get(f"/api/desks/{token}/{path}")).get_json()
    assert len(own["events"]) == len(lines) + 1
    assert [(each.pop("at") != "", each.pop("what"), each) for each in others["events"]] == [
        (True, "create_job", {}), (True, "start_job", {}), (True, "begun", {"n": 4}),
        (True, "pause_job", {}), (True, "quota", {}),
    ]  # fmt: skip
    assert others["gaps"] == own["gaps"]
    assert others["left_out"] == 0


async def test_of_a_long_history_only_what_would_be_told_is_said_to_be_left_out(client, deps):
    token = (await make(client))["token"]
    await deps.store.write_inputs(desk_key(GUEST), job(1).id, [InputItem(Raw(b'"x"'))])
    hidden = [audited(n / 1_000, "export") for n in range(6_000)]
    await deps.store.append_audit(desk_key(GUEST), [audited(0, "create_job"), *hidden])
    answer = await client.get(f"/api/desks/{token}/jobs/{job(1).id}/timeline")
    told = await answer.get_json()
    assert ([each["what"] for each in told["events"]], told["left_out"]) == (["create_job"], 0)


async def test_the_socket_shows_the_same_and_closes_when_the_link_is_ended(client, desk):
    made = await make(client, job=job(2).id)
    async with client.websocket(f"/api/desks/{made['token']}/stream") as socket:
        first = json.loads(await socket.receive())
        assert [each["name"] for each in first["jobs"]] == ["job 2"]
        desk.publish(Change(replace(desk.state, egress=desk.state.egress)))
        told = await socket.receive()
        assert not any(secret in told for secret in SECRETS)
        await client.delete(f"{SHARES}/{made['share']['id']}")
        with pytest.raises(WebsocketDisconnectError) as closed:
            await to_the_end(socket)
    assert closed.value.args == (1008,)


async def to_the_end(socket):
    while True:
        await socket.receive()


async def test_guessing_is_counted_by_network(client):
    seen = [(await client.get(f"/api/desks/{mint_share()}")).status_code for _ in range(4)]
    assert seen == [404, 404, 404, 429]
    made = await make(client)
    assert (await client.get(f"/api/desks/{made['token']}")).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"ttl_s": 3_599}, "ttl_s"),
        ({"ttl_s": 90 * DAY + 1}, "ttl_s"),
        ({"ttl_s": "7d"}, "ttl_s"),
        ({"name": "x" * 101}, "name"),
        ({"files": 1}, "files"),
        ({"who": "me"}, "who"),
    ],
)
async def test_what_is_wrong_is_named(client, body, field):
    answer = await client.post(SHARES, json=body)
    assert answer.status_code == 400
    details = (await answer.get_json())["error"]["details"]
    assert [each["field"] for each in details["errors"]] == [field]


async def test_edges_of_its_time_name_and_number(client, desk):
    await make(client, ttl_s=3_600, name="x" * 100)
    for _ in range(49):
        await make(client, ttl_s=90 * DAY)
    answer = await client.post(SHARES, json={})
    assert answer.status_code == 409
    assert (await answer.get_json())["error"]["details"] == {"limit": 50}
    gone = await client.post(SHARES, json={"job": "11111111-2222-4333-8444-555555555555"})
    assert gone.status_code == 404


async def test_a_new_address_leaves_the_links_that_there_are(client, desk):
    """Whoever was to look may go on; the list is at the new address."""
    made = await make(client)
    moved = await (await client.post(f"/api/desks/{GUEST}/rotate-link")).get_json()
    assert (await client.get(f"/api/desks/{made['token']}")).status_code == 200
    listed = await client.get(f"/api/desks/{moved['desk_id']}/shares")
    assert [each["id"] for each in (await listed.get_json())["shares"]] == [made["share"]["id"]]


async def test_the_desk_s_own_address_as_a_code_for_its_owner_alone(client):
    answer = await client.post(f"/api/desks/{GUEST}/qr")
    told = await answer.get_json()
    assert told["url"] == f"http://localhost/s/{GUEST}"
    assert told["qr"].startswith("<svg")
    token = (await make(client))["token"]
    assert (await client.post(f"/api/desks/{token}/qr")).status_code == 404


def test_logs_are_rid_of_what_opens_a_link():
    token = mint_share()
    assert token not in redacted(f"GET /v/{token}/jobs failed")
    assert "[id " in redacted(f"GET /v/{token}/jobs failed")
