"""The documents tell today's truth: settings, error codes, commands and links."""

from __future__ import annotations

import ast
import dataclasses
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from nightdesk.cli.app import build_app, run
from nightdesk.cli.words import (
    CHINESE,
    ENGLISH,
    STATUS_CHINESE,
    STATUS_ENGLISH,
    Words,
)
from nightdesk.client.calls import Address
from nightdesk.config import Config, flag_of, variable_of
from nightdesk.ranges import RANGES
from state.model import JobStatus
from torture.__main__ import EXPERIMENTS
from web.errors import CODES

ROOT = Path(__file__).resolve().parent.parent
DOCS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@cache
def help_texts() -> dict[str, str]:
    """The text under each field of Config, as `--help` shows it."""
    tree = ast.parse((ROOT / "nightdesk/config.py").read_text("utf-8"))
    body = next(x for x in tree.body if isinstance(x, ast.ClassDef) and x.name == "Config").body
    texts = {}
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            texts[field.target.id] = text.value.value
    return texts


def shown_default(value: object) -> str:
    if value in ((), ""):
        return "none"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def row_of(field: dataclasses.Field) -> str:
    """The line of docs/configuration.md for a setting."""
    name = field.name
    default = shown_default(field.default)
    return f"| `{flag_of(name)}` | `{variable_of(name)}` | {default} | {help_texts()[name]} |"


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_is_explained_and_runs_on_every_commit(name):
    said = (ROOT / "docs/durability.md").read_text("utf-8")
    row = next(line for line in said.splitlines() if line.startswith(f"| `{name}` |"))
    tests = re.search(r"`(tests/torture/\w+\.py)` \|$", row)[1]
    assert "Scale(" in (ROOT / tests).read_text("utf-8")


@pytest.mark.parametrize("field", dataclasses.fields(Config), ids=lambda field: field.name)
def test_every_setting_is_documented(field):
    assert row_of(field) in (ROOT / "docs/configuration.md").read_text("utf-8").splitlines()


def test_no_setting_is_documented_that_does_not_exist():
    text = (ROOT / "docs/configuration.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(--[a-z-]+)`", text, re.MULTILINE))
    assert documented == {flag_of(field.name) for field in dataclasses.fields(Config)}


def test_every_number_has_a_range():
    numbers = {
        field.name
        for field in dataclasses.fields(Config)
        if isinstance(field.default, (int, float))
    }
    assert numbers == set(RANGES)


def test_every_error_code_is_in_the_api_document():
    table = (ROOT / "docs/native-api.md").read_text("utf-8").partition("## Errors")[2]
    documented = {
        (code, int(status))
        for codes, status in re.findall(r"^\| ([^|]+) \| (\d+) \|", table, re.MULTILINE)
        for code in re.findall(r"`([a-z_]+)`", codes)
    }
    assert documented == {(code, status) for code, (status, _) in CODES.items()}


def test_the_readme_names_commands_that_exist():
    readme = (ROOT / "README.md").read_text("utf-8")
    named = set(re.findall(r"^nightdesk ([a-z-]+)", readme, re.MULTILINE))
    commands = {name for name in build_app(Words(ENGLISH, STATUS_ENGLISH)) if name[0] != "-"}
    assert named
    assert named <= commands
    assert set(re.findall(r"^make ([a-z]+)", readme, re.MULTILINE)) <= make_targets()


NAMED_TEST = re.compile(r"\[`(test_\w+)`\]\((tests/[\w/]+\.py)\)")


def test_every_promise_of_the_readme_names_tests_that_exist():
    readme = (ROOT / "README.md").read_text("utf-8")
    promises = readme.partition("## What it promises")[2].partition("\n## ")[0]
    bullets = re.findall(r"^- \*\*(.+?)\.\*\*(.+?)(?=^- |\Z)", promises, re.MULTILINE | re.DOTALL)
    assert bullets
    assert [promise for promise, text in bullets if not NAMED_TEST.search(text)] == []
    for name, path in NAMED_TEST.findall(readme):
        assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE)


def make_targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def test_flags_in_the_readme_exist(capsys):
    readme = (ROOT / "README.md").read_text("utf-8")
    lines = re.findall(r"^nightdesk (.*)", readme, re.MULTILINE)
    assert lines
    for line in lines:
        words = line.split()
        grouped = words[0] in ("submit", "journeys", "webhooks", "agents")
        command = words[: 2 if grouped else 1]
        run([*command, "--help"], {})
        shown = capsys.readouterr().out
        assert [flag for flag in re.findall(r"--[a-z-]+", line) if flag not in shown] == [], line


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_links_resolve(page):
    dead = []
    for link in LINK.findall(page.read_text("utf-8")):
        path = link.partition("#")[0]
        if path and "://" not in link and not (page.parent / path).exists():
            dead.append(link)
    assert dead == []


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("README.md", "used by command line, Python and API, and **has no page yet**"),
        ("README.zh.md", "凭令牌使用的工作台只能用命令行、Python 和 API，**暂时没有页面**"),
        ("SECURITY.md", "for the desk of a token there is no page yet"),
    ],
)
def test_that_a_tokens_desk_has_no_page_is_said_as_long_as_it_is_so(page, words):
    assert Address(None, None, "a token").page_url("job") is None
    assert words in " ".join((ROOT / page).read_text("utf-8").split())


def test_both_languages_say_the_same_things():
    assert CHINESE.keys() == ENGLISH.keys()
    assert STATUS_CHINESE.keys() == STATUS_ENGLISH.keys() == set(JobStatus)
    for key, english in ENGLISH.items():
        fields = re.findall(r"\{(\w+)", english)
        assert sorted(re.findall(r"\{(\w+)", CHINESE[key])) == sorted(fields), key
