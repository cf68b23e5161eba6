"""The templates of a desk for clients of the dialect. The wire is docs/documents-api.md.

Two families have them at two places, where they are the same ones.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from quart import Response, request

from executors.problems import Reason
from web.deps import WebDeps
from web.dialects.documents import texts
from web.dialects.documents.answers import PAGE_PARAMETERS, Answers, page_of, pagination
from web.dialects.documents.library_schemas import (
    LibraryTemplateAnswer,
    LibraryTemplateBody,
    LibraryTemplateList,
    LibraryTemplatePage,
    TemplateVariables,
    TemplateVariablesAnswer,
)
from web.dialects.documents.library_view import placeholders_of, template_of, whole_template
from web.dialects.documents.paths import TEMPLATES, TEMPLATES_C
from web.dialects.documents.routing import Row, language
from web.dialects.fields import Fields
from web.dialects.objects import read_object
from web.documents.about import About
from web.documents.answers import to_be_saved
from web.documents.entries import by_name, media_type
from web.documents.forms import Form, is_form, library_form
from web.documents.templates import Templates
from web.http import Query, empty_body, invalid
from web.routes import FormPart, Parameter
from web.strict_json import loads
from web.threads import Threads
from web.validate import Errors
from web.visit import Visit

_PATHS = (*TEMPLATES, *TEMPLATES_C)
FILE = FormPart("file", "A .docx, .html, .md or .txt file.", required=True)
_ABOUT = (
    FormPart("name", "What it is called; else as its file."),
    FormPart("description", ""),
    FormPart("category", ""),
    FormPart("tags", "A JSON array of strings."),
    FormPart("mappings", "A JSON object: field -> column."),
)
_UPLOAD = ("invalid_spec", "limit_reached", "mailbox_full", "storage_full")
_MAX_CHARS = 200
# What is told of a template and cannot be said of it.
_TOLD = (
    *("id", "templateId", "format", "sizeBytes", "version", "usageCount", "placeholderCount"),
    *("createdAt", "updatedAt", "fields", "placeholders", "metadata", "warnings"),
)


def below(tail: str = "") -> tuple[str, ...]:
    """The addresses of what is below the templates."""
    return tuple(f"{path}{tail}" for path in _PATHS)


class TemplatesApi:
    """Handlers that hold no state of their own."""

    def __init__(
        self, deps: WebDeps, threads: Threads, templates: Templates, answers: Answers
    ) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._templates = templates
        self._answers = answers

    def rows(self) -> list[Row]:
        return [*self._of_all(), *self._of_one()]

    def _of_all(self) -> list[Row]:
        text = {"type": "string"}
        filters = (Parameter(name, text) for name in ("category", "tag", "search"))
        return [
            Row(
                method="GET",
                paths=below(),
                name="documents_templates",
                handler=self.list,
                summary="The templates, by name",
                answer=LibraryTemplateList,
                parameters=(*PAGE_PARAMETERS, *filters),
            ),
            Row(
                method="POST",
                paths=below(),
                name="documents_template_add",
                handler=self.add,
                summary="Keep a file as a template; of an id that is there, as its next version",
                form=(FILE, FormPart("templateId", "Chosen by the caller; else made up."), *_ABOUT),
                answer=LibraryTemplateAnswer,
                status=201,
                errors=_UPLOAD,
                command="save_template",
            ),
        ]

    def _of_one(self) -> list[Row]:
        row = partial(Row, paths=below("/<template>"), errors=("template_not_found",))
        return [
            row(
                method="GET",
                name="documents_template",
                handler=self.get,
                summary="A template, and what it asks for",
                answer=LibraryTemplateAnswer,
            ),
            row(
                method="PUT",
                name="documents_template_put",
                handler=self.put,
                summary="Say something else of a template, or give it another file",
                body=LibraryTemplateBody,
                form=(FILE, *_ABOUT),
                answer=LibraryTemplateAnswer,
                errors=(*_UPLOAD, "template_not_found", "template_changed", "files_damaged"),
                command="save_template",
            ),
            row(
                method="DELETE",
                name="documents_template_delete",
                handler=self.delete,
                summary="Forget a template; tasks that were made with it keep theirs",
                answer=None,
                empty="It is gone.",
                errors=("template_not_found", "mailbox_full", "storage_full"),
                command="delete_template",
            ),
            row(
                method="GET",
                paths=below("/<template>/download"),
                name="documents_template_download",
                handler=self.download,
                summary="The file of a template",
                answer="application/octet-stream",
                errors=("template_not_found", "files_damaged"),
            ),
            row(
                method="GET",
                paths=below("/<template>/variables"),
                name="documents_template_variables",
                handler=self.variables,
                summary="What a template asks for",
                answer=TemplateVariablesAnswer,
                errors=("template_not_found", "files_damaged"),
            ),
        ]

    async def list(self, visit: Visit) -> Response:
        query = Query(request.args)
        page, size = page_of(query, self._settings.max_page_size)
        category, tag = (query.text(name, most_chars=_MAX_CHARS) for name in ("category", "tag"))
        search = query.text("search", most_chars=_MAX_CHARS).casefold()
        query.done()
        found = [
            each
            for each in sorted(visit.desk.published.templates.values(), key=by_name)
            if (not category or each.category == category)
            and (not tag or tag in each.tags)
            and search in f"{each.name}\n{each.description}".casefold()
        ]
        told = LibraryTemplatePage(
            items=[template_of(each) for each in found[(page - 1) * size : page * size]],
            pagination=pagination(page, size, len(found)),
        )
        return self._answers.answer(told)

    async def add(self, visit: Visit) -> Response:
        form = await library_form(self._threads)
        return await self._save(visit, form, form.text("templateId") or form.text("id"), 201)

    async def _save(self, visit: Visit, form: Form, id: str, status: int) -> Response:
        file = form.file
        kept = await self._templates.add(visit, file.filename or "", file.data, form.about(), id)
        return self._answers.answer(whole_template(kept), status)

    async def get(self, visit: Visit, template: str) -> Response:
        return self._answers.answer(whole_template(await self._templates.read(visit, template)))

    async def put(self, visit: Visit, template: str) -> Response:
        self._templates.find(visit, template)
        if is_form():
            return await self._save(visit, await library_form(self._threads), template, 200)
        parse = partial(loads, max_depth=self._settings.max_json_depth)
        value, _ = await read_object(self._threads, parse)
        about, ignored = _about(value)
        kept = await self._templates.edit(visit, template, about)
        said = language()
        warnings = [texts.IGNORED.told(said, name=name) for name in ignored]
        return self._answers.answer(whole_template(kept), 200, warnings)

    async def delete(self, visit: Visit, template: str) -> Response:
        await empty_body(self._settings.max_json_depth)
        await self._templates.delete(visit, template)
        return Response(b"", 204)

    async def download(self, visit: Visit, template: str) -> Response:
        found, data = await self._templates.file(visit, template)
        visit.note("read_template")
        return to_be_saved(data, media_type(found.format), f"{found.name}.{found.format}")

    async def variables(self, visit: Visit, template: str) -> Response:
        kept = await self._templates.read(visit, template)
        found = placeholders_of(kept.facts)
        return self._answers.answer(TemplateVariables(templateId=template, variables=found))


def _about(value: dict[str, Any]) -> tuple[About, list[str]]:
    """(what is to be said of a template, what nobody knows). Some send back all that they were
    told. Raises WebError."""
    errors: Errors = []
    fields = Fields(value, errors)
    fields.drop(*_TOLD)
    about = About(
        name=fields.checked("name", rule=_text_reason),
        description=fields.checked("description", rule=_text_reason),
        category=fields.checked("category", rule=_text_reason),
        tags=fields.checked("tags", rule=_tags_reason),
        mappings=fields.checked("mappings", rule=_mappings_reason),
    )
    if errors:
        raise invalid(errors)
    return about, fields.unknown()


def _text_reason(value: object) -> Reason:
    return None if isinstance(value, str) else "must be a text"


def _tags_reason(value: object) -> Reason:
    good = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return None if good else "must be a list of texts"


def _mappings_reason(value: object) -> Reason:
    good = isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    return None if good else "must be an object: fields and their columns"
