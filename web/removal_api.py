"""Single files of a job that its user wants no more. Built by `web.app`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct
from quart import Response

from actors.messages import RemoveArtifacts
from web.access import Access
from web.checked import checked_body
from web.deps import WebDeps
from web.desk_api import JOB, REFUSALS
from web.http import json_answer
from web.routes import Route
from web.schemas import Count
from web.threads import Threads
from web.visit import Visit

MAX_NAMES = 1_000
_Name = Annotated[str, Meta(min_length=1, max_length=2_500)]


class RemoveFilesBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Files of the job, by their names. One that it has not is no error."""

    names: Annotated[list[_Name], Meta(min_length=1, max_length=MAX_NAMES)]


class RemoveFilesAnswer(Struct, frozen=True):
    """How many of them there were; none is there any more."""

    removed: Count
    revision: Count
    durable: bool


class RemovalApi:
    """Holds no state of its own."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._settings = deps.settings
        self._threads = threads

    def routes(self) -> list[Route]:
        return [
            Route(
                method="DELETE",
                rule=f"{JOB}/files",
                name="remove_artifacts",
                access=Access.DESK,
                handler=self.remove,
                summary="Remove some of the files that the job made",
                body=RemoveFilesBody,
                answer=RemoveFilesAnswer,
                errors=("invalid_request", *REFUSALS),
            )
        ]

    async def remove(self, visit: Visit, job: str) -> Response:
        asked = await checked_body(RemoveFilesBody, self._settings, self._threads)
        reply = await visit.ask(RemoveArtifacts(job, tuple(dict.fromkeys(asked.names))))
        return json_answer(RemoveFilesAnswer(reply.removed, reply.revision, durable=True))
