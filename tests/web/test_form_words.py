"""Every field of the forms of our kinds has its words, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.ports import PlanLimits
from executors.agent.spec import AgentSettings, AgentSpec
from executors.table import build_table

WORDS = Path(__file__).parents[2] / "web" / "page" / "i18n"
LIMITS = PlanLimits(
    max_items=1_000, max_url_bytes=2_000, max_concurrency=20, max_body_read_bytes=1_000_000
)
KINDS = build_table(agent=AgentSpec(AgentSettings(commands=True)))
# Drawn by editors of their own, which have words of theirs.
OWN = {"visit.cookies", "generate.loras", "crawl.source"}


@pytest.fixture(scope="module", params=["en", "zh"])
def known(request) -> set[str]:
    texts = [path.read_text() for path in sorted(WORDS.glob(f"{request.param}*.js"))]
    return set(re.findall(r'^  "([^"]+)":', "\n".join(texts), re.MULTILINE))


def fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(where, name, schema) of each field, those within others included."""
    for name, field in schema["properties"].items():
        yield path + name, name, field
        for inner in (field, field.get("items", {})):
            if "properties" in inner and f"{path}{name}" not in {each[6:] for each in OWN}:
                yield from fields(inner, f"{path}{name}.")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_field_has_words(known, kind):
    lacking = []
    for path, name, field in fields(KINDS[kind].form(LIMITS).spec):
        if any(f"{kind}.{path}".startswith(f"{own}.") for own in OWN):
            continue
        wanted = ["spec"] if "." in path else ["spec", "note"]
        lacking += [
            f"{word}.{kind}.{path}"
            for word in wanted
            if not {f"{word}.{kind}.{path}", f"{word}.{path}", f"{word}.{name}"} & known
        ]
        lacking += [
            f"choice.{name}.{one}"
            for one in field.get("enum", ())
            if not {f"choice.{kind}.{name}.{one}", f"choice.{name}.{one}"} & known
        ]
    assert lacking == []


def test_every_kind_has_a_name_and_says_what_it_does(known):
    assert {f"new.kind.{kind}{tail}" for kind in KINDS for tail in ("", ".note")} <= known
