"""A desk's templates over REST. The wire is docs/documents.md."""

from __future__ import annotations

from functools import partial

from msgspec import UNSET
from quart import Response, request

from web.access import Access
from web.checked import checked_body
from web.deps import WebDeps
from web.desk_api import DESK
from web.documents import schemas
from web.documents.about import About
from web.documents.answers import forgotten, to_be_saved
from web.documents.entries import (
    by_name,
    field_entries,
    loop_entries,
    match_answer,
    media_type,
    template_entry,
)
from web.documents.forms import is_form, library_form
from web.documents.matching import match
from web.documents.sources import Sources, column_names
from web.documents.templates import Kept, Templates
from web.http import Query, empty_body, invalid, json_answer
from web.routes import FormPart, Parameter, Route
from web.threads import Threads
from web.validate import field_error
from web.visit import Visit

TEMPLATES = f"{DESK}/templates"

_ABOUT = (
    FormPart("name", "What it is called; else as its file."),
    FormPart("description", ""),
    FormPart("category", ""),
    FormPart("tags", "A JSON array of strings."),
    FormPart("mappings", "A JSON object: field -> column."),
)
_FILE = FormPart("file", "A .docx, .html, .md or .txt file.", required=True)
_UPLOAD = ("invalid_spec", "limit_reached", "mailbox_full", "storage_full")
_TEXT = {"type": "string"}
_route = partial(Route, access=Access.DESK)


