"""docs/journeys.md names every step, field and default that there is, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

from actors.ports import PlanLimits
from executors.scrubbing import Scrubber
from executors.visit.guard import MAX_CONSOLE_HEARD, MAX_DIALOGS, MAX_DOWNLOADS, MAX_POPUPS
from executors.visit.options import DEFAULTS
from executors.visit.report import MAX_EXTRACTED_BYTES, Report
from executors.visit.spec import VisitSpec
from executors.visit.steps import SHAPES

TEXT = (Path(__file__).parents[2] / "docs/journeys.md").read_text("utf-8")
LIMITS = PlanLimits(
    max_items=10, max_url_bytes=8_192, max_concurrency=10, max_body_read_bytes=1_000
)


def rows_of(heading):
    """The cells of the table under a heading."""
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    head, *rows = [line for line in section.splitlines() if line.startswith("| ")]
    assert head
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def names_in(cell):
    return re.findall(r"`([a-z_]+)`", cell)


def test_every_step_and_its_fields_are_explained():
    told = {names_in(do)[0]: set(names_in(fields)) for do, fields, _ in rows_of("Steps")}
    assert told == {do: set(shape.fields) for do, shape in SHAPES.items()}


def test_every_option_is_explained_with_its_default():
    told = {name: default for cell, default, _ in rows_of("Fields of the job")
            for name in names_in(cell)}  # fmt: skip
    assert told.keys() == DEFAULTS.keys()
    for name, default in DEFAULTS.items():
        if isinstance(default, str):
            assert told[name] == f"`{default}`"
        elif isinstance(default, bool | int | float):
            assert told[name] == json.dumps(default).removesuffix(".0")


def test_every_field_of_a_result_is_explained():
    told = {name for cell, _ in rows_of("The result") for name in names_in(cell)}
    report = Report({"url": "", "name": "", "id": ""}, 1, Scrubber([]))
    report.generated = []
    assert told == report.ended().result.keys()


def test_the_limits_are_those_of_the_code():
    for limit in (
        f"{MAX_POPUPS}\nwindows",
        f"{MAX_DIALOGS} dialogs",
        f"{MAX_DOWNLOADS} downloads",
        f"{MAX_CONSOLE_HEARD} lines",
        f"{MAX_EXTRACTED_BYTES // 1024} KiB",
    ):
        assert limit in TEXT


def test_the_example_is_a_job():
    job = json.loads(TEXT.partition("```json\n")[2].partition("```")[0])
    plan = VisitSpec().plan(job["spec"], job["items"], LIMITS)
    assert (job["kind"], len(plan.items), len(plan.secrets)) == ("visit", 2, 1)
