"""What a file would be as a template: its placeholders, or why it can be none. Keeps nothing."""

from __future__ import annotations

from functools import partial

from quart import Response

from web.dialects.documents.answers import Answers
from web.dialects.documents.library_schemas import (
    PlaceholdersAnswer,
    ValidatedTemplate,
    ValidatedTemplateAnswer,
)
from web.dialects.documents.library_view import placeholders_of
from web.dialects.documents.routing import Row
from web.dialects.documents.templates import FILE, below
from web.documents.forms import library_form
from web.documents.templates import Templates
from web.errors import WebError
from web.threads import Threads
from web.visit import Visit

# What is said of the file itself. All else is said of the request, or of us.
_OF_FILES = frozenset({"invalid_request", "unsupported_media_type", "body_too_large"})


class InspectingApi:
    """Handlers that hold no state of their own."""

    def __init__(self, threads: Threads, templates: Templates, answers: Answers) -> None:
        self._threads = threads
        self._templates = templates
        self._answers = answers

    def rows(self) -> list[Row]:
        row = partial(Row, method="POST", form=(FILE,), command="inspect_template")
        return [
            row(
                paths=below("/extract-placeholders"),
                name="documents_extract_placeholders",
                handler=self.extract,
                summary="What a file asks for; nothing is kept",
                answer=PlaceholdersAnswer,
            ),
            row(
                paths=below("/validate"),
                name="documents_validate_template",
                handler=self.validate,
                summary="Whether a file can be a template; nothing is kept",
                answer=ValidatedTemplateAnswer,
            ),
        ]

    async def extract(self, visit: Visit) -> Response:
        file = (await library_form(self._threads)).file
        found = await self._templates.inspect(visit.key, file.filename or "", file.data)
        return self._answers.answer(placeholders_of(found))

    async def validate(self, visit: Visit) -> Response:
        file = (await library_form(self._threads)).file
        try:
            found = await self._templates.inspect(visit.key, file.filename or "", file.data)
        except WebError as error:
            if error.code not in _OF_FILES:
                raise
            wrong = [str(error)]
            told = ValidatedTemplate(valid=False, errors=wrong, warnings=[], placeholders=[])
        else:
            told = ValidatedTemplate(
                valid=True,
                errors=[],
                warnings=list(found.warnings),
                placeholders=placeholders_of(found),
            )
        return self._answers.answer(told)
