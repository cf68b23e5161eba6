"""What the documents API refuses, as its contract says, and by the names that were sent."""

from __future__ import annotations

import pytest

from actors.errors import InvalidStatus, JobGone, LimitReached, TemplateChanged
from tests.support.documents import ME, ROWS, A, B, C, serving
from web.dialects.documents.refusals import told
from web.dialects.house_texts import REFUSALS
from web.errors import CODES, WebError, translate

GOOD = {"templateIds": ["template-001"], "outputFormat": "txt", "data": ROWS}

# What is sent otherwise -> the field that is named.
WRONG = [
    ({"templateIds": None}, "templateIds"),
    ({"templateIds": []}, "templateIds"),
    ({"templateIds": "template-001"}, "templateIds"),
    ({"templateIds": [1]}, "templateIds"),
    ({"templateIds": ["template-001"] * 2}, "templateIds"),
    ({"outputFormat": None}, "outputFormat"),
    ({"outputFormat": "exe"}, "outputFormat"),
    ({"outputFormat": "docx"}, "outputFormat"),
    ({"mode": "random"}, "mode"),
    ({"name": 1}, "name"),
    ({"name": "x" * 1_000}, "name"),
    ({"data": None}, "data"),
    ({"data": []}, "data"),
    ({"data": {"name": "Ada"}}, "data"),
    ({"data": [1]}, "data[0]"),
    ({"data": [{"": 1}]}, "data[0]"),
    ({"mappings": {"other": {}}}, "mappings"),
    ({"options": []}, "options"),
    ({"options": {"concurrency": 0}}, "options.concurrency"),
    ({"options": {"concurrency": 2, "maxConcurrency": 3}}, "options.maxConcurrency"),
    ({"options": {"maxConcurrency": 0}}, "options.maxConcurrency"),
    ({"options": {"batchSize": 0}}, "options.batchSize"),
    ({"options": {"retries": 11}}, "options.retries"),
    ({"options": {"retryCount": -1}}, "options.retryCount"),
    ({"options": {"timeoutMs": 1}}, "options.timeoutMs"),
    ({"options": {"timeout": "30"}}, "options.timeout"),
    ({"options": {"continueOnError": 1}}, "options.continueOnError"),
    ({"options": {"parallelProcessing": "yes"}}, "options.parallelProcessing"),
    ({"options": {"createZip": "yes"}}, "options.createZip"),
    ({"options": {"zipFileName": 1}}, "options.zipFileName"),
    ({"options": {"fileName": "{{ nothing }}"}}, "options.fileName"),
    ({"options": {"fileNameTemplate": "{{"}}, "options.fileNameTemplate"),
    ({"options": {"missing": "invent"}}, "options.missing"),
    ({"options": {"locale": "xx-yy"}}, "options.locale"),
    ({"filters": 1}, "filters"),
    ({"filters": {"condition": "process.exit(1)"}}, "filters.condition"),
    ({"filters": {"condition": "age > 100"}}, "filters.condition"),
    ({"filters": {"limit": 0}}, "filters.limit"),
    ({"notification": "me"}, "notification"),
    ({"notification": {"webhook": 1}}, "notification.webhook"),
    ({"notification": {"webhook": "ftp://example.com/"}}, "notification.webhook"),
    ({"notification": {"email": "ann@example.com"}}, "notification.email"),
]


@pytest.mark.parametrize("path", [A, f"{C}/batch"])
async def test_a_task_is_refused_by_the_names_that_were_sent(deps, autojump_clock, path):
    async with serving(deps) as (client, _):
        for changes, field in WRONG:
            error = await client.refusal("POST", path, {**GOOD, **changes}, 400)
            assert error["code"] == "VALIDATION_ERROR", changes
            assert error["details"]["field"] == field, (changes, error)
            assert error["details"]["errors"][0]["reason"], changes
        assert (await client.data("GET", A))["items"] == []


async def test_all_that_is_wrong_is_said_at_once(deps, autojump_clock):
    async with serving(deps) as (client, _):
        sent = {"mode": "x", "options": {"timeout": 0}, "filters": {"limit": 1}}
        error = await client.refusal("POST", A, sent, 400)
        fields = {each["field"] for each in error["details"]["errors"]}
        assert fields == {"templateIds", "outputFormat", "mode", "options.timeout", "data"}


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("GET", f"{A}/none", None, 404, "TASK_NOT_FOUND"),
        ("GET", f"{B}/none/progress", None, 404, "TASK_NOT_FOUND"),
        ("GET", f"{C}/status/none", None, 404, "TASK_NOT_FOUND"),
        ("POST", f"{A}/none/start", None, 404, "TASK_NOT_FOUND"),
        ("POST", f"{C}/pause/none", None, 404, "TASK_NOT_FOUND"),
        ("POST", f"{C}/retry/none", None, 404, "TASK_NOT_FOUND"),
        ("DELETE", f"{A}/none", None, 404, "TASK_NOT_FOUND"),
        ("DELETE", A, {}, 400, "VALIDATION_ERROR"),
        ("POST", A, {**GOOD, "templateIds": ["tpl"]}, 404, "TEMPLATE_NOT_FOUND"),
        ("POST", A, {**GOOD, "data": [], "dataSourceId": "x"}, 404, "DATA_SOURCE_NOT_FOUND"),
        ("POST", A, [], 400, "VALIDATION_ERROR"),
        ("POST", f"{A}/none/start", {"now": True}, 400, "VALIDATION_ERROR"),
        ("GET", f"{A}?page=0", None, 400, "VALIDATION_ERROR"),
        ("GET", "/api/v2/batch/nothing", None, 404, "NOT_FOUND"),
        ("PUT", A, None, 405, "METHOD_NOT_ALLOWED"),
    ],
)
async def test_codes_and_statuses_of_the_contract(
    deps, autojump_clock, method, path, sent, status, code
):
    async with serving(deps) as (client, _):
        error = await client.refusal(method, path, sent, status)
        assert error["code"] == code


