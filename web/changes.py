"""A job's spec with some of its fields changed, checked as creation checks them. Pure.

The stored spec is no request: secrets are names in it, and the kind has filled things in. So the
kind plans it twice, as it was and as it is to be, and what differs is what the changes come to; all
else stays as it is stored, and so do the items. Called by `web.repeat_api`, in a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import Any

import msgspec
from msgspec import Struct

from actors.ports import ExecutorSpec, Plan, PlanLimits
from executors.documents.items import ResolvedTemplate
from state.model import InputItem, Job
from state.spending import SpendCap
from web.http import invalid
from web.validate import field_error

SECRET = "secret"
_PROXY = "proxy."


class Shape(Struct, frozen=True):
    """How a kind's stored specs become requests again. `filled` are the fields that it fills in
    itself; `fixed` decide what the items are, which stay; `sample` is a request's item made of a
    stored one."""

    filled: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    sample: Callable[[Any], Any] = lambda stored: stored


class Changed(Struct, frozen=True):
    """What a job that differs is planned by. `secrets` are those that are new."""

    spec: dict[str, Any]
    secrets: dict[str, str]
    concurrency: int
    retries: int
    grows_to: int
    cap: SpendCap


_LIMITS = frozenset({"max_body_bytes", "max_url_bytes"})
_DOCUMENTS = frozenset(
    {"templates", "format", "file_name", "filter", "limit", "mode", "mappings", "data_source"}
)


def _page(stored: Any) -> Any:
    """A page's address, and how deep it was; what else is found begins nothing."""
    if stored.get("step") == "page" or "url" in stored:
        return {"url": stored["url"], "depth": stored.get("depth", 0)}
    return "http://found.invalid/"


# By kind; one that is not here is asked with its spec and items as they are stored.
_SHAPES: Mapping[str, Shape] = {
    "fetch": Shape(_LIMITS),
    "visit": Shape(frozenset({"max_url_bytes"}), frozenset({"task_indices"})),
    "crawl": Shape(_LIMITS | {"origins"}, frozenset({"source", "since"}), _page),
    "agent": Shape(frozenset({"prices"}), frozenset({"endpoint"})),
    "generate": Shape(frozenset(), frozenset({"prompt"}), lambda _: "a sample"),
    "tag": Shape(
        frozenset(),
        frozenset({"save_type", "via", "save_beside", "pictures"}),
        lambda _: {"file": {"job": "a-sample", "name": "sample.png"}},
    ),
    "tab": Shape(frozenset(), frozenset({"failover", "failover_after_min"})),
    "document": Shape(frozenset({"date"}), _DOCUMENTS, lambda _: {"sample": "1"}),
}
# Their items, or the models that they name, are looked up by the front end when they are made.
_CLOSED = frozenset({"train", "classify"})


def changed(
    job: Job,
    changes: Mapping[str, Any],
    first: InputItem,
    executor: ExecutorSpec,
    limits: PlanLimits,
) -> Changed:
    """What becomes of the job's spec; `first` is one of its items. Raises InvalidSpec as creation
    does, and WebError for what cannot be changed."""
    shape = _SHAPES.get(job.kind, Shape())
    _refuse(job.kind, shape, changes)
    kept = _Kept()
    stored = {name: value for name, value in job.spec.items() if name not in shape.filled}
    asked = kept.shown({**stored, **_neutral(job)})
    wanted = {**asked, **kept.shown(changes, known=True)}
    item = kept.shown(shape.sample(msgspec.json.decode(first.item)))
    before = executor.plan(_said(asked), [item], limits)
    after = executor.plan(_said(wanted), [item], limits)
    return _difference(job, before, after, kept)


def _refuse(kind: str, shape: Shape, changes: Mapping[str, Any]) -> None:
    if kind in _CLOSED and changes:
        said = f"cannot be changed of a job of kind {kind}: hand it over anew"
        raise invalid([field_error("changes", said)])
    fixed = [name for name in changes if name in shape.fixed]
    if fixed:
        said = "decides what the items are, which stay as they are: hand the job over anew"
        raise invalid([field_error(f"changes.{name}", said) for name in fixed])


