"""What documents are made of, as methods of `AsyncClient`: a part of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from nightdesk.client.aio_agents import AsyncAgents
from nightdesk.client.library import LibraryAddress
from nightdesk.client.library_models import (
    DataSource,
    ImageFile,
    ImageFolder,
    KeptDataSource,
    KeptTemplate,
    Match,
    Picture,
    SaidOfDocuments,
    SaidOfKnownTemplate,
    SaidOfNewTemplate,
    SaidOfPicture,
    SaidOfPreview,
    SaidOfTable,
    Template,
)
from nightdesk.client.models import Job


class AsyncLibrary(AsyncAgents):
    """Asks by `_ask`, and saves by `_save`, which the client has."""

    _address: LibraryAddress

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
        self, file_name: str, data: bytes, **said: Unpack[SaidOfNewTemplate]
    ) -> KeptTemplate:
        """Keep a .docx, .html, .md or .txt file; of an `id` that is there, as its next version,
        which keeps what is not said anew."""
        return await self._ask(self._address.add_template(file_name, data, said))

    async def set_template(
        self, template_id: str, **said: Unpack[SaidOfKnownTemplate]
    ) -> KeptTemplate:
        """Say something else of it; with `version` only where it is still that. Raises Conflict."""
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
        self, file_name: str, data: bytes, **said: Unpack[SaidOfTable]
    ) -> KeptDataSource:
        """Keep a .csv, .xlsx or .json file; of an `id` that is there, instead of that one."""
        return await self._ask(self._address.add_data_source(file_name, data, said))

    async def delete_data_source(self, source_id: str) -> None:
        """Forget it; jobs that were made of it have their rows."""
        await self._ask(self._address.delete_data_source(source_id))

    async def folders(self) -> tuple[ImageFolder, ...]:
        """Folders with pictures, the newest first."""
        return (await self._ask(self._address.folders())).folders

    async def folder(self, path: str) -> AsyncIterator[ImageFile]:
        """The pictures of one, by name. Raises NotFound."""
        offset, total = 0, 1
        while offset < total:
            page = await self._ask(self._address.folder(path, offset))
            for image in page.images:
                yield image
            offset, total = offset + max(1, len(page.images)), page.total

    async def pictures(self) -> tuple[Picture, ...]:
        """The desk's pictures, by name."""
        return (await self._ask(self._address.pictures())).pictures

    async def picture_file(self, picture_id: str, to: Path) -> int:
        """Write a picture to a file; returns its size in bytes. Raises NotFound."""
        return await self._save(self._address.picture_file(picture_id), to)

    async def add_picture(
        self, file_name: str, data: bytes, **said: Unpack[SaidOfPicture]
    ) -> Picture:
        """Keep a PNG, a JPEG or a GIF; of an `id` that is there, instead of that one."""
        call = self._address.add_picture(file_name, data, said)
        return (await self._ask(call)).picture

    async def delete_picture(self, picture_id: str) -> None:
        """Forget it; jobs whose rows name it keep theirs."""
        await self._ask(self._address.delete_picture(picture_id))

    async def preview_document(
        self, spec: Mapping[str, Any], to: Path, **said: Unpack[SaidOfPreview]
    ) -> int:
        """Write one document of a job that is not made yet, or the picture of its first page (PNG),
        to a file; returns its size in bytes. Whatever is wrong with the job is raised (Invalid)."""
        return await self._save(self._address.preview_document(spec, **said), to)

    async def submit_documents(
        self, spec: Mapping[str, Any], **said: Unpack[SaidOfDocuments]
    ) -> Job:
        """Have a document made of each row by each of the spec's `templates`: of `rows`, else of
        the table that it names as `data_source` (docs/documents.md has all that it may say)."""
        return (await self._ask(self._address.submit_documents(spec, **said))).job

    async def download_all(self, job_id: str, to: Path) -> int:
        """Write all that a job made to one ZIP file; returns its size in bytes."""
        return await self._save(self._address.archive(job_id), to)
