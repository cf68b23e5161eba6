"""What kinds say of their jobs: forms promise what plans keep; a job read back is the same."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import Raw

from actors.errors import InvalidSpec
from actors.ports import PlanLimits
from actors.ports.forms import Formed, Repeatable
from executors.agent.options import Endpoint
from executors.agent.spec import AgentSettings, AgentSpec
from executors.described import Described, lines, spec_schema, text_or
from executors.documents.facts import Field
from executors.documents.items import ResolvedTemplate
from executors.table import build_table
from executors.tag.spec import TagSpec
from executors.train.items import LabelledPicture
from executors.vision.sources import PartOfFile, UnpackedPicture
from state.library import Model, Picture

LIMITS = PlanLimits(
    max_items=1_000, max_url_bytes=2_000, max_concurrency=20, max_body_read_bytes=1_000_000
)
ENDPOINT = Endpoint("house", "http://127.0.0.1:1/v1", ("small", "large"))
KINDS = build_table(
    TagSpec(None, ["pets"], webui=True),
    None,
    ["pets"],
    AgentSpec(AgentSettings((ENDPOINT,), commands=True)),
)
LETTER = ResolvedTemplate(id="t1", name="letter", digest="d" * 64, format="md",
                          fields=(Field("name", "{{ name }}"),))  # fmt: skip
CAT = Picture(id="p" * 16, name="cat", digest="c" * 64, format="png", size_bytes=10,
              width=1, height=1)  # fmt: skip
SPECIES = Model(id="m" * 16, name="species", digest="e" * 64, facts="f" * 64, size_bytes=1,
                labels_n=2, pictures_n=2, accuracy=None, job_id="")  # fmt: skip

# Of each kind: what the front end puts there, a spec that says something of every sort, and items.
ASKED: dict[str, tuple[dict[str, Any], dict[str, Any], list[Any]]] = {
    "fetch": (
        {},
        {
            "timeout_s": 5,
            "headers": {"Accept": "text/html"},
            "proxies": ["http://proxy.example:8080"],
            "extract": [{"as": "title", "css": "h1"}, {"as": "links", "css": "a", "all": True}],
            "keep_body": True,
        },
        [
            "https://a.example/",
            {"url": "https://a.example/2", "method": "POST", "body": "{}"},
            "https://b.example/ü",
        ],
    ),
    "visit": (
        {},
        {"viewport": {"width": 800, "height": 600}, "locale": "de", "without_path": "generate"},
        [
            "https://a.example/",
            {"url": "https://b.example/", "name": "b", "path": [{"do": "wait_ms", "ms": 5}],
             "not_before": "2026-01-01T00:00:00Z", "completed": True},
        ],
    ),
    "tab": ({}, {"delay_ms": 5, "failover_after_min": 3, "failover": {"retries": 0}},
            ["https://a.example/"]),
    "crawl": ({}, {"depth": 2, "include": ["news"], "content": "all", "user_agent": "me"},
              ["https://a.example/", {"url": "https://b.example/x", "depth": 1, "etag": '"1"'}]),
    "generate": (
        {"pictures": {CAT.id: CAT}},
        {"steps": 30, "loras": [{"name": "ink", "weight": 0.5}], "eta": 0.5},
        ["a fox", {"prompt": "a cat", "seed": 7, "init_image": {"picture": CAT.id}}],
    ),
    "tag": ({"pictures": {CAT.id: CAT}}, {"top": 3, "skip_tags": ["sky"], "language": "zh"},
            [{"picture": CAT.id}, "pets/a.png", {"file": {"job": "j1", "name": "x.png"}}]),
    "classify": ({"pictures": {CAT.id: CAT}, "models": {SPECIES.id: SPECIES}},
                 {"model": SPECIES.id, "top": 2}, [{"picture": CAT.id}]),
    "train": (
        {"pictures": {CAT.id: CAT}},
        {"name": "species", "epochs": 3},
        [
            {"picture": CAT.id, "label": "cat"},
            LabelledPicture(UnpackedPicture("d.png", PartOfFile("a" * 64, 0, 5, 1)), "dog"),
        ],
    ),
    "agent": ({}, {"model": "large", "budget_tokens": 5_000},
              ["write", {"first_prompt": "draw", "dir": "art"}]),
    "document": ({"templates": [LETTER]}, {"format": "html", "mappings": {"t1": {"name": "who"}}},
                 [{"who": "Ada"}, {"who": "Grace"}]),
}  # fmt: skip


def planned(kind, spec, items):
    return KINDS[kind].plan({**spec, **ASKED[kind][0]}, items, LIMITS)


def refused(kind, spec) -> set[str]:
    """The fields that a plan finds wrong."""
    try:
        planned(kind, {**ASKED[kind][1], **spec}, ASKED[kind][2])
    except InvalidSpec as error:
        return {str(each["field"]) for each in error.details["errors"]}
    return set()


def fields():
    for kind, executor in KINDS.items():
        for name, schema in executor.form(LIMITS).spec["properties"].items():
            yield pytest.param(kind, name, schema, id=f"{kind}.{name}")


def test_every_kind_of_ours_describes_itself_and_can_be_read_back():
    assert set(ASKED) == set(KINDS)
    for kind, executor in KINDS.items():
        assert isinstance(executor, Formed), kind
        assert isinstance(executor, Repeatable), kind
        assert msgspec.json.encode(executor.form(LIMITS))


def outside(schema):
    """Values just beyond what a schema allows, or of another sort."""
    if "minimum" in schema:
        yield schema["minimum"] - 1
        yield schema["maximum"] + 1
    if "enum" in schema:
        yield "no such choice"
    if schema.get("type") == "boolean":
        yield "yes"
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    if schema.get("type") == "object":
        yield "text"
        if "properties" in schema:
            yield {"no such field": 1}


@pytest.mark.parametrize(("kind", "name", "schema"), [*fields()])
def test_what_a_form_does_not_allow_no_plan_takes(kind, name, schema):
    for value in outside(schema):
        if name == "input_dir" or (name == "limit" and kind != "document"):
            continue  # the front end makes items of it, and refuses it itself
        found = refused(kind, {name: value})
        assert any(each.split(".")[0].split("[")[0] == name for each in found), value


@pytest.mark.parametrize(("kind", "name", "schema"), [*fields()])
def test_what_a_form_allows_at_its_edges_and_by_default_plans_take(kind, name, schema):
    edges = [schema[edge] for edge in ("minimum", "maximum", "default") if edge in schema]
    edges += [] if name in ("analyzer", "via", "format", "without_path") else schema.get("enum", [])
    for value in edges:
        if name in ("input_dir", "limit", "endpoint", "judge_endpoint"):
            continue
        wrong = refused(kind, {name: value})
        # These depend on how many items there are, too.
        assert name not in wrong or name in ("epochs", "max_items"), (value, wrong)


@pytest.mark.parametrize("kind", ASKED)
def test_a_job_that_is_read_back_and_planned_again_is_the_same(kind):
    _, spec, items = ASKED[kind]
    first = planned(kind, spec, items)
    asked = KINDS[kind].asked(first.spec, [each.item for each in first.items], LIMITS)
    assert asked.secrets == ()
    again = {**asked.spec}
    if kind == "document":
        assert again.pop("templates") == ["t1"]
    second = planned(kind, again, asked.items)
    assert second.spec == first.spec
    assert [each.item for each in second.items] == [each.item for each in first.items]
    assert (second.concurrency, second.retries) == (first.concurrency, first.retries)
    # What the server fills in by what else is said has no default that a form could know.
    filled = {"judge_model", "judge_endpoint", "threshold", "via", "retries", "templates"}
    assert set(asked.spec) - filled <= set(spec)


def test_what_is_secret_is_named_and_not_told():
    spec = {"headers": {"Authorization": "Bearer x", "Accept": "a"},
            "proxies": ["http://u:p@proxy.example:1"]}  # fmt: skip
    items = [{"url": "https://a.example/", "headers": {"Cookie": "a=b", "Accept": "b"}}]
    plan = KINDS["fetch"].plan(spec, items, LIMITS)
    asked = KINDS["fetch"].asked(plan.spec, [each.item for each in plan.items], LIMITS)
    assert asked.spec == {"headers": {"Accept": "a"}}
    assert asked.secrets == ("headers.Authorization", "proxies[0]", "items[0].headers.Cookie")
    assert b"Bearer" not in msgspec.json.encode(asked)


def test_a_crawl_of_a_source_is_asked_for_as_it_was():
    source = {"name": "pixiv-tag", "order": "date", "limit": 7, "max_images": 3}
    first = planned("crawl", {"source": source}, ["cat,sky", "dog"])
    asked = KINDS["crawl"].asked(first.spec, [each.item for each in first.items], LIMITS)
    assert (asked.spec["source"], asked.items) == (source, ["cat,sky", "dog"])
    assert planned("crawl", asked.spec, asked.items).items == first.items


def test_a_crawl_is_not_handed_what_it_has_found():
    item = Raw(b'{"step":"image","url":"https://a.example/x.png"}')
    assert KINDS["crawl"].asked(planned("crawl", {}, ["https://a.example/"]).spec,
                                [item], LIMITS).items == []  # fmt: skip


def test_only_rules_that_say_what_they_take_are_in_a_form():
    rules = {"own": lambda _: None, "tags": lines(lambda _: None, 5)}
    assert isinstance(rules["tags"], Described)
    found = spec_schema(rules, {"tags": ["a"]}, first=("own",))
    assert list(found["properties"]) == ["tags"]
    assert found["properties"]["tags"]["x-more"] is True
    assert text_or({"type": "string"}, rules, ())["anyOf"][0] == {"type": "string"}