def _neutral(job: Job) -> dict[str, Any]:
    """Fields that were fit for the job's own items, and not for one of them alone, or whose stored
    form is no request's: what is said of them here is the same before and after."""
    match job.kind:
        case "visit":
            return {"task_indices": None}
        case "crawl":
            return {"source": None}
        case "tab":
            return {"failover": None, "failover_after_min": None}
        case "document":
            nothing = dict.fromkeys(("file_name", "filter", "limit", "mappings"))
            template = _template(job.spec["templates"][0])
            return {**nothing, "templates": [template], "pictures": {}}
        case _:
            return {}


def _template(stored: Mapping[str, Any]) -> ResolvedTemplate:
    return ResolvedTemplate(
        id=stored["id"],
        name=stored["name"],
        digest=stored["digest"],
        format=stored["format"],
        fields=(),
        mappings={},
    )


def _said(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A field that is null is one that is not there."""
    return {name: value for name, value in spec.items() if value is not None}


class _Kept:
    """Stands in for secrets while a spec is planned: each name has a text of its own that nobody
    can guess. Written by the one change that made it."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    @property
    def names(self) -> dict[str, str]:
        """By what stands in for it."""
        return {text: name for name, text in self._texts.items()}

    def shown(self, value: Any, *, known: bool = False) -> Any:
        """The value with texts in the place of names; `known`: of those alone that there are."""
        match value:
            case {"secret": str(name)} if len(value) == 1 and (not known or name in self._texts):
                return self._text(name)
            case dict():
                return {key: self.shown(each, known=known) for key, each in value.items()}
            case list():
                return [self.shown(each, known=known) for each in value]
            case _:
                return value

    def _text(self, name: str) -> str:
        if name not in self._texts:
            word = f"kept{token_hex(16)}"
            is_proxy = name.startswith(_PROXY)
            self._texts[name] = f"http://{word}:{word}@kept.invalid:1" if is_proxy else word
        return self._texts[name]


def _difference(job: Job, before: Plan, after: Plan, kept: _Kept) -> Changed:
    names = _names(after, kept)
    old = _named(before.spec, _names(before, kept))
    new = _named(after.spec, names)
    delta = {name: value for name, value in new.items() if name not in old or old[name] != value}
    gone = [name for name in old if name not in new]
    spec = {name: value for name, value in job.spec.items() if name not in gone} | delta
    known = set(kept.names.values())
    fresh = {names[name]: text for name, text in after.secrets.items()}
    return Changed(
        spec=spec,
        secrets={name: text for name, text in fresh.items() if name not in known},
        concurrency=_newer(job.concurrency, before.concurrency, after.concurrency),
        retries=_newer(job.retries, before.retries, after.retries),
        grows_to=_newer(job.grows_to, before.grows_to, after.grows_to),
        cap=job.cap if before.cap == after.cap else after.cap,
    )


def _newer(stored: int, before: int, after: int) -> int:
    return stored if before == after else after


def _names(plan: Plan, kept: _Kept) -> dict[str, str]:
    """What the secrets of a plan are to be called: as they are, where they are kept, and else as
    nothing else is."""
    known = kept.names
    mark = token_hex(4)
    return {
        name: known.get(text) or f"{name.rpartition('.')[0]}.{mark}{place}"
        for place, (name, text) in enumerate(plan.secrets.items())
    }


def _named(value: Any, names: Mapping[str, str]) -> Any:
    """The value with its secrets called by these names."""
    match value:
        case {"secret": str(name)} if len(value) == 1:
            return {SECRET: names.get(name, name)}
        case dict():
            return {key: _named(each, names) for key, each in value.items()}
        case list():
            return [_named(each, names) for each in value]
        case _:
            return value
