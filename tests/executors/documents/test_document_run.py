"""The working half of the document executor, without a worker around it."""

from __future__ import annotations

import hashlib
import json
from contextlib import asynccontextmanager

import msgspec
import pytest
import trio
from msgspec import Raw

from actors.ports import LeasedItem
from executors.documents.alone import Ask, make, make_alone
from executors.documents.engine import NotMade
from executors.documents.items import DocumentItem, StoredSpec, StoredTemplate
from executors.documents.run import DocumentsExecutor
from state.model import OutcomeStatus
from tests.support.papers import part_of, texts_of, word
from tests.support.pictures import DOT


class Tools:
    """What a jailed worker's host gives. `computed` counts what was done beside the loop."""

    def __init__(self, **assets):
        self._assets = assets
        self.asked, self.computed, self.takes_s = [], 0, 0

    async def asset(self, name):
        self.asked.append(name)
        return self._assets[name]

    async def compute(self, work):
        self.computed += 1
        await trio.sleep(self.takes_s)
        return work()


class Context:
    def __init__(self):
        self.artifacts = {}

    async def artifact(self, name, data, paid=None):
        self.artifacts[name] = data


def spec(*formats, output=None, **changes):
    templates = tuple(
        StoredTemplate(id=f"t{at}", name=f"letter {at}", digest=f"d{at}", format=format)
        for at, format in enumerate(formats)
    )
    return StoredSpec(
        templates=templates, format=output or formats[0], date="2026-11-22", **changes
    )


def item(row, data, template=0):
    return DocumentItem(
        row=row, template=template, template_id=f"t{template}", name=f"{row}.x", data=data
    )


class Job:
    """An open job."""

    def __init__(self, runner, tools):
        self._runner, self.tools = runner, tools
        self.artifacts = {}

    async def make(self, asked):
        context = Context()
        payload = Raw(msgspec.json.encode(asked))
        result = await self._runner.run_item(LeasedItem(0, 0, "", payload), context)
        self.artifacts |= context.artifacts
        return result


@asynccontextmanager
async def opened(wanted, **assets):
    tools = Tools(**assets)
    async with DocumentsExecutor().open(msgspec.to_builtins(wanted), tools) as runner:
        yield Job(runner, tools)


async def test_a_document_is_an_artifact_and_its_outcome_says_so():
    async with opened(spec("docx"), d0=word("Dear {{ name }} of {{ _index }}")) as job:
        result = await job.make(item(4, {"name": "Ann"}))
        data = job.artifacts["4.x"]
        assert result.status is OutcomeStatus.OK
        assert result.result == {
            "row": 4,
            "template": "t0",
            "file": "4.x",
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        assert texts_of(data) == ["Dear Ann of 5"]


async def test_a_template_is_compiled_once():
    async with opened(spec("docx", "docx"), d0=word("{{ name }}"), d1=word("{{ city }}")) as job:
        for row in range(3):
            for template in range(2):
                await job.make(item(row, {"name": "Ann", "city": "Bonn"}, template))
        assert job.tools.asked == ["d0", "d1"]
        assert job.tools.computed == 2


async def test_what_takes_its_time_is_made_beside_the_loop():
    async with opened(spec("docx"), d0=word("{{ photo }}")) as job:
        await job.make(item(0, {"photo": "none"}))
        assert job.tools.computed == 1
        await job.make(item(1, {"photo": DOT}))
        assert job.tools.computed == 2
        assert part_of(job.artifacts["1.x"], "word/media/image1.png")


async def test_a_failure_names_row_field_and_template():
    async with opened(spec("docx"), d0=word("{{ name }}{{ city|number }}")) as job:
        result = await job.make(item(11, {"city": 1}))
        assert result.status is OutcomeStatus.FAILED
        assert not result.retry
        assert result.result == {"row": 11, "template": "t0"}
        assert result.error == "row 12: field 'name' of template 'letter 0' has no value"
        result = await job.make(item(11, {"name": " ", "city": "x"}))
        assert result.error == "row 12: template 'letter 0': 'x' is not a number"
        assert not job.artifacts


async def test_blank_if_the_job_says_so():
    async with opened(spec("txt", missing="blank"), d0=b"a{{ name }}b{{ x.y }}") as job:
        await job.make(item(0, {}))
        assert job.artifacts["0.x"] == b"ab"


async def test_a_field_is_filled_from_the_column_that_is_mapped():
    wanted = spec("txt")
    mapped = StoredTemplate(
        id="t0",
        name="n",
        digest="d0",
        format="txt",
        mappings={"name": "Full name", "customer.city": "Ort", "gone": "none"},
    )
    async with opened(
        msgspec.structs.replace(wanted, templates=(mapped,)),
        d0=b"{{ name }} {{ customer.city }} {{ gone|default('-') }}",
    ) as job:
        await job.make(item(0, {"Full name": "Ann", "Ort": "Bonn", "gone": "x"}))
        assert job.artifacts["0.x"] == b"Ann Bonn -"


async def test_a_template_that_cannot_be_used_fails_every_row_and_is_read_once():
    async with opened(spec("docx"), d0=b"nothing") as job:
        for row in range(2):
            result = await job.make(item(row, {}))
            assert result.status is OutcomeStatus.FAILED
            assert "template 'letter 0': " in result.error
        assert job.tools.asked == ["d0"]


async def test_a_document_may_take_so_long(autojump_clock):
    async with opened(spec("docx", timeout_s=0.5), d0=word("{{ photo }}")) as job:
        job.tools.takes_s = 1
        result = await job.make(item(0, {"photo": DOT}))
        assert result.error == "row 1: it took more than 0.5 s"


class Helpers:
    """Runs the work here; `max_bytes` and a broken answer are what a test sets."""

    max_bytes = 1_000_000
    answer = None

    async def run(self, work, data):
        assert work == "executors.documents.alone:make"
        return make(data) if self.answer is None else self.answer


async def test_one_document_in_a_process_of_its_own():
    ask = Ask(spec("md", output="pdf"), item(0, {"name": "Ann"}), b"# {{ name }}")
    assert b"<h1>Ann</h1>" in await make_alone(ask, Helpers())


async def test_a_helper_that_makes_none_says_why():
    ask = Ask(spec("html"), item(0, {}), b"{{ name }}")
    with pytest.raises(NotMade, match="row 1: field 'name'"):
        await make_alone(ask, Helpers())
    helpers = Helpers()
    helpers.answer = b"\xff"
    with pytest.raises(NotMade, match="made no sense"):
        await make_alone(ask, helpers)
    helpers.max_bytes = 10
    with pytest.raises(NotMade, match="too large"):
        await make_alone(ask, helpers)


def test_an_item_is_what_the_plan_stores():
    stored = json.loads(msgspec.json.encode(item(1, {"a": None})))
    assert stored == {
        "row": 1,
        "template": 0,
        "template_id": "t0",
        "name": "1.x",
        "data": {"a": None},
    }
