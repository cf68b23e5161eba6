"""Making tasks of each type. Each answers with the whole task, which begins by itself.

The wire is docs/task-manager.md.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from quart import Response

from executors.crawl.sources.cookies import BadCookie
from web.deps import WebDeps
from web.dialects.languages import Text
from web.dialects.taskmanager import texts
from web.dialects.taskmanager.answers import answer
from web.dialects.taskmanager.audience import audience
from web.dialects.taskmanager.crawl_bodies import asks_default_cookie, read_crawl, source_of
from web.dialects.taskmanager.create_bodies import (
    ManagerClassifyBody,
    ManagerCrawlBody,
    ManagerGenerateBody,
    ManagerOverrideBody,
    ManagerTagBody,
    ManagerTrainBody,
)
from web.dialects.taskmanager.generate_bodies import NO_CONFIG, read_generate, read_with_config
from web.dialects.taskmanager.learning_bodies import read_classify, read_train
from web.dialects.taskmanager.reading import Reader
from web.dialects.taskmanager.refusals import cookie_unreadable
from web.dialects.taskmanager.routing import Row
from web.dialects.taskmanager.service import Tasks
from web.dialects.taskmanager.tag_bodies import read_tag
from web.dialects.taskmanager.task_bodies import ManagerTaskAnswer
from web.dialects.taskmanager.view import task_of
from web.dialects.taskmanager.wanted import Wanted
from web.http import idempotency, invalid
from web.routes import IDEMPOTENCY
from web.threads import Threads
from web.validate import Errors, field_error
from web.visit import Visit
from web.workshop.presets import Presets

Read = Callable[[dict[str, Any], Errors], Wanted]

_ERRORS = (
    *("invalid_spec", "insufficient_tokens", "plan_exceeded", "limit_reached", "job_deleted"),
    *("idempotency_conflict", "mailbox_full", "storage_full", "too_many_requests"),
)


class CreatingApi:
    """Handlers that hold no state of their own."""

    def __init__(
        self, deps: WebDeps, threads: Threads, tasks: Tasks, reader: Reader, presets: Presets
    ) -> None:
        self._cookies = deps.source_cookies
        self._log = deps.log
        self._threads = threads
        self._tasks = tasks
        self._reader = reader
        self._presets = presets

    def rows(self) -> list[Row]:
        row = partial(
            Row,
            method="POST",
            answer=ManagerTaskAnswer,
            parameters=(IDEMPOTENCY,),
            errors=_ERRORS,
            command="create_job",
        )
        return [
            row(
                paths=("/api/crawl/create",),
                name="manager_crawl",
                handler=self.crawl,
                summary="Collect the pictures of a source or of a site",
                body=ManagerCrawlBody,
            ),
            row(
                paths=("/api/tag/create",),
                name="manager_tag",
                handler=partial(self.read, read_tag),
                summary="Tag the pictures of folders",
                body=ManagerTagBody,
            ),
            row(
                paths=("/api/train/create",),
                name="manager_train",
                handler=partial(self.read, read_train),
                summary="Learn to tell labels apart from folders of pictures",
                body=ManagerTrainBody,
            ),
            row(
                paths=("/api/classify/create",),
                name="manager_classify",
                handler=partial(self.read, read_classify),
                summary="Sort pictures by what was learned",
                body=ManagerClassifyBody,
            ),
            row(
                paths=("/api/generate",),
                name="manager_generate",
                handler=partial(self.read, read_generate),
                summary="Have pictures made",
                body=ManagerGenerateBody,
            ),
            row(
                paths=("/api/generate-with-config",),
                name="manager_generate_with_config",
                handler=self.generate_with_config,
                summary="Have pictures made by a saved config, as far as nothing else is said",
                body=ManagerOverrideBody,
                errors=(*_ERRORS, "preset_not_found"),
            ),
        ]

    async def crawl(self, visit: Visit) -> Response:
        value, data = await self._reader.object()
        cookie, said = "", texts.CREATED
        if asks_default_cookie(value):
            cookie = await self._default_cookie(source_of(value))
            said = said if cookie else texts.NO_DEFAULT_COOKIE
        errors: Errors = []
        wanted = read_crawl(value, errors, cookie, self._tasks.max_items)
        return await self._made(visit, wanted, errors, data, said)

    async def _default_cookie(self, source: str) -> str:
        """The operator's for that source; empty where there is none. Raises Refused."""
        try:
            return await self._threads.step(partial(self._cookies.read, source))
        except BadCookie as bad:
            self._log.warning("the operator's cookie cannot be read", reason=str(bad))
            raise cookie_unreadable() from None

    async def read(self, read: Read, visit: Visit) -> Response:
        """Of what says all of it in its body."""
        value, data = await self._reader.object()
        errors: Errors = []
        return await self._made(visit, read(value, errors), errors, data)

    async def generate_with_config(self, visit: Visit) -> Response:
        value, data = await self._reader.object()
        named = value.get("config_id") or ""
        base, errors = None, list[Any]()
        if isinstance(named, str) and named not in NO_CONFIG:
            base = await self._presets.spec_of(visit, named)
        elif not isinstance(named, str):
            errors.append(field_error("config_id", "must be text"))
        wanted = read_with_config(value, errors, "" if base is None else named, base)
        return await self._made(visit, wanted, errors, data)

    async def _made(
        self, visit: Visit, wanted: Wanted, errors: Errors, data: bytes, said: Text = texts.CREATED
    ) -> Response:
        """Make it. Raises WebError with all that is wrong with it."""
        if errors:
            raise invalid(errors)
        view = await self._tasks.create(visit, wanted, idempotency(visit.key, data))
        asker = audience()
        return answer(task_of(view, audience=asker), said.told(asker.language))
