"""A document of one template, to be looked at before a task is made: made now, fetched by its
address for some minutes.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct
from quart import Response, request

from executors.documents.formats import FORMATS
from executors.problems import Reason, choice_reason
from web.deps import WebDeps
from web.dialects.documents import texts
from web.dialects.documents.answers import Answers
from web.dialects.documents.kept_previews import KEPT_S, KeptPreviews, Preview
from web.dialects.documents.library_schemas import (
    TemplatePreview,
    TemplatePreviewAnswer,
    TemplatePreviewBody,
)
from web.dialects.documents.planning import as_written
from web.dialects.documents.refusals import preview_not_found, preview_too_large
from web.dialects.documents.routing import Row, language
from web.dialects.documents.templates import below
from web.dialects.fields import Fields
from web.dialects.objects import read_object
from web.documents.entries import media_type
from web.documents.making import DocumentSupplies
from web.documents.preview import Previews, Wish
from web.documents.templates import Templates
from web.filenames import disposition
from web.http import Query, invalid
from web.routes import Parameter, choice
from web.strict_json import loads
from web.threads import Threads
from web.validate import Errors
from web.views import wire_time
from web.visit import Visit

_AS = ("png", "document")
_MAX_KEY_CHARS = 100


class PreviewsApi:
    """What it keeps is in `KeptPreviews`."""

    def __init__(
        self,
        deps: WebDeps,
        threads: Threads,
        templates: Templates,
        supplies: DocumentSupplies,
        answers: Answers,
    ) -> None:
        self._depth = deps.settings.max_json_depth
        self._threads = threads
        self._templates = templates
        self._previews = Previews(deps, threads, supplies)
        self._kept = KeptPreviews(deps.now)
        self._answers = answers
        self._now = deps.now

    def rows(self) -> list[Row]:
        row = partial(Row, paths=below("/<template>/preview"))
        key = Parameter("key", {"type": "string"}, "As `previewUrl` has it.")
        return [
            row(
                method="POST",
                name="documents_preview",
                handler=self.make,
                summary="A document of one row, kept for some minutes to be looked at",
                body=TemplatePreviewBody,
                answer=TemplatePreviewAnswer,
                errors=("template_not_found", "files_damaged"),
                command="preview_document",
            ),
            row(
                method="GET",
                name="documents_preview_get",
                handler=self.get,
                summary="Its first page as a picture, or the document itself",
                answer="image/png",
                parameters=(key, choice("as", _AS, "`png` where nothing is said.")),
            ),
        ]

    async def make(self, visit: Visit, template: str) -> Response:
        await self._templates.read(visit, template)
        value, _ = await read_object(self._threads, partial(loads, max_depth=self._depth))
        read = _read(value, template)
        with as_written(read.written, row="data"):
            sample = await self._previews.make(visit, Wish(read.spec, [read.row]))
        format, made = sample.format, sample.made
        key = self._kept.keep(visit.key, template, format, made)
        if key is None:
            raise preview_too_large(made.name)
        said = language()
        address = f"{request.path}?{urlencode({'key': key})}"
        told = TemplatePreview(
            previewUrl=address,
            downloadUrl=f"{address}&as=document",
            fileName=made.name,
            format=format,
            sizeBytes=len(made.data),
            expiresAt=wire_time(self._now() + KEPT_S),
            warnings=[texts.LEFT_BLANK.told(said, field=field) for field in sample.blanks],
        )
        return self._answers.answer(
            told, 200, [texts.IGNORED.told(said, name=name) for name in read.ignored]
        )

    async def get(self, visit: Visit, template: str) -> Response:
        query = Query(request.args)
        key = query.text("key", most_chars=_MAX_KEY_CHARS)
        wanted_as = query.choice("as", _AS)
        if not key:
            query.wrong("key", "is missing")
        query.done()
        found = self._kept.find(visit.key, template, key)
        if found is None:
            raise preview_not_found()
        if wanted_as == "document":
            return _file(found)
        picture = await self._previews.picture(visit, found.format, found.made)
        return Response(picture, 200, content_type="image/png")


def _file(found: Preview) -> Response:
    # To be saved and never shown: what a template makes is not ours to render.
    response = Response(found.made.data, 200, content_type=media_type(found.format))
    response.headers["Content-Disposition"] = disposition(found.made.name)
    return response


class _Read(Struct, frozen=True):
    """What a document is wanted of: a spec and a row. `written` says how the client calls the
    spec's fields, `ignored` what it has sent that nobody knows."""

    spec: dict[str, Any]
    row: Any
    written: dict[str, str]
    ignored: list[str]


def _read(value: dict[str, Any], template: str) -> _Read:
    """What the row does not have is left blank: a form is shown before it is filled in. Raises
    WebError."""
    errors: Errors = []
    fields = Fields(value, errors)
    row = fields.checked("data", rule=_object_reason, default={})
    spec = {
        "templates": [template],
        "file_name": "{{ _template }}",
        "missing": "blank",
        "format": fields.checked("outputFormat", "format", rule=_format_reason, default=None),
        "mappings": {template: fields.checked("mappings", rule=_mapping_reason, default={})},
    }
    if errors:
        raise invalid(errors)
    return _Read(
        spec={name: said for name, said in spec.items() if said is not None},
        row=row,
        written={"format": fields.called("outputFormat"), "templates": "template"},
        ignored=fields.unknown(),
    )


def _object_reason(value: object) -> Reason:
    return None if isinstance(value, dict) else "must be an object"


def _mapping_reason(value: object) -> Reason:
    texts = isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    return None if texts else "must be an object: fields, and the columns that fill them"


def _format_reason(value: object) -> Reason:
    return choice_reason(value, FORMATS)
