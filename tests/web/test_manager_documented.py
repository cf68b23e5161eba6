"""docs/task-manager.md has every address that is served, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec.structs import fields

from web.app import DECLARED, build_app
from web.dialects.taskmanager.paths import is_ours
from web.dialects.taskmanager.task_schemas import STATUSES, TYPES, ManagerTask

PAGE = (Path(__file__).resolve().parents[2] / "docs/task-manager.md").read_text("utf-8")
ADDRESS = re.compile(r"`(GET|POST|PUT|DELETE|PATCH) (/api/[^`?\s]*)")
PART = re.compile(r"<[^>]+>")
ROW = re.compile(r"^\| (`[^|]+) \|", re.MULTILINE)


def test_every_address_is_documented_and_every_documented_one_is_served(deps):
    routes = build_app(deps).extensions[DECLARED].values()
    served = {
        (route.method, PART.sub("{}", route.rule))
        for route in routes
        if is_ours(route.rule) and not route.websocket
    }
    documented = {
        (method, re.sub(r"\{[^}]*\}", "{}", path)) for method, path in ADDRESS.findall(PAGE)
    }
    assert documented == served


def test_every_field_status_and_type_of_a_task_is_documented():
    section = PAGE.partition("## A task")[2].partition("\n## ")[0]
    named = {name for row in ROW.findall(section) for name in re.findall(r"`(\w+)`", row)}
    assert named == {field.encode_name for field in fields(ManagerTask)}
    for word in (*STATUSES, *TYPES):
        assert f"`{word}`" in section
