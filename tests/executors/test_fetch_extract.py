"""Values out of bodies, from the socket to the outcome, by helpers as real processes."""

from __future__ import annotations

import json

import msgspec
import pytest
import trio

from actors.ports import HelperStopped, LeasedItem, PlanLimits
from executors.bodies import LARGE_BODY_BYTES
from executors.fetch.run import FetchExecutor
from executors.fetch.spec import FetchSpec
from executors.fetch.values.rules import MAX_VALUE_CHARS
from state.model import OutcomeStatus
from tests.support.target import Target, page
from workers.helpers.pool import open_helpers
from workers.net.client import open_http

LIMITS = PlanLimits(
    max_items=100, max_url_bytes=8_192, max_concurrency=100, max_body_read_bytes=2_000_000
)
TITLE = {"as": "title", "css": "h1"}
HTML = b"<h1>Prices</h1><p>Tea: 12</p>"


class Context:
    def __init__(self):
        self.artifacts = {}

    def log(self, level, message):
        assert message.isprintable()

    async def artifact(self, name, data, paid=None):
        await trio.lowlevel.checkpoint()
        self.artifacts[name] = data


class Tools:
    def __init__(self, http, helpers):
        self.http = http
        self._helpers = helpers

    @property
    def helpers(self):
        if self._helpers is None:
            raise LookupError("this worker was given no helpers")
        return self._helpers


class Scripted:
    """Helpers that answer as they are told, or not at all."""

    max_bytes = 1_000_000

    def __init__(self, answer):
        self.answer = answer

    async def run(self, work, data):
        await trio.lowlevel.checkpoint()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
async def target(nursery):
    served = Target()
    await nursery.start(served.run)
    return served


@pytest.fixture
def context():
    return Context()


@pytest.fixture
async def helpers(tmp_path):
    settings = {"scratch": str(tmp_path / "helpers"), "time_s": 60.0, "max_bytes": 1_000_000}
    async with open_helpers(settings) as pool:
        yield pool.for_job()


async def fetched(context, helpers, *items, **spec):
    subject = FetchSpec()
    plan = subject.plan({"retries": 0, **spec}, list(items), LIMITS)
    filled = subject.fill_secrets(plan.spec, plan.secrets)
    async with (
        open_http({"allow_target": ["127.0.0.1"]}) as http,
        FetchExecutor().open(filled, Tools(http, helpers)) as runner,
    ):
        results = [
            await runner.run_item(LeasedItem(index, 0, each.key, each.item), context)
            for index, each in enumerate(plan.items)
        ]
    return results[0] if len(items) == 1 else results


async def test_values_stand_in_the_result_beside_what_the_fetch_says(target, context, helpers):
    target.handlers["/"] = page(HTML, content_type="text/html")
    target.handlers["/data"] = page(b'{"price": 12}', content_type="application/json")
    rules = [TITLE, {"as": "sum", "regex": r"Tea: (\d+)"}, {"as": "price", "json_path": "$.price"}]
    first, second = await fetched(
        context, helpers, target.url("/"), target.url("/data"), extract=rules
    )
    assert first.result["extracted"] == {"title": "Prices", "sum": "12", "price": None}
    assert "not JSON" in first.result["extract_error"]
    assert second.result["extracted"] == {"title": None, "sum": None, "price": 12}
    assert "extract_error" not in second.result
    assert first.result["bytes"] == len(HTML)
    assert first.status is OutcomeStatus.OK


async def test_a_job_without_rules_needs_no_helpers(target, context):
    target.handlers["/"] = page(HTML)
    assert "extracted" not in (await fetched(context, None, target.url())).result


async def test_a_body_is_kept_and_looked_at(target, context, helpers):
    target.handlers["/"] = page(HTML)
    result = (await fetched(context, helpers, target.url(), extract=[TITLE], keep_body=True)).result
    assert result["extracted"] == {"title": "Prices"}
    assert list(context.artifacts.values()) == [HTML]


async def test_no_value_is_looked_for_where_the_fetch_failed(target, context, helpers):
    target.handlers["/gone"] = page(HTML, "404 Not Found")
    result = await fetched(context, helpers, target.url("/gone"), extract=[TITLE])
    assert result.status is OutcomeStatus.FAILED
    assert "extracted" not in result.result


async def test_of_a_long_body_the_beginning_is_looked_at(target, context, helpers):
    long = HTML + b"x" * 1_200_000 + b"<h2>end</h2>"
    assert len(long) > LARGE_BODY_BYTES
    target.handlers["/"] = page(long)
    rules = [TITLE, {"as": "end", "css": "h2"}, {"as": "data", "json_path": "$"}]
    result = (await fetched(context, helpers, target.url(), extract=rules)).result
    assert result["extracted"] == {"title": "Prices", "end": None, "data": None}
    assert "too large" in result["extract_error"]
    assert result["bytes"] == len(long)


async def test_what_a_site_was_sent_in_secret_is_not_told(target, context, helpers):
    """Also where the value is cut within a secret, which half is a secret all the same."""
    secret = "s3cret-of-the-job"
    body = f"<h1>{secret}</h1><p>{'x' * (MAX_VALUE_CHARS - 5)}{secret}</p>".encode()
    target.handlers["/"] = page(body)
    target.handlers["/json"] = page(json.dumps({"headers": {"auth": [secret]}}).encode())
    rules = [TITLE, {"as": "p", "css": "p"}, {"as": "h", "json_path": "$.headers"}]
    first, second = await fetched(
        context,
        helpers,
        target.url("/"),
        {"url": target.url("/json"), "headers": {"X-Token": "of-the-item"}},
        extract=rules,
        headers={"Authorization": secret},
    )
    assert first.result["extracted"]["title"] == "•••"
    assert first.result["extracted"]["p"] == "x" * (MAX_VALUE_CHARS - 5) + "•••"
    assert second.result["extracted"]["h"] == {"auth": ["•••"]}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (HelperStopped("took longer than 2 s"), "took longer than 2 s"),
        (b"\xc1", "broken answer"),
        (b"\x81\xa6values\xc3", "broken answer"),
        (b"\x82\xa6values\x81\xa5title" + b"\x91" * 40 + b"\xc0\xa8problems\x80", "too deep"),
        (b"\x82\xa6values\x81\xa5title" + b"\x91" * 100_000 + b"\xc0\xa8problems\x80", "broken"),
    ],
)
async def test_work_that_fails_is_said_and_fails_no_item(target, context, answer, said):
    target.handlers["/"] = page(HTML)
    rules = [TITLE, {"as": "all", "css": "p", "all": True}]
    result = await fetched(context, Scripted(answer), target.url(), extract=rules)
    assert result.status is OutcomeStatus.OK
    assert result.result["extracted"] == {"title": None, "all": []}
    assert said in result.result["extract_error"]


async def test_of_an_answer_only_what_was_asked_for_is_taken(target, context):
    """Its process may have been taken over by the bytes that it read."""
    forged = {"values": {"title": ["x"], "all": "no list", "more": 1}, "problems": {}}
    target.handlers["/"] = page(HTML)
    rules = [TITLE, {"as": "all", "css": "p", "all": True}]
    helpers = Scripted(msgspec.msgpack.encode(forged))
    result = (await fetched(context, helpers, target.url(), extract=rules)).result
    assert result["extracted"] == {"title": ["x"], "all": []}
