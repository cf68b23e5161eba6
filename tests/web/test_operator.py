"""Health, readiness, metrics, and a description that has every route."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from tests.web.conftest import GUEST
from web.app import DECLARED, build_app
from web.deps import Readiness
from web.dialects.batchgo import paths
from web.dialects.documents import paths as documents
from web.dialects.taskmanager import paths as manager

ROOT = Path(__file__).resolve().parents[2]


async def test_health_names_the_version(client):
    answer = await client.get("/healthz")
    assert await answer.get_json() == {"status": "ok", "version": "1.2.3"}


async def test_readiness_is_what_it_is_told(deps):
    sick = Readiness(ready=False, desks_parked=2, storage="read_only", reasons=["3f2a: damaged"])
    client = build_app(replace(deps, readiness=lambda: sick)).test_client()
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert await answer.get_json() == {
        "status": "not ready", "desks_parked": 2, "storage": "read_only",
        "reasons": ["3f2a: damaged"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (Readiness(), "ready"),
        (Readiness(desks_parked=1, reasons=["3f2a: damaged"]), "degraded"),
        (Readiness(storage="failing", reasons=["the last save failed"]), "degraded"),
    ],
)
async def test_who_serves_but_not_everything_is_degraded(deps, found, status):
    client = build_app(replace(deps, readiness=lambda: found)).test_client()
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    told = await answer.get_json()
    assert (told["status"], told["reasons"]) == (status, list(found.reasons))


async def test_a_server_that_stops_is_not_ready(client, deps):
    assert (await client.get("/readyz")).status_code == 200
    deps.stopping.set()
    assert (await client.get("/readyz")).status_code == 503


async def test_metrics_count_by_route_and_name_nobody(deps, desk):
    client = build_app(replace(deps, gauges=lambda: {"saves_total": 7, "desks": 3})).test_client()
    await client.get(f"/api/desks/{GUEST}")
    await client.get(f"/api/desks/{GUEST}", headers={"If-None-Match": f'"{desk.revision}"'})
    await client.get("/nothing/here")
    await client.open(f"/api/desks/{GUEST}", method="BREW")
    text = (await (await client.get("/metrics")).get_data()).decode()
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }

    def requests(route, method, status):
        labels = (("method", method), ("route", route), ("status", status))
        return samples[("nightdesk_http_requests_total", labels)]

    assert requests("/api/desks/<desk>", "GET", "200") == 1
    assert requests("/api/desks/<desk>", "GET", "304") == 1
    assert requests("(none)", "GET", "404") == 1
    assert requests("(none)", "other", "405") == 1
    assert samples[("nightdesk_saves_total", ())] == 7
    assert samples[("nightdesk_desks", ())] == 3
    assert GUEST not in text


# Of the documents API: those of its tasks, of what older pages ask for, and of its tables.
SPELLINGS = (
    documents.tasks_of("A"),
    documents.tasks_of("B"),
    documents.DATA_SOURCES,
    documents.HEALTH,
    documents.SOCKETS[:2],
    tuple(path.rstrip("/") for path in documents.generation("")),
)


def first_spelling(path):
    """Older paths have several, of which one is described."""
    for spellings in (documents.TEMPLATES + documents.TEMPLATES_C, *SPELLINGS):
        for each in spellings:
            if path == each or path.startswith(f"{each}/"):
                return spellings[0] + path.removeprefix(each)
    for gateway in paths.GATEWAYS[1:]:
        path = path.removeprefix(gateway)
    for first, *others in (
        (paths.FAMILIES[0], *paths.FAMILIES[1:]), (paths.TOKENS, paths.USER_TOKENS), paths.SOCKETS,
    ):  # fmt: skip
        for other in others:
            if path == other or path.startswith(f"{other}/"):
                path = first + path.removeprefix(other)
    return {
        "/api/batchopen/tasks/{task}": "/api/batchopen/task/{task}",
        "/api/batchopen/tasks/{task}/live": "/api/v1/batchgo/tasks/{task}/live",
        "/api/autoclick/tasks/{task}/live": "/api/v1/batchgo/tasks/{task}/live",
    }.get(path, path)


async def test_the_description_has_every_route(client):
    document = await (await client.get("/openapi.json")).get_json()
    described = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    declared = client.app.extensions[DECLARED]
    pages = re.compile(r"/s/|/v/|/page/|/operator$|/\{link\}$|/uuid=|/$")
    for rule in client.app.url_map.iter_rules():
        path = first_spelling(re.sub(r"<(?:path:)?(\w+)>", r"{\1}", rule.rule))
        if pages.match(path):
            continue
        if manager.is_ours(path) and not declared[rule.endpoint].in_api:
            continue  # another spelling of an address that is described
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            assert (method, path) in described


async def test_the_description_refers_to_nothing_that_is_not_there(client):
    document = await (await client.get("/openapi.json")).get_json()
    assert document["openapi"] == "3.1.0"
    schemas = document["components"]["schemas"]
    references = re.findall(r"#/components/schemas/(\w+)", str(document))
    assert references
    assert set(references) <= set(schemas)
    ids = [
        operation["operationId"]
        for operations in document["paths"].values()
        for operation in operations.values()
    ]
    assert len(ids) == len(set(ids))


async def test_answers_have_the_described_shape(client, desk):
    """The types that encode answers in pieces and those that describe them agree."""
    schemas = (await (await client.get("/openapi.json")).get_json())["components"]["schemas"]
    await client.post(
        f"/api/desks/{GUEST}/jobs", json={"kind": "fetch", "items": ["https://example.com/"]}
    )
    job_id = next(iter(desk.state.jobs))
    for path, name in [
        ("", "DeskSnapshot"),
        ("/jobs", "JobList"),
        (f"/jobs/{job_id}", "JobAnswer"),
        ("/ledger", "LedgerAnswer"),
    ]:
        answer = await (await client.get(f"/api/desks/{GUEST}{path}")).get_json()
        assert set(answer) == set(schemas[name]["properties"]), name
    for path, name in [(f"/jobs/{job_id}/start", "CommandAnswer"), ("/acknowledge", "DeskAnswer")]:
        answer = await (await client.post(f"/api/desks/{GUEST}{path}")).get_json()
        assert set(answer) == set(schemas[name]["properties"]), name


async def test_the_docs_are_to_be_read_without_scripts_and_from_here(client):
    answer = await client.get("/docs")
    text = (await answer.get_data()).decode()
    assert "GET /api/desks/{desk}" in text.partition("<noscript>")[2]
    assert "<!--plain-->" not in text
    assert "style=" not in text
    assert not re.search(r'(src|href)="(?!/)', text)
    assert re.search(r'href="/page/build-\w+/docs.html.css"', text)
    assert answer.headers["Cache-Control"] == "no-store"


async def test_every_operation_is_in_a_group_that_is_told(client):
    document = await (await client.get("/openapi.json")).get_json()
    told = [tag["name"] for tag in document["tags"]]
    found = {
        f"{method} {path}": operation["tags"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert {tag for tags in found.values() for tag in tags} == set(told)
    assert all(len(tags) == 1 for tags in found.values())
    assert {name for name, tags in found.items() if tags == ["server"]} == {
        f"get /{name}"
        for name in ("healthz", "readyz", "metrics", "api/sample", "openapi.json", "docs")
    }
    assert found["get /api/desks/{desk}/jobs/{job}/items"] == ["results"]
    assert found["get /api/operator/overview"] == ["operator"]


async def test_the_description_is_small_on_the_wire_and_not_sent_twice(client):
    answer = await client.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(await answer.get_data()) < 120_000
    known = {"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]}
    assert (await client.get("/openapi.json", headers=known)).status_code == 304


async def test_the_operators_page_is_the_same_for_everybody_and_never_kept(client):
    answer = await client.get("/operator")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert answer.headers["Cache-Control"] == "no-store"
    assert b'"/page/build-' in await answer.get_data()


async def test_the_documents_have_every_route_and_no_other(client):
    document = await (await client.get("/openapi.json")).get_json()
    served = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    pages = ("docs/native-api.md", "docs/background-tasks.md")
    text = "\n".join((ROOT / page).read_text("utf-8") for page in pages)
    for page in ("docs/batchgo.md", "docs/documents-api.md"):
        text += (ROOT / page).read_text("utf-8").partition("\n## Every address\n")[2]
    documented = set(re.findall(r"^\| `([A-Z]+)` \| `([^`]+)` \|", text, re.MULTILINE))
    # Those of the task manager are held to their own document, in which one row has all spellings.
    others = {(method, path) for method, path in served if not manager.is_ours(path)}
    assert documented == others


async def test_the_docs_to_read_show_no_raw_marks(client):
    page = (await (await client.get("/docs")).get_data()).decode()
    assert "`" not in page
    assert "<code>" in page
