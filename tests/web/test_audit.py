"""Reading audit logs over HTTP, and what asking and reading leave in one."""

from __future__ import annotations

from io import BytesIO

import pytest
from msgspec.structs import replace
from quart.datastructures import FileStorage

from actors.errors import LimitReached
from state.audit import AuditLine
from state.memory import MemoryStore
from state.views import desk_key
from tests.web.conftest import GUEST, OTHER_GUEST
from tests.web.test_auth import token
from tests.web.test_desk_routes import make_job

KEY = desk_key(GUEST)
AUDIT = f"/api/desks/{GUEST}/audit"
OPERATORS = f"/api/operator/desks/{KEY}/audit"
AT = "2026-11-22T03:01:00.000Z"


@pytest.fixture
def deps(deps):
    return replace(deps, store=MemoryStore())


def line(what, **fields):
    return AuditLine(at=AT, who="a" * 16, means="link", what=what, **fields)


def bearer(**claims):
    return {"Authorization": f"Bearer {token(**claims)}"}


async def test_the_owner_reads_it_by_offset(client, deps, desk):
    refused = line("start_job", job="job-1", origin="10.0.0.1", outcome="not_found", more=4, lost=2)
    await deps.store.append_audit(KEY, [refused])
    first = await (await client.get(AUDIT)).get_json()
    assert first["lines"] == [
        {
            "at": AT,
            "who": "a" * 16,
            "means": "link",
            "what": "start_job",
            "job_id": "job-1",
            "from": "10.0.0.1",
            "outcome": "not_found",
            "revision": None,
            "more": 4,
            "lost": 2,
        }
    ]
    assert (first["start"], first["bad_lines"]) == (0, 0)
    assert first["next"] == first["size"] > 0
    await deps.store.append_audit(KEY, [line("pause_job", revision=7)])
    more = await (await client.get(f"{AUDIT}?after={first['next']}")).get_json()
    assert [(entry["what"], entry["revision"]) for entry in more["lines"]] == [("pause_job", 7)]


async def test_an_operator_reads_it_and_the_desk_is_told(client, deps, desk):
    await deps.store.append_audit(KEY, [line("pause_job")])
    answer = await client.get(OPERATORS, headers=bearer(sub="root", admin=True))
    assert [entry["what"] for entry in (await answer.get_json())["lines"]] == ["pause_job"]
    ((what, caller, job),) = desk.noted
    assert (what, caller.means, job) == ("read_audit", "admin", None)
    assert caller.who == desk_key("user:root")[:16]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (f"/api/desks/{OTHER_GUEST}/audit", {}, 404),
        (OPERATORS, {}, 401),
        (OPERATORS, bearer(sub="ann"), 404),
        (f"/api/operator/desks/{'0' * 64}/audit", bearer(sub="root", admin=True), 404),
        (f"/api/operator/desks/{GUEST}/audit", bearer(sub="root", admin=True), 404),
        (f"/api/operator/desks/{KEY.upper()}/audit", bearer(sub="root", admin=True), 404),
        (f"{AUDIT}?after=-1", {}, 400),
        (f"{AUDIT}?after=1e3", {}, 400),
        (f"{AUDIT}?after=99999999999999999999", {}, 400),
    ],
)
async def test_nobody_else_does(client, desk, path, headers, status):
    assert (await client.get(path, headers=headers)).status_code == status
    assert desk.noted == []


async def test_every_command_says_whose_it_is(client, desk):
    job_id = (await make_job(client))["job"]["id"]
    for action in ("start", "pause", "resume", "cancel", "retry"):
        await client.post(f"/api/desks/{GUEST}/jobs/{job_id}/{action}")
    await client.delete(f"/api/desks/{GUEST}/jobs/{job_id}")
    await client.post(f"/api/desks/{GUEST}/acknowledge")
    assert len(desk.asked) == 8
    assert {(caller.who, caller.means) for caller in desk.callers} == {(KEY[:16], "link")}


JOBS = f"/api/desks/{GUEST}/jobs"


def sent(data, filename="items.csv", job=b'{"kind": "fetch"}'):
    return {
        "form": {"job": job.decode()},
        "files": {"items": FileStorage(BytesIO(data), filename=filename)},
    }


@pytest.mark.parametrize(
    ("method", "path", "request_of", "what", "code"),
    [
        ("POST", JOBS, sent(b"link\nhttp://a.example/"), "create_job", "invalid_request"),
        ("POST", JOBS, sent(b"url\nftp://a.example/"), "create_job", "invalid_spec"),
        ("POST", JOBS, sent(b"\xff\xfe\xff"), "create_job", "invalid_request"),
        ("POST", JOBS, sent(b"", "a.exe"), "create_job", "invalid_request"),
        ("POST", JOBS, sent(b"PK", "broken.xlsx"), "create_job", "unsupported_media_type"),
        ("POST", JOBS, sent(b"http://a.example/", "a.txt", b"{"), "create_job", "invalid_json"),
        ("POST", JOBS, {"data": b"{"}, "create_job", "unsupported_media_type"),
        ("POST", JOBS, {"json": {"kind": "nothing", "items": []}}, "create_job", "invalid_request"),
        ("POST", f"{JOBS}/none/start", {"json": {"a": 1}}, "start_job", "invalid_request"),
        (
            "PUT",
            f"/api/desks/{GUEST}/egress",
            {"json": {"deny": 1}},
            "set_egress",
            "invalid_request",
        ),
    ],
)
async def test_what_the_desk_never_hears_of_is_noted_as_refused(
    client, desk, method, path, request_of, what, code
):
    answer = await client.open(path, method=method, **request_of)
    assert (await answer.get_json())["error"]["code"] == code
    ((noted, caller, outcome),) = desk.refused
    assert (noted, caller.who, outcome) == (what, KEY[:16], code)
    assert desk.asked == desk.noted == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{JOBS}/outline", {"kind": "fetch", "items": ["half an addr"]}),
        (f"/api/desks/{GUEST}/documents/outline", {"spec": {}}),
        (f"/api/desks/{GUEST}/documents/preview", {"spec": {}}),
        (f"/api/desks/{GUEST}/qr", {"path": 7}),
    ],
)
async def test_a_form_that_asks_while_it_is_filled_in_leaves_nothing(client, desk, path, body):
    answer = await client.post(path, json=body)
    assert answer.status_code == 400
    assert desk.refused == desk.noted == []


async def test_a_refusal_of_the_desk_itself_is_left_to_the_desk(client, desk):
    desk.failure = LimitReached("full")
    assert (await client.post(f"{JOBS}/none/start")).status_code == 409
    assert (len(desk.asked), desk.refused) == (1, [])


async def test_what_takes_the_results_away_is_noted(client, deps, desk):
    job_id = (await make_job(client))["job"]["id"]
    await deps.store.write_inputs(KEY, job_id, [])
    writer = await deps.store.create_artifact(KEY, job_id, "a.txt")
    await writer.write(b"a")
    await writer.commit()
    job = f"/api/desks/{GUEST}/jobs/{job_id}"
    for tail in ("items", "log", "artifacts", "export?format=csv", "artifacts/a.txt"):
        assert (await client.get(f"{job}/{tail}")).status_code == 200
    assert (await client.get(f"{job}/artifacts/b.txt")).status_code == 404
    assert (await client.get(f"{job}/artifacts.zip")).status_code == 200
    assert [(what, noted) for what, _, noted in desk.noted] == [
        ("export", job_id),
        ("read_artifact", job_id),
        ("read_artifacts_zip", job_id),
    ]
