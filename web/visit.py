"""What handlers of a desk share: who asks, the desk they may use, the job they name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct
from quart import request

from actors.messages import JobView
from actors.ports import DeskKey
from state.errors import JobFilesMissing
from web.auth import COOKIE, Auth
from web.deps import Desk
from web.errors import not_found
from web.http import client_address


class Visit(Struct, frozen=True):
    """A request that has found its desk."""

    key: DeskKey
    desk: Desk

    def view(self, job_id: str) -> JobView:
        """The job, as last published; unknown and foreign jobs are the same 404."""
        view = self.desk.published.jobs.get(job_id)
        if view is None:
            raise not_found()
        return view

    @contextmanager
    def reading(self, job_id: str) -> Iterator[JobView]:
        """The job, whose files are read in the block. Where they are gone because the job was
        deleted meanwhile, that is no damage but the 404 of a job that is not there."""
        view = self.view(job_id)
        try:
            yield view
        except JobFilesMissing:
            self.view(job_id)
            raise


async def enter(auth: Auth, desk: str) -> Visit:
    """Open the desk that the path and the headers name. Raises WebError or ActorError."""
    asker = auth.identify(desk, request.headers, request.cookies.get(COOKIE))
    return Visit(asker.key, await auth.open(asker, client_address()))
