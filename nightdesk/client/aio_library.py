"""What documents are made of, as methods of `AsyncClient`: a part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nightdesk.client.aio_settings import AsyncSettings
from nightdesk.client.calls import Call
from nightdesk.client.library import (
    DataSource,
    KeptDataSource,
    KeptTemplate,
    LibraryAddress,
    Match,
    Template,
)
from nightdesk.client.models import Job, Schedule


class AsyncLibrary(AsyncSettings):
    """Asks by `_ask`, and saves by `_save`, which the client has."""

    _address: LibraryAddress

    async def _save(self, call: Call[bytes], to: Path) -> int:
        raise NotImplementedError

    async def templates(self) -> tuple[Template, ...]:
        """The desk's templates, by name."""
        return (await self._ask(self._address.templates())).templates

    async def template(self, template_id: str) -> KeptTemplate:
        """One, with what it asks for. Raises NotFound."""
        return await self._ask(self._address.template(template_id))

    async def template_file(self, template_id: str, to: Path) -> int:
        """Write a template's file to another; returns its size in bytes."""
        return await self._save(self._address.template_file(template_id), to)

    async def add_template(
        self,
        file_name: str,
        data: bytes,
        *,
        id: str | None = None,
        name: str | None = None,
        description: str | None = None,
        category: str | None = None,
        tags: Sequence[str] | None = None,
        mappings: Mapping[str, str] | None = None,
    ) -> KeptTemplate:
        """Keep a .docx, .html, .md or .txt file; of an `id` that is there, as its next version,
        which keeps what is not said anew."""
        said: dict[str, Any] = {
            "id": id,
            "name": name,
            "description": description,
            "category": category,
            "tags": tags,
            "mappings": mappings,
        }
        return await self._ask(self._address.add_template(file_name, data, said))

    async def set_template(
        self,
        template_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        category: str | None = None,
        tags: Sequence[str] | None = None,
        mappings: Mapping[str, str] | None = None,
        version: int | None = None,
    ) -> KeptTemplate:
        """Say something else of it; with `version` only where it is still that. Raises Conflict."""
        said: dict[str, Any] = {
            "name": name,
            "description": description,
            "category": category,
            "tags": tags,
            "mappings": mappings,
            "version": version,
        }
        return await self._ask(self._address.set_template(template_id, said))

    async def delete_template(self, template_id: str) -> None:
        """Forget it; jobs that were made with it keep theirs."""
        await self._ask(self._address.delete_template(template_id))

    async def match_template(
        self,
        template_id: str,
        *,
        data_source: str | None = None,
        columns: Sequence[str] | None = None,
        mappings: Mapping[str, str] | None = None,
    ) -> Match:
        """Which columns of a table, or of these, fill its fields; `mappings` instead of its own."""
        call = self._address.match_template(template_id, data_source, columns, mappings)
        return await self._ask(call)

    async def data_sources(self) -> tuple[DataSource, ...]:
        """The desk's tables, by name."""
        return (await self._ask(self._address.data_sources())).data_sources

    async def data_source(self, source_id: str) -> KeptDataSource:
        """One, with its columns. Raises NotFound."""
        return await self._ask(self._address.data_source(source_id))

    async def add_data_source(
        self,
        file_name: str,
        data: bytes,
        *,
        id: str | None = None,
        name: str | None = None,
        sheet: str | None = None,
    ) -> KeptDataSource:
        """Keep a .csv, .xlsx or .json file; of an `id` that is there, instead of that one."""
        said = {"id": id, "name": name, "sheet": sheet}
        return await self._ask(self._address.add_data_source(file_name, data, said))

    async def delete_data_source(self, source_id: str) -> None:
        """Forget it; jobs that were made of it have their rows."""
        await self._ask(self._address.delete_data_source(source_id))

    async def preview_document(
        self,
        spec: Mapping[str, Any],
        to: Path,
        *,
        rows: Sequence[Mapping[str, Any]] | None = None,
        row: int = 0,
        template: int = 0,
        as_picture: bool = False,
    ) -> int:
        """Write one document of a job that is not made yet, or the picture of its first page (PNG),
        to a file; returns its size in bytes. Whatever is wrong with the job is raised (Invalid)."""
        address = self._address
        call = address.preview_document(spec, rows, row, template, as_picture=as_picture)
        return await self._save(call, to)

    async def submit_documents(
        self,
        spec: Mapping[str, Any],
        *,
        rows: Sequence[Mapping[str, Any]] | None = None,
        name: str = "",
        priority: int = 0,
        lane: str | None = None,
        start: bool = True,
        schedule: Schedule | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Have a document made of each row by each of the spec's `templates`: of `rows`, else of
        the table that it names as `data_source` (docs/documents.md has all that it may say)."""
        call = self._address.submit_documents(
            spec,
            rows,
            name=name,
            priority=priority,
            lane=lane,
            start=start,
            schedule=schedule,
            idempotency_key=idempotency_key,
        )
        return (await self._ask(call)).job

    async def download_all(self, job_id: str, to: Path) -> int:
        """Write all that a job made to one ZIP file; returns its size in bytes."""
        return await self._save(self._address.archive(job_id), to)
