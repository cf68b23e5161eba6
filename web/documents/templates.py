"""A desk's templates as the front end sees them: looked into, kept, changed, read.

Shared by the native API (`web.documents.templates_api`), by the making of jobs and by the dialect
of document batches, so that all speak of the same ones.
"""

from __future__ import annotations

from functools import partial

from msgspec import UNSET, Struct, UnsetType

from actors.errors import TemplateNotFound
from actors.library import DeleteTemplate, SaveTemplate
from actors.messages import Reply
from actors.ports import DeskKey
from executors.documents import facts
from executors.documents.facts import TemplateFacts
from executors.documents.formats import BECOMES, Format, template_format
from executors.shown import shown
from state.digests import digest_of
from state.library import Template
from web.deps import WebDeps
from web.documents.about import NOTHING_SAID, About, check_about, chosen_id, name_of_file
from web.documents.files import newest
from web.errors import WebError
from web.http import invalid
from web.jailed import jailed
from web.validate import field_error
from web.visit import Visit


class Kept(Struct, frozen=True):
    """A template with what was found in it, and the revision that has it on disk."""

    template: Template
    facts: TemplateFacts
    revision: int


class Templates:
    """Holds no state of its own. One for a server."""

    def __init__(self, deps: WebDeps) -> None:
        self._max_bytes = deps.settings.max_template_bytes
        self._store = deps.store
        self._documents = deps.documents
        self._log = deps.log

    async def inspect(self, desk: DeskKey, name: str, data: bytes) -> TemplateFacts:
        """What a file would be as a template. Raises WebError."""
        _, found = await self._inspected(desk, name, data)
        return facts.decode(found)

    async def _inspected(self, desk: DeskKey, name: str, data: bytes) -> tuple[Format, bytes]:
        format = template_format(name)
        if format is None:
            kinds = ", ".join(f".{each}" for each in BECOMES)
            raise WebError("unsupported_media_type", f"a template must be one of {kinds}")
        if len(data) > self._max_bytes:
            reason = f"a template may have {self._max_bytes:,} bytes (--max-template-bytes)"
            raise WebError("body_too_large", reason)
        if not data:
            raise invalid([field_error("file", "is empty")])
        with jailed(shown(name), self._log, "file"):
            return format, await self._documents.inspect(desk, format, data)

    async def add(
        self, visit: Visit, name: str, data: bytes, about: About = NOTHING_SAID, id: str = ""
    ) -> Kept:
        """Keep a file as a template, as the next version where there is one of that id. Raises
        WebError, LimitReached."""
        id = chosen_id(id)
        check_about(about)
        format, found = await self._inspected(visit.key, name, data)
        known = facts.decode(found)
        before = visit.desk.published.templates.get(id)
        template = Template(
            id=id,
            name=name_of_file(name, "template"),
            digest=digest_of(data),
            facts=digest_of(found),
            format=format,
            size_bytes=len(data),
            fields_n=len(known.fields),
        )
        if before is not None:
            template = _like(before).applied(template)
        wanted = SaveTemplate(template=about.applied(template), data=data, facts=found)
        return self._kept(visit, id, known, await visit.ask(wanted))

    async def edit(
        self, visit: Visit, id: str, about: About, version: int | UnsetType = UNSET
    ) -> Kept:
        """Say something else of a template, which makes it a version more. Raises WebError,
        TemplateNotFound, and TemplateChanged where another `version` is there now."""
        check_about(about)
        before, known = await newest(partial(self.find, visit, id), partial(self._facts, visit.key))
        expected = before.version if version is UNSET else version
        wanted = SaveTemplate(template=about.applied(before), replaces=expected)
        return self._kept(visit, id, known, await visit.ask(wanted))

    def _kept(self, visit: Visit, id: str, known: TemplateFacts, reply: Reply) -> Kept:
        return Kept(self.find(visit, id), known, reply.revision)

    def find(self, visit: Visit, id: str) -> Template:
        """As last published. Raises TemplateNotFound."""
        template = visit.desk.published.templates.get(id)
        if template is None:
            raise TemplateNotFound("there is no such template", id=shown(id))
        return template

    async def read(self, visit: Visit, id: str) -> Kept:
        """A template with what was found in it. Raises TemplateNotFound, LibraryMissing."""
        read = partial(self._facts, visit.key)
        template, known = await newest(partial(self.find, visit, id), read)
        return Kept(template, known, visit.desk.published.revision)

    async def _facts(self, desk: DeskKey, template: Template) -> TemplateFacts:
        return facts.decode(await self._store.read_library(desk, template.facts))

    async def file(self, visit: Visit, id: str) -> tuple[Template, bytes]:
        """A template and its bytes. Raises TemplateNotFound, LibraryMissing."""
        return await newest(partial(self.find, visit, id), partial(self._bytes, visit.key))

    async def _bytes(self, desk: DeskKey, template: Template) -> bytes:
        return await self._store.read_library(desk, template.digest)

    async def delete(self, visit: Visit, id: str) -> Reply:
        """Raises TemplateNotFound."""
        return await visit.ask(DeleteTemplate(id))


def _like(template: Template) -> About:
    return About(
        name=template.name,
        description=template.description,
        category=template.category,
        tags=template.tags,
        mappings=template.mappings,
    )
