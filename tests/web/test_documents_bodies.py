"""All names that clients have for the fields of a task, and what holds where nothing is said."""

from __future__ import annotations

import pytest

from web.dialects.documents.bodies import read_task

BASE = {"templateIds": ["t"], "outputFormat": "docx", "data": [{"name": "Ada"}]}
PLAIN = {
    "templates": ["t"],
    "format": "docx",
    "mode": "sequential",
    "timeout_s": 30.0,
    "stop_on_failure": False,
}


def read(family="A", **said):
    found = read_task({**BASE, **said}, family, 50)
    assert found.errors == []
    return found.wanted


def test_what_holds_where_nothing_is_said():
    wanted = read()
    assert wanted.spec == PLAIN
    assert wanted.rows == BASE["data"]
    assert (wanted.start, wanted.name, wanted.zip_name) == (False, "", "")
    assert (wanted.notify, wanted.ignored) == ("", ())


@pytest.mark.parametrize(("family", "start"), [("A", False), ("B", False), ("C", True)])
def test_those_of_family_c_start_by_themselves(family, start):
    assert read(family).start is start


@pytest.mark.parametrize(
    ("options", "field", "value"),
    [
        ({"concurrency": 8}, "concurrency", 8),
        ({"maxConcurrency": 8}, "concurrency", 8),
        ({"batchSize": 8}, "concurrency", 8),
        ({"batchSize": 100}, "concurrency", 50),
        ({"batchSize": 100, "concurrency": 2}, "concurrency", 2),
        ({"parallelProcessing": True}, "mode", "parallel"),
        ({"parallelProcessing": False}, "mode", "sequential"),
        ({"retries": 2}, "retries", 2),
        ({"retryCount": 2}, "retries", 2),
        ({"timeoutMs": 1_500}, "timeout_s", 1.5),
        ({"timeout": 5}, "timeout_s", 5),
        ({"timeout": 5, "timeoutMs": 1_500}, "timeout_s", 1.5),
        ({"continueOnError": False}, "stop_on_failure", True),
        ({"fileName": "{{ name }}"}, "file_name", "{{ name }}"),
        ({"fileNameTemplate": "{name}.DOCX"}, "file_name", "{name}"),
        ({"fileName": "v1.2"}, "file_name", "v1.2"),
        ({"missing": "blank"}, "missing", "blank"),
        ({"locale": "zh"}, "locale", "zh"),
    ],
)
def test_options_by_each_of_their_names(options, field, value):
    assert read(options=options).spec[field] == value


def test_the_mode_that_is_named_comes_before_the_option():
    assert read(mode="sequential", options={"parallelProcessing": True}).spec["mode"] == (
        "sequential"
    )


def test_inline_rows_come_before_a_data_source():
    both = read(dataSourceId="ds-001")
    assert (both.rows, both.data_source) == (BASE["data"], None)
    for nothing in ([], None):
        assert read(dataSourceId="ds-001", data=nothing).data_source == "ds-001"


def test_filters_that_forms_leave_empty_filter_nothing():
    assert read(filters={"condition": " ", "limit": None}).spec == PLAIN
    spec = read(filters={"condition": "a > 1", "limit": 2}).spec
    assert (spec["filter"], spec["limit"]) == ("a > 1", 2)


def test_who_is_told_of_its_end_and_what_its_archive_is_called():
    wanted = read(
        options={"zipFileName": "letters.zip", "createZip": True},
        notification={"webhook": "https://example.com/hook", "email": ""},
    )
    assert wanted.zip_name == "letters.zip"
    assert wanted.notify == "https://example.com/hook"