async def test_a_body_that_is_no_json(deps, autojump_clock):
    async with serving(deps) as (client, _):
        for content_type in ("application/json", "text/plain"):
            answer = await client.http.post(
                A, data=b"{", headers={**ME, "Content-Type": content_type}
            )
            error = (await answer.get_json())["error"]
            assert (answer.status_code, error["code"]) == (400, "VALIDATION_ERROR")


async def test_who_shows_nothing_is_told_so(deps, autojump_clock):
    async with serving(deps) as (client, _):
        body = await client("GET", A, None, 401, headers={})
        assert body["error"]["code"] == "UNAUTHORIZED"
        # Chinese where nobody says otherwise.
        assert body["error"]["message"] == "未登录，或登录已失效"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidStatus("no", status="running"), 409, "CONFLICT"),
        (JobGone("gone"), 404, "TASK_NOT_FOUND"),
        (TemplateChanged("changed"), 409, "CONFLICT"),
        (LimitReached("full"), 409, "LIMIT_REACHED"),
        (WebError("internal", "it broke"), 500, "GENERATION_FAILED"),
        (WebError("unsupported_media_type", "no"), 400, "VALIDATION_ERROR"),
        (WebError("body_too_large", "long"), 413, "BODY_TOO_LARGE"),
        (WebError("mailbox_full", "later"), 429, "MAILBOX_FULL"),
    ],
)
def test_what_the_house_raises_is_told_in_the_contract_s_words(error, status, code):
    said = told(error, translate(error), "en")
    assert said.status == status
    assert f'"{code}"'.encode() in said.body


def test_every_code_of_the_house_has_its_words_in_both_languages():
    assert set(REFUSALS) == set(CODES)
    for code, text in REFUSALS.items():
        for language in ("zh", "en"):
            assert text.told(language, message="m"), code


async def test_what_nobody_knows_does_no_harm_and_is_named(deps, autojump_clock):
    async with serving(deps) as (client, _):
        sent = {**GOOD, "colour": 1, "options": {"speed": 2}, "filters": {"sort": "name"}}
        body = await client("POST", A, sent, 202)
        assert body["meta"]["warnings"] == [
            f"An unknown field was ignored: {name}"
            for name in ("colour", "options.speed", "filters.sort")
        ]


async def test_of_very_many_unknown_fields_some_are_named_and_all_are_counted(deps, autojump_clock):
    async with serving(deps) as (client, _):
        body = await client("POST", A, {**GOOD, **{f"x{n}": 1 for n in range(1_500)}}, 202)
        warnings = body["meta"]["warnings"]
        assert (len(warnings), warnings[-1]) == (101, "An unknown field was ignored: … (+1,400)")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"data": []}, "data"),
        ({"data": {"": 1}}, "data"),
        ({"data": {f"c{n}": 1 for n in range(1_001)}}, "data"),
        ({"outputFormat": "exe"}, "outputFormat"),
        ({"outputFormat": "docx"}, "outputFormat"),
        ({"format": "docx"}, "format"),
        ({"mappings": []}, "mappings"),
        ({"mappings": {"name": 5}}, "mappings"),
    ],
)
async def test_a_preview_is_refused_by_the_names_that_were_sent(deps, autojump_clock, sent, field):
    async with serving(deps) as (client, _):
        place = "/api/v2/batch/templates/template-001/preview"
        error = await client.refusal("POST", place, sent, 400)
        assert [each["field"] for each in error["details"]["errors"]] == [field]
        assert error["message"].startswith(f"{field}: ")


async def test_an_id_with_an_end_of_line_in_it_is_refused_in_the_same_shape(deps, autojump_clock):
    async with serving(deps) as (client, _):
        for path in (f"{A}/a%0D%0Ab", f"{C}/status/%0A", "/api/v2/templates/%0Ax"):
            assert (await client.refusal("GET", path, None, 404))["code"].endswith("_NOT_FOUND")


async def test_the_limits_of_a_time_are_written_out(deps, autojump_clock):
    async with serving(deps) as (client, _):
        sent = {**GOOD, "options": {"timeoutMs": 3_600_001}}
        assert "from 100 to 3600000" in (await client.refusal("POST", A, sent, 400))["message"]
