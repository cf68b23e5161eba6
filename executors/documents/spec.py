"""The light half of the document executor: validates a job, in the server. See
`docs/documents.md`.

Nothing here reads a template; `executors.documents.run` is the other half. The front end has put
what its desk's library holds in the place of the ids (`ResolvedTemplate`), so `plan` stays pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from actors.ports import Plan, PlanLimits
from actors.ports.forms import Asked, Form
from executors.asked import asked_job
from executors.documents.formats import pool_for
from executors.documents.items import (
    NamedPicture,
    ResolvedPicture,
    ResolvedTemplate,
    StoredTemplate,
)
from executors.documents.names import INDEX, ROW, document_namer, missing_from
from executors.documents.options import Options, form_of, read_options
from executors.documents.pictures import ids_in, named_in
from executors.documents.rows import columns_of, kept_rows, row_reason
from executors.problems import Problems
from state.model import InputItem

# Items of a sequential job have one key: they go to one worker, in order.
ONE_AFTER_THE_OTHER = "one after the other"
# So many columns that are not there are named of a filter.
_MOST_NAMED = 3
_encoder = msgspec.json.Encoder()


class DocumentSpec:
    """ExecutorSpec of kind `document`. `today` is asked once a plan."""

    kind = "document"
    pool = "cpu"
    runner = "executors.documents.run:DocumentsExecutor"
    manifest = ("row", "template", "file", "sha256", "status", "error")

    def __init__(self, today: Callable[[], date] = date.today) -> None:
        self._today = today

    def pool_of(self, spec: Mapping[str, Any]) -> str:
        """See ExecutorSpec.pool_of."""
        return pool_for(spec["templates"][0]["format"], spec["format"])

    def plan(self, spec: Mapping[str, Any], items: Sequence[Any], limits: PlanLimits) -> Plan:
        """See ExecutorSpec.plan. `items` are the rows; those that the filter keeps make a document
        with each template."""
        problems = Problems()
        options = read_options(spec, limits, problems)
        _check_rows(items, limits, problems)
        problems.raise_if_any()
        rows = kept_rows(items, options.filter, options.limit)
        _check_count(rows, items, options, limits, problems)
        if rows:
            _check_names(rows, options, problems)
        pictures = named_in(rows, options.pictures, problems)
        problems.raise_if_any()
        today = self._today()
        return Plan(
            items=_documents(rows, options, pictures, today),
            spec=_stored(options, today),
            secrets={},
            concurrency=options.concurrency,
            retries=options.retries,
            assets=_assets(options.templates, pictures),
        )

    def describe(self, item: Raw) -> dict[str, Any]:
        """See ExecutorSpec.describe."""
        told = msgspec.json.decode(item, type=_Told)
        return {"row": told.row, "template": told.template_id, "file": told.name}

    def fill_secrets(self, spec: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
        """See ExecutorSpec.fill_secrets. There are none."""
        return spec

    def form(self, limits: PlanLimits) -> Form:
        """See Formed.form."""
        row = {"type": "object", "format": "row"}
        return Form(spec=form_of(limits), item=row, files=("csv", "xlsx", "json"))

    def asked(self, spec: Mapping[str, Any], items: Sequence[Raw], limits: PlanLimits) -> Asked:
        """See Repeatable.asked. Its rows were kept by its filter, or are what its table has now."""
        templates = spec["templates"]
        mappings = {each["id"]: each["mappings"] for each in templates if each.get("mappings")}
        given = {**spec, "templates": [each["id"] for each in templates], "mappings": mappings}
        found = asked_job(self.form(limits), given, items, _asked)
        return replace(found, items=None) if spec.get("data_source") else found


def _asked(stored: Raw) -> Any:
    """The row of a stored item, once: each template has it."""
    item = msgspec.json.decode(stored)
    return item["data"] if item["template"] == 0 else None


class _Told(Struct, frozen=True):
    """What an outcome says of an item, without its row's values."""

    row: int
    template_id: str
    name: str


