"""How the page looks that a job's item is on, now: a picture, for whoever keeps asking."""

from __future__ import annotations

from quart import Response, request

from web.access import Access
from web.deps import WebDeps
from web.desk_api import JOB
from web.http import Query
from web.routes import Route, integer
from web.visit import Visit

ITEM_HEADER = "X-Nightdesk-Item"
_MEDIA_TYPE = "image/jpeg"


class LiveApi:
    """One route. To ask is to look: pictures are taken for the seconds after it, and not else."""

    def __init__(self, deps: WebDeps) -> None:
        self._live = deps.live
        self._max_index = deps.settings.max_items - 1

    def routes(self) -> list[Route]:
        live = Route(
            method="GET",
            rule=f"{JOB}/live",
            name="get_live",
            access=Access.DESK,
            handler=self.live,
            summary="The page that an item is on now, as a picture; 204 where there is none",
            answer=_MEDIA_TYPE,
            empty="No page is shown now.",
            parameters=(integer("item", "Its index; else the first item that shows something."),),
            errors=("invalid_request",),
        )
        return [live]

    async def live(self, visit: Visit, job: str) -> Response:
        query = Query(request.args)
        item = query.optional_integer("item", high=self._max_index)
        query.done()
        visit.view(job)
        frame = self._live.frame(visit.key, job, item)
        if frame is None:
            return Response(b"", 204)
        response = Response(frame.data, 200, content_type=_MEDIA_TYPE)
        response.headers[ITEM_HEADER] = str(frame.index)
        return response
