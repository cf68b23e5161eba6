"""Making tasks: one way for the three families, each by its own path."""

from __future__ import annotations

from functools import partial
from math import ceil

from quart import Response

from actors.messages import JobView
from web.deps import WebDeps
from web.dialects.documents import texts
from web.dialects.documents.answers import Answers
from web.dialects.documents.bodies import read_task
from web.dialects.documents.estimates import Estimates
from web.dialects.documents.paths import FAMILIES, Family, generation, tasks_of
from web.dialects.documents.routing import Row, language
from web.dialects.documents.schemas import (
    CreatedTask,
    CreatedTaskAnswer,
    DocumentsTaskBody,
    EstimatedItem,
)
from web.dialects.documents.service import Tasks
from web.dialects.documents.view import socket_of, status_of
from web.dialects.objects import read_object
from web.documents.tally import named_templates
from web.http import idempotency, invalid
from web.routes import IDEMPOTENCY
from web.threads import Threads
from web.views import wire_time
from web.visit import Visit

_MS = 1_000


class CreatingApi:
    """Handlers that hold no state of their own."""

    def __init__(
        self, deps: WebDeps, threads: Threads, tasks: Tasks, answers: Answers, estimates: Estimates
    ) -> None:
        self._max_concurrency = deps.settings.max_concurrency
        self._threads = threads
        self._tasks = tasks
        self._answers = answers
        self._estimates = estimates

    def rows(self) -> list[Row]:
        return [
            Row(
                method="POST",
                paths=generation("batch") if family == "C" else tasks_of(family),
                name=f"documents_create_{family.lower()}",
                handler=partial(self.create, family),
                summary="Make a task" + ("; it starts by itself" if family == "C" else ""),
                answer=CreatedTaskAnswer,
                status=202,
                body=DocumentsTaskBody,
                parameters=(IDEMPOTENCY,),
                errors=(
                    "template_not_found",
                    "data_source_not_found",
                    "insufficient_tokens",
                    "plan_exceeded",
                    "limit_reached",
                    "idempotency_conflict",
                    "files_damaged",
                    "mailbox_full",
                    "storage_full",
                ),
                command="create_job",
            )
            for family in FAMILIES
        ]

    async def create(self, family: Family, visit: Visit) -> Response:
        value, data = await read_object(self._threads, self._tasks.parse)
        key = idempotency(visit.key, data)
        read = read_task(value, family, self._max_concurrency)
        if read.errors:
            raise invalid(read.errors)
        made = await self._tasks.create(visit, family, read.wanted, key)
        said = language()
        warnings = [texts.IGNORED.told(said, name=name) for name in read.wanted.ignored]
        return self._answers.answer(self._told(family, made.view), 202, warnings)

    def _told(self, family: Family, view: JobView) -> CreatedTask:
        job, total = view.job, view.counts.total
        templates = named_templates(job)
        seconds = self._estimates.seconds(job.spec["format"], total)
        return CreatedTask(
            taskId=job.id,
            status=status_of(job, family),
            websocketUrl=socket_of(job),
            totalDocuments=total,
            estimatedDuration=ceil(seconds * _MS),
            estimatedTime=ceil(seconds),
            estimatedDocumentCount=total,
            items=[
                EstimatedItem(
                    templateId=id, templateName=name, estimatedCount=total // len(templates)
                )
                for id, name in templates
            ],
            createdAt=wire_time(job.created_at),
        )