class TemplatesApi:
    """Handlers of the templates. They hold no state of their own."""

    def __init__(
        self, deps: WebDeps, threads: Threads, templates: Templates, sources: Sources
    ) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._templates = templates
        self._sources = sources

    def routes(self) -> list[Route]:
        return [*self._of_all(), *self._of_one()]

    def _of_all(self) -> list[Route]:
        return [
            _route(
                method="GET",
                rule=TEMPLATES,
                name="list_templates",
                handler=self.list,
                summary="The templates of the desk's library",
                answer=schemas.TemplatesAnswer,
                parameters=(
                    Parameter("category", _TEXT, "Only those of it."),
                    Parameter("tag", _TEXT, "Only those that have it."),
                    Parameter("search", _TEXT, "Only those with this in name or description."),
                ),
            ),
            _route(
                method="POST",
                rule=TEMPLATES,
                name="add_template",
                handler=self.add,
                summary="Keep a file as a template; of an `id` that is there, as its next version",
                form=(_FILE, FormPart("id", "Chosen by the caller; else made up."), *_ABOUT),
                answer=schemas.TemplateAnswer,
                status=201,
                command="save_template",
                errors=_UPLOAD,
            ),
            _route(
                method="POST",
                rule=f"{TEMPLATES}/inspect",
                name="inspect_template",
                asks=True,
                handler=self.inspect,
                summary="What a file would be as a template; nothing is kept",
                form=(_FILE,),
                answer=schemas.TemplateFactsAnswer,
            ),
        ]

    def _of_one(self) -> list[Route]:
        one = f"{TEMPLATES}/<template>"
        return [
            _route(
                method="GET",
                rule=one,
                name="get_template",
                handler=self.read,
                summary="A template, and what it asks for",
                answer=schemas.TemplateAnswer,
                errors=("template_not_found", "files_damaged"),
            ),
            _route(
                method="PUT",
                rule=one,
                name="set_template",
                handler=self.replace,
                summary="Say something else of a template, or give it another file",
                body=schemas.TemplateBody,
                form=(_FILE, *_ABOUT),
                answer=schemas.TemplateAnswer,
                command="save_template",
                errors=(*_UPLOAD, "template_not_found", "template_changed", "files_damaged"),
            ),
            _route(
                method="DELETE",
                rule=one,
                name="delete_template",
                handler=self.delete,
                summary="Forget a template; jobs that were made with it keep theirs",
                answer=schemas.DeletedAnswer,
                errors=("template_not_found", "mailbox_full", "storage_full"),
            ),
            _route(
                method="GET",
                rule=f"{one}/file",
                name="get_template_file",
                handler=self.file,
                summary="The file of a template",
                answer="application/octet-stream",
                errors=("template_not_found", "files_damaged"),
            ),
            _route(
                method="POST",
                rule=f"{one}/match",
                name="match_template",
                asks=True,
                handler=self.match,
                summary="Which columns fill its fields, what is missing, what is unused",
                body=schemas.MatchBody,
                answer=schemas.MatchAnswer,
                errors=("template_not_found", "data_source_not_found", "files_damaged"),
            ),
        ]

    async def list(self, visit: Visit) -> Response:
        query = Query(request.args)
        category, tag = query.text("category", most_chars=100), query.text("tag", most_chars=100)
        search = query.text("search", most_chars=200).casefold()
        query.done()
        published = visit.desk.published
        kept = sorted(published.templates.values(), key=by_name)
        found = [
            template_entry(each)
            for each in kept
            if (not category or each.category == category)
            and (not tag or tag in each.tags)
            and search in f"{each.name}\n{each.description}".casefold()
        ]
        categories = sorted({each.category for each in kept if each.category})
        tags = sorted({tag for each in kept for tag in each.tags})
        return json_answer(schemas.TemplatesAnswer(found, categories, tags, published.revision))

    async def add(self, visit: Visit) -> Response:
        form = await library_form(self._threads)
        file, id = form.file, form.text("id")
        kept = await self._templates.add(visit, file.filename or "", file.data, form.about(), id)
        return _answer(kept, 201)

    async def inspect(self, visit: Visit) -> Response:
        file = (await library_form(self._threads)).file
        found = await self._templates.inspect(visit.key, file.filename or "", file.data)
        return json_answer(
            schemas.TemplateFactsAnswer(
                found.format, field_entries(found), loop_entries(found), list(found.warnings)
            )
        )

    async def read(self, visit: Visit, template: str) -> Response:
        return _answer(await self._templates.read(visit, template))

    async def replace(self, visit: Visit, template: str) -> Response:
        if is_form():
            form = await library_form(self._threads)
            self._templates.find(visit, template)
            name, data = form.file.filename or "", form.file.data
            return _answer(await self._templates.add(visit, name, data, form.about(), template))
        wanted = await checked_body(schemas.TemplateBody, self._settings, self._threads)
        about = About(
            name=wanted.name,
            description=wanted.description,
            category=wanted.category,
            tags=wanted.tags,
            mappings=wanted.mappings,
        )
        return _answer(await self._templates.edit(visit, template, about, wanted.version))

    async def delete(self, visit: Visit, template: str) -> Response:
        await empty_body(self._settings.max_json_depth)
        reply = await self._templates.delete(visit, template)
        return forgotten(template, reply)

    async def file(self, visit: Visit, template: str) -> Response:
        found, data = await self._templates.file(visit, template)
        visit.note("read_template")
        return to_be_saved(data, media_type(found.format), f"{found.name}.{found.format}")

    async def match(self, visit: Visit, template: str) -> Response:
        wanted = await checked_body(schemas.MatchBody, self._settings, self._threads)
        columns = await self._columns(visit, wanted)
        kept = await self._templates.read(visit, template)
        mappings = kept.template.mappings if wanted.mappings is UNSET else wanted.mappings
        return json_answer(match_answer(match(kept.facts, mappings, columns)))

    async def _columns(self, visit: Visit, wanted: schemas.MatchBody) -> tuple[str, ...]:
        if wanted.data_source is not UNSET:
            return column_names((await self._sources.read(visit, wanted.data_source)).facts)
        if wanted.columns is not UNSET:
            return tuple(wanted.columns)
        raise invalid([field_error("data_source", "name one, or give columns")])


def _answer(kept: Kept, status: int = 200) -> Response:
    found = kept.facts
    answer = schemas.TemplateAnswer(
        template_entry(kept.template),
        field_entries(found),
        loop_entries(found),
        list(found.warnings),
        kept.revision,
        durable=True,
    )
    return json_answer(answer, status)
