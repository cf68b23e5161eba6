"""The background task of a desk: its list of tasks, start, status, stop, pause and resume."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET
from quart import Response

from actors.errors import InvalidStatus, NotFound
from actors.messages import CancelJob, PauseJob, ResumeJob
from state.errors import JobFilesMissing
from state.model import TERMINAL, JobStatus
from web.auth import ME
from web.deps import WebDeps
from web.dialects.background import paths, texts
from web.dialects.background.bodies import choice_of, list_of, object_of, read_json
from web.dialects.background.endings import Endings
from web.dialects.background.refusals import Refused
from web.dialects.background.routing import Row, language
from web.dialects.background.schemas import (
    BackgroundSaid,
    BackgroundStartBody,
    BackgroundStarted,
    BackgroundStatusAnswer,
    BackgroundTasks,
    BackgroundTasksBody,
    BackgroundTasksSaved,
    TaskStatus,
)
from web.dialects.background.status import task_status
from web.dialects.languages import Text
from web.errors import WebError
from web.http import json_answer
from web.journeys import Journeys, newest
from web.journeys_api import entry_of
from web.threads import Threads
from web.visit import Visit

_Command = CancelJob | PauseJob | ResumeJob


class TasksApi:
    """Handlers over the journeys of a desk and the newest job that runs them."""

    def __init__(self, deps: WebDeps, threads: Threads, journeys: Journeys) -> None:
        self._max_json_depth = deps.settings.max_json_depth
        self._now = deps.now
        self._threads = threads
        self._journeys = journeys
        self._endings = Endings(deps.store)

    def rows(self) -> list[Row]:
        return self._list_rows() + self._run_rows()

    def _list_rows(self) -> list[Row]:
        return [
            Row(
                "GET",
                paths.TASKS,
                "background_tasks",
                self.read,
                BackgroundTasks,
                "The desk's tasks",
            ),
            Row(
                "PUT",
                paths.TASKS,
                "save_background_tasks",
                self.save,
                BackgroundTasksSaved,
                "Replace the desk's tasks",
                body=BackgroundTasksBody,
                command="set_journeys",
            ),
        ]

    def _run_rows(self) -> list[Row]:
        return [
            Row(
                "POST",
                paths.START,
                "start_background_tasks",
                self.start,
                BackgroundStarted,
                "Run the chosen tasks, one after the other",
                body=BackgroundStartBody,
                command="create_job",
            ),
            Row(
                "GET",
                paths.STATUS,
                "background_status",
                self.status,
                BackgroundStatusAnswer,
                "How far the newest background task is",
            ),
            Row(
                "POST",
                paths.STOP,
                "stop_background_tasks",
                self.stop,
                BackgroundSaid,
                "Stop it; tasks that have ended stay as they are",
                command="cancel_job",
            ),
            Row(
                "POST",
                paths.PAUSE_RUN,
                "pause_run",
                self.pause,
                BackgroundSaid,
                "Let the task at hand end, and begin no other",
                command="pause_job",
            ),
            Row(
                "POST",
                paths.RESUME_RUN,
                "resume_run",
                self.resume,
                BackgroundSaid,
                "Go on",
                command="resume_job",
            ),
        ]

    async def read(self, visit: Visit) -> Response:
        kept = await self._journeys.read(visit)
        return json_answer(BackgroundTasks(tasks=[entry_of(journey) for journey in kept.journeys]))

    async def save(self, visit: Visit) -> Response:
        tasks = list_of(await read_json(self._threads, self._max_json_depth))
        kept = await self._journeys.replace(visit, tasks, UNSET)
        message = texts.SAVED.told(language(), count=len(kept.journeys))
        saved = [entry_of(journey) for journey in kept.journeys]
        return json_answer(BackgroundTasksSaved(message=message, tasks=saved))

    async def start(self, visit: Visit) -> Response:
        fields = object_of(await read_json(self._threads, self._max_json_depth))
        kept = await self._journeys.read(visit)
        choice = choice_of(fields, len(kept.journeys))
        reply = await self._journeys.start(visit, kept, choice)
        if reply.job is None:
            raise WebError("job_deleted", "the job was deleted meanwhile")
        message = texts.STARTED.told(language(), count=reply.job.counts.total)
        return json_answer(BackgroundStarted(message=message, job_id=reply.job.job.id))

    async def status(self, visit: Visit) -> Response:
        return json_answer(BackgroundStatusAnswer(task_status=await self._status(visit)))

    async def _status(self, visit: Visit) -> TaskStatus | None:
        view = newest(visit.desk.published)
        if view is None:
            return None
        try:
            known = await self._endings.of(visit, view)
        except JobFilesMissing:
            # A job that was deleted while we read is no damage.
            if view.job.id in visit.desk.published.jobs:
                raise
            return None
        return task_status(view, known, now=self._now(), base=_base(visit), language=language())

    async def stop(self, visit: Visit) -> Response:
        await self._command(visit, CancelJob, texts.NOTHING_TO_STOP, "nothing_to_stop")
        return json_answer(BackgroundSaid(message=texts.STOPPED.told(language())))

    async def pause(self, visit: Visit) -> Response:
        try:
            await self._command(visit, PauseJob, texts.NOTHING_TO_STOP, "nothing_to_stop")
        except Refused:
            # Said twice, it is as true as said once.
            view = newest(visit.desk.published)
            if view is None or view.job.status is not JobStatus.PAUSED:
                raise
        return json_answer(BackgroundSaid(message=texts.PAUSED.told(language())))

    async def resume(self, visit: Visit) -> Response:
        await self._command(visit, ResumeJob, texts.NOT_PAUSED, "not_paused")
        return json_answer(BackgroundSaid(message=texts.RESUMED.told(language())))

    async def _command(
        self, visit: Visit, make: Callable[[str], _Command], nothing: Text, error_code: str
    ) -> None:
        """Say it to the newest job. Raises Refused where that is over, or not in that state."""
        object_of(await read_json(self._threads, self._max_json_depth))
        view = newest(visit.desk.published)
        refused = Refused("invalid_status", error_code, nothing)
        if view is None or view.job.status in TERMINAL:
            raise refused
        try:
            await visit.ask(make(view.job.id))
        except InvalidStatus:
            raise refused from None
        except NotFound:
            # Deleted meanwhile. Where it is the session that is no more, looking says so.
            _ = visit.desk.published
            raise refused from None


def _base(visit: Visit) -> str:
    """Where whoever asks finds the desk's jobs. A picture is asked for without headers: a guest's
    desk is named by the id that was shown with this very request."""
    named = visit.asker.session_id if visit.asker.is_guest else ME
    return f"/api/desks/{named}/jobs"
