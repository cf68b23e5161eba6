"""How the templates of a job and its table fit, and what is said of it before the job is made.
Used by `nightdesk.cli.documents`.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from nightdesk.cli.terminal import clean, tell
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words
from nightdesk.client import Client, KeptDataSource, KeptTemplate, Match


class Fit(NamedTuple):
    """A template, and which column fills which of its fields."""

    kept: KeptTemplate
    match: Match


def read_map(texts: Iterable[str], words: Words) -> dict[str, str]:
    """`FIELD=COLUMN` pairs. Raises UsageError."""
    mapped = {}
    for written in texts:
        field, equals, column = written.partition("=")
        if not equals or not field.strip() or not column.strip():
            raise UsageError(words("document.bad_map", written=written))
        mapped[field.strip()] = column.strip()
    return mapped


def fit_all(
    client: Client,
    templates: Sequence[KeptTemplate],
    table: KeptDataSource,
    mapped: Mapping[str, str],
    words: Words,
    *,
    suggested: bool,
) -> list[Fit]:
    """What fills the fields of each template. Raises UsageError for a `mapped` field or column that
    nobody has."""
    _check_mapped(templates, table, mapped, words)
    fits = []
    for kept in templates:
        source, mine = table.data_source.id, _of(kept, mapped)
        wanted = {**kept.template.mappings, **mine}
        match = client.match_template(kept.template.id, data_source=source, mappings=wanted)
        if suggested and match.mappings != wanted:
            match = client.match_template(
                kept.template.id, data_source=source, mappings=match.mappings
            )
        fits.append(Fit(kept, match))
    return fits


def mappings_of(fits: Iterable[Fit]) -> dict[str, dict[str, str]]:
    """For a job's spec: the column of each field that has another name, by template."""
    named = {
        fit.kept.template.id: {
            field.key: field.column
            for field in fit.match.fields
            if field.how == "mapping" and field.column is not None
        }
        for fit in fits
    }
    return {id: fields for id, fields in named.items() if fields}


def tell_fit(fits: Sequence[Fit], words: Words, *, blank: bool) -> None:
    """Which fields have another column's values, which columns nobody asks for, and what is
    missing. Raises UsageError for the last, unless it is to be left `blank`."""
    for fit in fits:
        for field in fit.match.fields:
            if field.how == "mapping":
                said = {"field": clean(field.key), "column": clean(field.column)}
                tell(words("document.fills", template=clean(fit.kept.template.name), **said))
    unused = set.intersection(*(set(fit.match.unused) for fit in fits))
    if unused:
        columns = [each for each in fits[0].match.unused if each in unused]
        tell(words("document.unused", columns=", ".join(map(clean, columns))))
    lines = [line for fit in fits for line in _missing(fit, words)]
    if lines and not blank:
        raise UsageError(words("document.not_ready", lines="\n".join(f"  {x}" for x in lines)))
    if lines:
        tell(words("document.blank", count=len(lines)))


def _missing(fit: Fit, words: Words) -> list[str]:
    near = {field.key: field.column for field in fit.match.fields if field.how == "suggested"}
    lines = []
    for key in fit.match.missing:
        said = {"template": clean(fit.kept.template.name), "field": clean(key)}
        column = near.get(key)
        if column is None:
            lines.append(words("document.lacks", **said))
        else:
            written = clean(shlex.quote(f"{key}={column}"))
            lines.append(words("document.nearest", column=clean(column), written=written, **said))
    return lines


def _check_mapped(
    templates: Sequence[KeptTemplate],
    table: KeptDataSource,
    mapped: Mapping[str, str],
    words: Words,
) -> None:
    fields = {key for kept in templates for key in _keys(kept)}
    columns = [column.name for column in table.columns]
    for field, column in mapped.items():
        if field not in fields:
            there = ", ".join(map(clean, sorted(fields)))
            raise UsageError(words("document.no_field", field=clean(field), fields=there))
        if column not in columns:
            there = ", ".join(map(clean, columns))
            raise UsageError(words("document.no_column", column=clean(column), columns=there))


def _of(kept: KeptTemplate, mapped: Mapping[str, str]) -> dict[str, str]:
    keys = _keys(kept)
    return {field: column for field, column in mapped.items() if field in keys}


def _keys(kept: KeptTemplate) -> set[str]:
    return {field.key for field in kept.fields} | {loop.key for loop in kept.loops}
