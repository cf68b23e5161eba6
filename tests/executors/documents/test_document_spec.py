"""The plan of a document job: rows, templates, names, and everything that is refused."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from msgspec import Raw

from actors.errors import InvalidSpec
from actors.ports import PlanLimits
from executors.documents.facts import Field
from executors.documents.items import DocumentItem, ResolvedTemplate, StoredSpec
from executors.documents.spec import ONE_AFTER_THE_OTHER, DocumentSpec

LIMITS = PlanLimits(max_items=50, max_url_bytes=100, max_concurrency=20, max_body_read_bytes=1_000)
ROWS = [{"name": "Ann", "age": 19}, {"name": "Bob", "age": 17}, {"name": "Cleo", "age": 30}]


def template(id="t", format="docx", **changes):
    return ResolvedTemplate(id=id, name=f"Letter {id}", digest=f"d-{id}", format=format, **changes)


LETTER = template(fields=(Field("name", "{{ name }}"),), mappings={"name": "Name"})


def plan(rows=ROWS, templates=(LETTER,), **spec):
    fields = {"templates": templates, **spec}
    return DocumentSpec(lambda: date(2026, 11, 22)).plan(fields, rows, LIMITS)


def items_of(planned):
    return [msgspec.json.decode(item.item, type=DocumentItem) for item in planned.items]


def errors_of(*args, **spec):
    with pytest.raises(InvalidSpec) as caught:
        plan(*args, **spec)
    return [(error["field"], error["reason"]) for error in caught.value.details["errors"]]


def test_what_is_left_out_has_a_default():
    planned = plan()
    assert planned.spec == {
        "format": "docx",
        "file_name": "{{ _template }}-{{ _index }}",
        "mode": "parallel",
        "concurrency": 20,
        "missing": "error",
        "locale": "en",
        "limit": None,
        "stop_on_failure": False,
        "retries": 0,
        "timeout_s": None,
        "data_source": None,
        "filter": None,
        "date": "2026-11-22",
        "templates": [
            {
                "id": "t",
                "name": "Letter t",
                "digest": "d-t",
                "format": "docx",
                "fields": ("name",),
                "mappings": {"name": "Name"},
            }
        ],
    }
    assert (planned.concurrency, planned.retries, planned.secrets) == (20, 0, {})
    assert msgspec.convert(planned.spec, StoredSpec).templates[0].mappings == {"name": "Name"}


def test_every_row_goes_with_every_template_and_rows_come_first():
    planned = plan(ROWS[:2], (template("a"), template("b")), file_name="{{ name }}")
    assert [(i.row, i.template, i.template_id, i.name) for i in items_of(planned)] == [
        (0, 0, "a", "Letter a/Ann.docx"),
        (0, 1, "b", "Letter b/Ann.docx"),
        (1, 0, "a", "Letter a/Bob.docx"),
        (1, 1, "b", "Letter b/Bob.docx"),
    ]
    assert items_of(planned)[3].data == ROWS[1]


def test_a_filter_and_a_limit_keep_the_numbers_of_rows():
    planned = plan(filter="age >= 18", limit=1)
    assert [item.row for item in items_of(planned)] == [0]
    planned = plan(filter="age >= 18")
    assert [(item.row, item.name) for item in items_of(planned)] == [
        (0, "Letter t-1.docx"),
        (2, "Letter t-3.docx"),
    ]


@pytest.mark.parametrize("name", ["_row", "_index"])
def test_a_filter_knows_the_number_of_a_row_as_errors_tell_it(name):
    planned = plan(filter=f"{name} in [1, 3]")
    assert [item.row for item in items_of(planned)] == [0, 2]
    assert "_row" not in items_of(planned)[0].data


def test_sequential_items_have_one_key():
    assert {item.key for item in plan(mode="sequential").items} == {ONE_AFTER_THE_OTHER}
    assert {item.key for item in plan(mode="parallel").items} == {""}


def test_a_job_says_which_column_a_field_is_filled_from():
    planned = plan(mappings={"t": {"name": "Vorname", "city": "Ort"}})
    assert planned.spec["templates"][0]["mappings"] == {"name": "Vorname", "city": "Ort"}


POOLS = [
    (("docx",), None, "cpu", "docx"),
    (("docx",), "pdf", "office", "pdf"),
    (("html", "md"), "pdf", "browser", "pdf"),
    (("md",), "html", "cpu", "html"),
    (("txt",), None, "cpu", "txt"),
]


@pytest.mark.parametrize(("formats", "output", "pool", "suffix"), POOLS)
def test_the_pool_is_that_of_the_programs(formats, output, pool, suffix):
    templates = [template(str(at), format) for at, format in enumerate(formats)]
    planned = plan(templates=templates, format=output)
    assert DocumentSpec().pool_of(planned.spec) == pool
    assert items_of(planned)[0].name.endswith(f".{suffix}")


def test_an_outcome_without_a_worker_says_which_document():
    item = plan().items[1].item
    told = {"row": 1, "template": "t", "file": "Letter t-2.docx"}
    assert DocumentSpec().describe(Raw(item)) == told


BAD = [
    ({"templates": ()}, "templates", "at least one template"),
    ({"templates": ["t"]}, "templates", "templates that this desk has"),
    ({"templates": [{"id": "t", "digest": "x"}]}, "templates", "templates that this desk has"),
    ({"templates": (LETTER, LETTER)}, "templates", "twice"),
    ({"templates": "t"}, "templates", "a list"),
    ({"format": "doc"}, "format", "one of docx, pdf"),
    ({"format": "html"}, "format", "html cannot be made of 'Letter t', which is docx"),
    ({"templates": (LETTER, template("b", "md")), "format": "pdf"}, "templates", "not mix Word"),
    ({"file_name": "{{ nam }}"}, "file_name", "names 'nam', which no row has"),
    ({"file_name": "{{ nam"}, "file_name", "unmatched {"),
    ({"file_name": ""}, "file_name", "must not be empty"),
    ({"mode": "both"}, "mode", "sequential, parallel"),
    ({"concurrency": 21}, "concurrency", "from 1 to 20"),
    ({"missing": "ask"}, "missing", "error, blank"),
    ({"locale": "xx"}, "locale", "such as en"),
    ({"locale": "../de"}, "locale", "such as en"),
    ({"mappings": {"t": ["name"]}}, "mappings", "must be an object"),
    ({"mappings": {"u": {}}}, "mappings", "'u', which is no template"),
    ({"filter": "age >"}, "filter", "at character 6"),
    ({"filter": "age > 99"}, "filter", "keeps no row"),
    ({"filter": "Age > 1 and a.b"}, "filter", "names 'Age', 'a.b', which no row has"),
    ({"limit": 0}, "limit", "from 1"),
    ({"stop_on_failure": 1}, "stop_on_failure", "true or false"),
    ({"retries": 11}, "retries", "from 0 to 10"),
    ({"timeout_s": 0}, "timeout_s", "from 0.1"),
    ({"colour": "red"}, "colour", "is not a field of a document job"),
    ({"rows": []}, "items", "at least one row"),
    ({"rows": [{}] * 51}, "items", "more than 50 rows"),
    ({"rows": [{}] * 26, "templates": (LETTER, template("b"))}, "items", "52 documents"),
    ({"rows": ["x"]}, None, "must be an object"),
    ({"rows": [{"": 1}]}, None, "a column whose name is empty"),
    ({"rows": [dict.fromkeys(map(str, range(1_001)))]}, None, "more than 1000 columns"),
]


@pytest.mark.parametrize(("changes", "field", "words"), BAD, ids=[words for *_, words in BAD])
def test_a_refusal_names_the_field(changes, field, words):
    (error,) = errors_of(**changes)
    assert error[0] == field
    assert words in error[1]