def _check_rows(items: Sequence[Any], limits: PlanLimits, problems: Problems) -> None:
    if not items:
        problems.add(None, "items", "must hold at least one row")
    if len(items) > limits.max_items:
        problems.add(None, "items", f"must not hold more than {limits.max_items} rows")
        return
    for index, row in enumerate(items):
        if (reason := row_reason(row)) is not None:
            problems.add(index, None, reason)


def _check_count(
    rows: Sequence[Any],
    items: Sequence[Any],
    options: Options,
    limits: PlanLimits,
    problems: Problems,
) -> None:
    count = len(rows) * len(options.templates)
    if not count:
        problems.add(None, "filter", _why_none(items, options))
    if count > limits.max_items:
        reason = f"would make {count} documents; a job has at most {limits.max_items}"
        problems.add(None, "items", reason)


def _why_none(items: Sequence[Any], options: Options) -> str:
    """A column that no row has is most often a name that is written wrong."""
    asked = options.filter.fields if options.filter is not None else ()
    unknown = missing_from(asked, columns_of(items) | {ROW, INDEX})
    if not unknown:
        return "keeps no row"
    names = ", ".join(repr(key[:100]) for key in unknown[:_MOST_NAMED])
    return f"keeps no row: it names {names}, which no row has"


def _check_names(rows: Sequence[Any], options: Options, problems: Problems) -> None:
    columns = columns_of(row for _, row in rows)
    for key in missing_from(options.pattern.fields, columns):
        problems.add(None, "file_name", f"names {key[:100]!r}, which no row has")


def _assets(
    templates: Sequence[ResolvedTemplate], pictures: Mapping[str, ResolvedPicture]
) -> tuple[str, ...]:
    """The files of the library that its items share."""
    digests = [template.digest for template in templates]
    digests += [picture.digest for picture in pictures.values()]
    return tuple(dict.fromkeys(digests))


def _documents(
    rows: Sequence[tuple[int, Mapping[str, Any]]],
    options: Options,
    pictures: Mapping[str, ResolvedPicture],
    today: date,
) -> list[InputItem]:
    """Row by row, so that whole rows are there early."""
    names = [template.name for template in options.templates]
    name_of = document_namer(options.pattern, names, f".{options.format}", today)
    key = ONE_AFTER_THE_OTHER if options.mode == "sequential" else ""
    return [
        InputItem(
            Raw(
                _encoder.encode(
                    {
                        "row": number,
                        "template": at,
                        "template_id": template.id,
                        "name": name_of(number, at, row),
                        "data": row,
                        **_pictures_of(row, pictures),
                    }
                )
            ),
            key,
        )
        for number, row in rows
        for at, template in enumerate(options.templates)
    ]


def _pictures_of(row: Mapping[str, Any], pictures: Mapping[str, ResolvedPicture]) -> dict[str, Any]:
    """What an item has of its job's pictures; nothing where its row names none."""
    if not pictures:
        return {}
    ids = dict.fromkeys(id for value in row.values() for id in ids_in(value))
    named = {id: NamedPicture(digest=pictures[id].digest, format=pictures[id].format) for id in ids}
    return {"pictures": named} if named else {}


def _stored(options: Options, today: date) -> dict[str, Any]:
    stored: dict[str, Any] = {
        field: getattr(options, field)
        for field in (
            *("format", "file_name", "mode", "concurrency", "missing", "locale", "limit"),
            *("stop_on_failure", "retries", "timeout_s", "data_source"),
        )
    }
    stored["filter"] = options.filter_text
    stored["date"] = today.isoformat()
    stored["templates"] = [
        msgspec.to_builtins(_stored_template(template, options)) for template in options.templates
    ]
    return stored


def _stored_template(template: ResolvedTemplate, options: Options) -> StoredTemplate:
    return StoredTemplate(
        id=template.id,
        name=template.name,
        digest=template.digest,
        format=template.format,
        fields=tuple(field.key for field in template.fields),
        mappings={**template.mappings, **options.mappings.get(template.id, {})},
    )
