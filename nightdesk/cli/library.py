"""The commands for what documents are made of: templates and tables.

Added by `nightdesk.cli.app`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from nightdesk.cli.called import called
from nightdesk.cli.fitting import read_map
from nightdesk.cli.kept import read_file
from nightdesk.cli.reach import At, Reach
from nightdesk.cli.terminal import clean, clock, put, put_json, put_table, tell
from nightdesk.cli.usage import UsageError
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client import KeptTemplate

_HERE = Reach()
Id = Annotated[str, Parameter(name="ID")]
File = Annotated[str, Parameter(name="FILE")]


class TemplateCommands:
    """One method a command; they share the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def list(self, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            kept = client.templates()
        if at.json:
            for template in kept:
                put_json(template)
            return EXIT_OK
        if not kept:
            tell(self._words("templates.none"))
        put_table(
            ("id", "version", "fields", "jobs", "bytes", "changed", "name"),
            (
                (x.id, x.version, x.fields, x.uses, x.size_bytes, clock(x.updated_at), x.name)
                for x in kept
            ),
        )
        return EXIT_OK

    def add(
        self,
        file: File,
        /,
        *,
        id: str | None = None,
        name: str | None = None,
        description: str | None = None,
        category: str | None = None,
        tag: Annotated[tuple[str, ...], Parameter(negative="")] = (),
        map: Annotated[tuple[str, ...], Parameter(negative="")] = (),
        at: At = _HERE,
    ) -> int:
        """Keep a file as a template.

        Parameters
        ----------
        file
            A .docx, .html, .md or .txt file with placeholders ({{ name }}).
        id
            What it is to be found by (else: made up); of one that is there it is the next version.
        name
            What it is called (else: as the file).
        description
            What it is for.
        category
            The group that it belongs to.
        tag
            A word that it is found by; repeatable.
        map
            FIELD=COLUMN: a field that a column of another name fills; repeatable.
        """
        data, mapped = read_file(file, self._words), read_map(map, self._words)
        with at.client(self._words) as client:
            kept = client.add_template(
                Path(file).name,
                data,
                id=id,
                name=name,
                description=description,
                category=category,
                tags=tag or None,
                mappings=mapped or None,
            )
        if at.json:
            put_json(kept)
        else:
            put(kept.template.id)
            _tell_kept(kept.template.name, kept.template.id, kept.warnings, self._words)
        return EXIT_OK

    def show(self, template: Id, /, *, out: Path | None = None, at: At = _HERE) -> int:
        """Show what a template asks for.

        Parameters
        ----------
        template
            Its id, or its name.
        out
            Write its file here instead.
        """
        with at.client(self._words) as client:
            template = called(client.templates(), template, self._words) or template
            if out is not None:
                try:
                    size_bytes = client.template_file(template, out)
                except OSError as error:
                    said = {"path": out, "reason": error.strerror}
                    raise UsageError(self._words("cannot_write", **said)) from error
                tell(self._words("exported", size=size_bytes, path=out))
                return EXIT_OK
            kept = client.template(template)
        if at.json:
            put_json(kept)
        else:
            put_table(("field", "type", "", "where"), self._fields(kept))
        return EXIT_OK

    def remove(self, template: Id, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            template = called(client.templates(), template, self._words) or template
            client.delete_template(template)
        tell(self._words("library.forgotten", id=clean(template)))
        return EXIT_OK

    def _fields(self, kept: KeptTemplate) -> Iterator[tuple[object, ...]]:
        for field in kept.fields:
            word = "templates.required" if field.required else "templates.optional"
            yield field.key, field.type, self._words(word), ", ".join(field.where)
        for loop in kept.loops:
            each = self._words("templates.each", field=loop.key)
            for name in loop.fields:
                yield name, "", each, ", ".join(loop.where)


class TableCommands:
    """One method a command; they share the words and nothing else."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def list(self, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            kept = client.data_sources()
        if at.json:
            for source in kept:
                put_json(source)
            return EXIT_OK
        if not kept:
            tell(self._words("tables.none"))
        put_table(
            ("id", "rows", "columns", "bytes", "made", "name"),
            ((x.id, x.rows, x.columns, x.size_bytes, clock(x.created_at), x.name) for x in kept),
        )
        return EXIT_OK

    def add(
        self,
        file: File,
        /,
        *,
        id: str | None = None,
        name: str | None = None,
        sheet: str | None = None,
        at: At = _HERE,
    ) -> int:
        """Keep a file's table.

        Parameters
        ----------
        file
            A .csv, .xlsx or .json file.
        id
            What it is to be found by (else: made up); one that is there is replaced.
        name
            What it is called (else: as the file).
        sheet
            The sheet of a workbook to read (else: the first that is not hidden).
        """
        data = read_file(file, self._words)
        with at.client(self._words) as client:
            kept = client.add_data_source(Path(file).name, data, id=id, name=name, sheet=sheet)
        if at.json:
            put_json(kept)
        else:
            put(kept.data_source.id)
            source = kept.data_source
            _tell_kept(source.name, source.id, kept.warnings, self._words)
        return EXIT_OK

    def show(self, table: Id, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            table = called(client.data_sources(), table, self._words) or table
            kept = client.data_source(table)
        if at.json:
            put_json(kept)
        else:
            put_table(
                ("column", "type", "empty", "such as"),
                ((x.name, x.type, x.empty, ", ".join(x.samples)) for x in kept.columns),
            )
        return EXIT_OK

    def remove(self, table: Id, /, *, at: At = _HERE) -> int:
        with at.client(self._words) as client:
            table = called(client.data_sources(), table, self._words) or table
            client.delete_data_source(table)
        tell(self._words("library.forgotten", id=clean(table)))
        return EXIT_OK


def _tell_kept(name: str, id: str, warnings: Iterable[str], words: Words) -> None:
    tell(words("library.kept", name=clean(name), id=clean(id)))
    for text in warnings:
        tell(words("library.warning", text=clean(text)))
