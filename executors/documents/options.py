"""How a job's documents are to be made, as its spec says: read and validated. Pure.

Used by `executors.documents.spec`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from actors.ports import PlanLimits
from actors.ports.forms import Schema
from executors.described import Choice, Flag, Number, Shaped, Text, Whole, lines, spec_schema
from executors.documents.formats import BECOMES, FORMATS, Format, pool_for
from executors.documents.items import Missing, ResolvedPicture, ResolvedTemplate
from executors.documents.locales import locale_reason
from executors.documents.names import BadPattern, NamePattern, read_pattern
from executors.documents.where import BadFilter, Filter, read_filter
from executors.problems import Problems, Reason, Rule, field_problems, text_reason

MAX_TEMPLATES = 50
MAX_RETRIES = 10
DEFAULT_CONCURRENCY = 256
MIN_TIMEOUT_S, MAX_TIMEOUT_S = 0.1, 3_600.0
DEFAULT_FILE_NAME = "{{ _template }}-{{ _index }}"
_MAX_ID_CHARS = 64
_MAX_MAPPINGS = 2_000

Mode = Literal["sequential", "parallel"]
_MODES = ("sequential", "parallel")
_MISSING = ("error", "blank")
# What is of use to many who are asked for one.
LOCALES = ("en", "en-GB", "zh", "de", "fr", "es", "it", "ja")


class Options(Struct, frozen=True, kw_only=True):
    """A job's spec, with its defaults. `pattern` and `filter` are read; what they were read from is
    what is stored."""

    templates: tuple[ResolvedTemplate, ...]
    format: Format
    file_name: str
    pattern: NamePattern
    mode: Mode
    concurrency: int
    missing: Missing
    locale: str
    mappings: Mapping[str, Mapping[str, str]]
    filter_text: str | None
    filter: Filter | None
    limit: int | None
    stop_on_failure: bool
    retries: int
    timeout_s: float | None
    data_source: str | None
    pictures: Mapping[str, ResolvedPicture]


def read_options(spec: Mapping[str, Any], limits: PlanLimits, problems: Problems) -> Options:
    """Raises InvalidSpec, by way of `problems`, for everything that is wrong."""
    given = {field: value for field, value in spec.items() if value is not None}
    for field, reason in field_problems(given, _rules(limits), "a document job"):
        problems.add(None, field, reason)
    problems.raise_if_any()
    templates = tuple(given["templates"]) if "templates" in given else ()
    if not templates:
        problems.add(None, "templates", "must name at least one template")
        problems.raise_if_any()
    format = given.get("format", templates[0].format)
    _check_formats(templates, format, problems)
    _check_mappings(templates, given.get("mappings", {}), problems)
    file_name, filter_text = given.get("file_name", DEFAULT_FILE_NAME), given.get("filter")
    pattern = _pattern(file_name, problems)
    where = _filter(filter_text, problems)
    problems.raise_if_any()
    return Options(
        templates=templates,
        format=format,
        file_name=file_name,
        pattern=pattern,
        mode=given.get("mode", "parallel"),
        concurrency=given.get("concurrency", min(DEFAULT_CONCURRENCY, limits.max_concurrency)),
        missing=given.get("missing", "error"),
        locale=given.get("locale", "en"),
        mappings=given.get("mappings", {}),
        filter_text=filter_text,
        filter=where,
        limit=given.get("limit"),
        stop_on_failure=given.get("stop_on_failure", False),
        retries=given.get("retries", 0),
        timeout_s=given.get("timeout_s"),
        data_source=given.get("data_source"),
        pictures=given.get("pictures", {}),
    )


def form_of(limits: PlanLimits) -> Schema:
    """What may be asked of a job, as JSON Schema."""
    defaults = {
        "file_name": DEFAULT_FILE_NAME,
        "mode": "parallel",
        "concurrency": min(DEFAULT_CONCURRENCY, limits.max_concurrency),
        "missing": "error",
        "locale": "en",
        "stop_on_failure": False,
        "retries": 0,
    }
    first = ("data_source", "format", "mappings", "file_name", "filter", "limit", "missing")
    return spec_schema(_rules(limits), defaults, needed=("templates",), first=first)


def _rules(limits: PlanLimits) -> dict[str, Rule]:
    return {
        "templates": lines(_templates_reason, MAX_TEMPLATES),
        "format": Choice(FORMATS),
        "file_name": Text(500),
        "mode": Choice(_MODES),
        "concurrency": Whole(1, limits.max_concurrency),
        "missing": Choice(_MISSING),
        "locale": Shaped(locale_reason, Text(50, hints=LOCALES).schema()),
        "mappings": Shaped(_mappings_reason, {"type": "object"}),
        "filter": Text(2_000),
        "limit": Whole(1, limits.max_items),
        "stop_on_failure": Flag(),
        "retries": Whole(0, MAX_RETRIES),
        "timeout_s": Number(MIN_TIMEOUT_S, MAX_TIMEOUT_S),
        "data_source": Text(_MAX_ID_CHARS),
        "pictures": _pictures_reason,
    }


def _templates_reason(value: Any) -> Reason:
    if not isinstance(value, list | tuple) or len(value) > MAX_TEMPLATES:
        return f"must be a list of at most {MAX_TEMPLATES} ids of templates"
    if not all(isinstance(each, ResolvedTemplate) for each in value):
        return "must be ids of templates that this desk has"
    if len({each.id for each in value}) < len(value):
        return "must not name a template twice"
    return None


def _pictures_reason(value: Any) -> Reason:
    pictures = value.values() if isinstance(value, dict) else [value]
    if not all(isinstance(each, ResolvedPicture) for each in pictures):
        return "are named by rows: upload them, and put picture:<id> into a cell"
    return None


def _mappings_reason(value: Any) -> Reason:
    """{template: {field: column}}, as far as it can be told without the templates."""
    reason = "must be an object: of each template's id, its fields and their columns"
    if not isinstance(value, dict) or len(value) > MAX_TEMPLATES:
        return reason
    for fields in value.values():
        if not isinstance(fields, dict) or len(fields) > _MAX_MAPPINGS:
            return reason
        if not all(text_reason(column, 200) is None for column in fields.values()):
            return reason
    return None


def _check_formats(
    templates: Sequence[ResolvedTemplate], format: Format, problems: Problems
) -> None:
    for template in templates:
        formats = BECOMES.get(template.format, ())
        if format not in formats:
            reason = f"cannot be made of {template.name[:100]!r}, which is {template.format}"
            problems.add(None, "format", f"{format} {reason}; {' or '.join(formats)} can")
    pools = {pool_for(template.format, format) for template in templates}
    if format == "pdf" and len(pools) > 1:
        problems.add(
            None,
            "templates",
            "must not mix Word templates with others for PDF: they are made by different programs; "
            "make two jobs of it",
        )


def _check_mappings(
    templates: Sequence[ResolvedTemplate], mappings: Mapping[str, Any], problems: Problems
) -> None:
    known = {template.id for template in templates}
    for id in mappings:
        if id not in known:
            problems.add(None, "mappings", f"speaks of {id[:100]!r}, which is no template of it")


def _pattern(text: str, problems: Problems) -> NamePattern:
    try:
        return read_pattern(text)
    except BadPattern as error:
        problems.add(None, "file_name", str(error))
        return NamePattern(())


def _filter(text: str | None, problems: Problems) -> Filter | None:
    if text is None:
        return None
    try:
        return read_filter(text)
    except BadFilter as error:
        problems.add(None, "filter", str(error))
        return None
