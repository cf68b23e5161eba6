"""When the passes of a schedule would be, before there is a job that has it."""

from __future__ import annotations

from functools import partial

from quart import Response

from web.access import Access
from web.deps import WebDeps
from web.desk_api import DESK
from web.http import body, client_network, invalid, json_answer, require_json_type
from web.pass_schemas import PassesAnswer, PreviewBody
from web.routes import Route
from web.schedules import errors_in, preview, schedule_of
from web.strict_json import loads
from web.threads import LARGE_BODY_BYTES, Threads
from web.validate import check_fields
from web.visit import Visit


class SchedulesApi:
    """One route. It keeps nothing and changes nothing."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._calendar = deps.calendar
        self._now = deps.now
        self._max_depth = deps.settings.max_json_depth
        self._threads = threads

    def routes(self) -> list[Route]:
        route = Route(
            method="POST",
            rule=f"{DESK}/schedule/preview",
            name="preview_schedule",
            asks=True,
            access=Access.DESK,
            handler=self.preview_schedule,
            summary="When the next five passes of a schedule are due",
            body=PreviewBody,
            answer=PassesAnswer,
            errors=("invalid_json", "invalid_request", "body_too_large", "unsupported_media_type"),
        )
        return [route]

    async def preview_schedule(self, visit: Visit) -> Response:
        require_json_type()
        data = await body()
        parse = partial(loads, data, max_depth=self._max_depth)
        large = len(data) > LARGE_BODY_BYTES
        value = await self._threads.run(parse, large=large, whose=client_network())
        fields, errors = check_fields(PreviewBody, value)
        if errors:
            raise invalid(errors)
        asked = PreviewBody(**fields)
        if asked.holidays:
            await self._calendar.load()
        if wrong := errors_in(asked, self._calendar):
            raise invalid(wrong)
        schedule = schedule_of(asked)
        return json_answer(preview(schedule, asked.seed, self._now(), self._calendar))
