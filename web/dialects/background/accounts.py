"""What older pages ask before and beside the background task: who they are, and their own list."""

from __future__ import annotations

from typing import Any

from quart import Response, request

from actors.errors import NotFound
from web.access import Access
from web.auth import Asker, Auth, guest
from web.cookies import set_cookie
from web.deps import WebDeps
from web.dialects.background import paths, texts
from web.dialects.background.bodies import object_of, read_json
from web.dialects.background.old_words import old_task
from web.dialects.background.refusals import Refused
from web.dialects.background.routing import Row, language
from web.dialects.background.schemas import (
    GuestLogin,
    InitialData,
    OldTask,
    OldTasks,
    TaskDetails,
    UuidBody,
    UuidType,
)
from web.errors import WebError
from web.http import client_address, is_asked_from_elsewhere, json_answer
from web.ids import is_canonical
from web.journeys import Journeys
from web.making import DeskMaker
from web.rates import Rates
from web.threads import Threads
from web.visit import Visit, enter_by_session


class AccountsApi:
    """Handlers that hold no state of their own."""

    def __init__(
        self,
        deps: WebDeps,
        auth: Auth,
        rates: Rates,
        maker: DeskMaker,
        threads: Threads,
        journeys: Journeys,
    ) -> None:
        self._max_json_depth = deps.settings.max_json_depth
        self._now = deps.now
        self._auth = auth
        self._rates = rates
        self._maker = maker
        self._threads = threads
        self._journeys = journeys

    def rows(self) -> list[Row]:
        making, public = Access.CREATE_DESK, Access.PUBLIC
        return [
            Row(
                "POST",
                paths.GUEST_LOGIN,
                "guest_login",
                self.guest_login,
                GuestLogin,
                "Make the desk of the UUID v4 in X-Session-ID, if it is not there",
                access=making,
            ),
            Row(
                "POST",
                paths.CHECK_UUID_TYPE,
                "check_uuid_type",
                self.check_uuid_type,
                UuidType,
                "Whether a UUID opens a desk",
                body=UuidBody,
                access=public,
            ),
            Row(
                "POST",
                paths.INITIAL_DATA,
                "get_initial_data",
                self.initial_data,
                InitialData,
                "Whether the request comes with a session",
                access=public,
            ),
            Row(
                "POST",
                paths.LOAD_TASKS,
                "load_tasks",
                self.load_tasks,
                OldTasks,
                "The desk's tasks in the older words, to read",
            ),
            Row(
                "POST",
                paths.TASK_DETAILS,
                "get_task_details",
                self.task_details,
                TaskDetails,
                "One of them",
            ),
        ]

    async def guest_login(self) -> Response:
        """The one place where an id of a client's own becomes a desk."""
        object_of(await self._json())
        session = request.headers.get("X-Session-ID")
        if session is None or not is_canonical(session):
            raise Refused("invalid_request", "invalid_session", texts.NO_SESSION_ID)
        asker = guest(session, "session")
        if not await self._exists(asker):
            await self._maker.make_as(session)
            # What was made may have been given another link long ago: then this one stays shut.
            if not await self._exists(asker):
                raise Refused("invalid_request", "invalid_session", texts.BAD_SESSION)
        answer = GuestLogin(message=texts.WELCOME.told(language()), session_id=session)
        response = json_answer(answer)
        if not is_asked_from_elsewhere():
            set_cookie(response, self._auth.sign(session))
        return response

    async def check_uuid_type(self) -> Response:
        named = object_of(await self._json()).get("uuid")
        if not isinstance(named, str):
            raise Refused("invalid_request", "invalid_request", texts.NO_UUID)
        if is_canonical(named) and await self._exists(guest(named, "link")):
            return json_answer(UuidType(uuid_type="guest"))
        self._rates.missed(client_address())
        return json_answer(UuidType(uuid_type="unknown"))

    async def initial_data(self) -> Response:
        object_of(await self._json())
        try:
            visit = await enter_by_session(self._auth)
        except WebError as error:
            if error.code != "unauthorized":
                raise
            return json_answer(InitialData(is_authenticated=False, is_guest=False))
        return json_answer(InitialData(is_authenticated=True, is_guest=visit.asker.is_guest))

    async def load_tasks(self, visit: Visit) -> Response:
        object_of(await self._json())
        return json_answer(OldTasks(tasks=await self._old_tasks(visit)))

    async def task_details(self, visit: Visit) -> Response:
        """`[place]`, or an object that names it."""
        asked = await self._json()
        place: Any = asked[0] if isinstance(asked, list) and asked else None
        if place is None:
            place = object_of(asked).get("index")
        tasks = await self._old_tasks(visit)
        known = isinstance(place, int) and 0 <= place < len(tasks)
        return json_answer(TaskDetails(details=tasks[place] if known else None))

    async def _old_tasks(self, visit: Visit) -> list[OldTask]:
        kept = await self._journeys.read(visit)
        now, spoken = self._now(), language()
        return [old_task(journey, now, spoken) for journey in kept.journeys]

    async def _exists(self, asker: Asker) -> bool:
        try:
            await self._auth.find(asker)
        except NotFound:
            return False
        return True

    async def _json(self) -> Any:
        return await read_json(self._threads, self._max_json_depth)
