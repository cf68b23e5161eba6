"""The socket of this dialect: everything of the desk from the first moment on.

Built once by `web.app`, one of the speakers of `web.dialects.sockets`. A client that reads slowly
holds up nobody: what it has not been told yet is where it was, in what the desk shows and in its
tasks' logs, and it is told from there on; one that reads nothing at all is cut off
(`nightdesk.connection`) and comes again.
"""

from __future__ import annotations

import math

import trio
from quart import websocket

from actors.messages import JobView, Published
from actors.signal import Signal
from state.errors import StateError
from state.model import TERMINAL
from web.deps import WebDeps
from web.dialects.languages import Text
from web.dialects.refused import Refused
from web.dialects.sockets import MESSAGE_DEPTH, MESSAGE_KEYS, Message, Opening
from web.dialects.taskmanager.audience import Audience, audience
from web.dialects.taskmanager.feeds import ALL, ManagerFeeds, jobs_of
from web.dialects.taskmanager.frames import Frame, encode, error, following, welcome
from web.dialects.taskmanager.log_feed import Piece, end_of
from web.dialects.taskmanager.paths import SHARED_SOCKETS, SOCKETS
from web.dialects.taskmanager.positions import Position, Positions, has_lines
from web.dialects.taskmanager.refusals import task_not_found
from web.errors import WebError, translate
from web.sending import Sender, Step, make_step
from web.sockets import Sockets

# Progress is told 10 times a second at most, whatever the native stream does.
INTERVAL_S = 0.1
# So many tasks are told of in one go: what a client says meanwhile is answered after it.
TASKS_AT_ONCE = 50

SUMMARY = "The desk's tasks and the lines of their logs, as they come (WebSocket)"
WELCOME = Text("已连接到任务管理器", "Connected to the task manager")

# What tells, where sockets are shared, that a client is one of BatchGo's, and one of ours.
OTHERS = frozenset({"auth", "client_ready", "url_opened"})
OURS = frozenset({"subscribe_task", "unsubscribe_task"})

_PONG = make_step(('{"type":"pong"}',))


class ManagerSockets:
    """Speaks with every client of the task manager. Holds what they share."""

    def __init__(self, deps: WebDeps, sockets: Sockets) -> None:
        self._now = deps.now
        self._interval_s = max(deps.settings.publish_interval_s, INTERVAL_S)
        self._sockets = sockets
        self._feeds = ManagerFeeds(deps)

    def knows(self, opening: Opening) -> bool:
        """Where it shares its socket, whoever has neither shown a token nor said what only others
        say."""
        said = None if opening.first is None else opening.first.get("type")
        if websocket.path in SOCKETS:
            return True
        if websocket.path not in SHARED_SOCKETS or said in OTHERS:
            return False
        return not opening.by_token or said in OURS

    async def speak(self, opening: Opening) -> Message | int:
        """See `Speaker`."""
        shared = websocket.path in SHARED_SOCKETS
        talk = _Talk(self._sockets, self._feeds, opening, audience(), self._interval_s, self._now())
        return await talk.run(opening.first, shared=shared)


class _Talk:
    """One socket. What it follows, and up to where it was told, moves in one turn at a time."""

    def __init__(
        self,
        sockets: Sockets,
        feeds: ManagerFeeds,
        opening: Opening,
        audience: Audience,
        interval_s: float,
        now: float,
    ) -> None:
        self._sockets = sockets
        self._feeds = feeds
        self._visit = opening.visit
        self._audience = audience
        self._interval_s = interval_s
        self._turn = trio.Lock()
        # All of these are written within a turn; no task that is followed: all are.
        self._followed = ALL
        self._revision = opening.visit.desk.published.revision
        self._positions = Positions(now)
        # Fired where a log may have more than was told.
        self._more = Signal()
        # Set by `_listen`, which then leaves: what another system's client has said.
        self._again: Message | None = None
        self._scope = trio.CancelScope()

    async def run(self, first: Message | None, *, shared: bool) -> Message | int:
        """Until the socket ends: its close code; or the message that it begins anew with."""

        async def listen(sender: Sender) -> None:
            await self._listen(first, sender, shared=shared)

        with self._scope:
            return await self._sockets.attend(self._visit.asker, self._push, self._scroll, listen)
        assert self._again is not None  # nothing else cancels the scope
        return self._again

    # ------------------------------------------------------------------------- what happens

    async def _push(self, sender: Sender) -> None:
        """Tell how all stands, then what is new, a few times a second."""
        async with self._turn:
            hello = welcome(WELCOME.told(self._audience.language), self._feeds.time)
            await self._send(sender, [hello])
            await self._begin(sender)
        pushed_at = -math.inf
        while True:
            await self._visit.desk.wait_newer(self._revision)
            await trio.sleep(max(0.0, pushed_at + self._interval_s - trio.current_time()))
            pushed_at = trio.current_time()
            async with self._turn:
                await self._tell_news(sender)

    async def _scroll(self, sender: Sender) -> None:
        """Tell lines as they come, as fast as they are taken."""
        while True:
            while behind := self._positions.behind(self._followed):
                for task in behind:
                    async with self._turn:
                        await self._tell_lines(task, sender)
                # A peer that was reset takes all at once: that would spin this loop.
                await trio.lowlevel.checkpoint()
            await self._more.wait()

    async def _begin(self, sender: Sender) -> None:
        """How the tasks that are followed stand, and the last lines of those at work."""
        published = self._visit.desk.published
        views = jobs_of(published, self._followed)
        # Where their logs end now: what is said while the rest is told comes after it.
        tails = [(view, await self._tail(view, sender)) for view in views if self._has_tail(view)]
        for start in range(0, len(views), TASKS_AT_ONCE):
            await self._tell_states(published, views[start : start + TASKS_AT_ONCE], sender)
        self._revision = published.revision
        for view, piece in tails:
            if piece is not None:
                await self._tell_piece(view, Position(piece.next), piece, sender)

    async def _tell_states(
        self, published: Published, views: list[JobView], sender: Sender
    ) -> None:
        """How those of them stand that are there still."""
        while views := [view for view in views if self._is_there(view)]:
            step = await self._feeds.standing(self._visit, published, views, self._audience)
            if all(map(self._is_there, views)):
                await self._send_step(sender, step)
                return

    async def _tell_news(self, sender: Sender) -> None:
        """All that is new. That a task has ended is told behind the last of its lines."""
        step, published = await self._news(sender)
        await self._send_step(sender, step)
        self._revision = published.revision

    async def _news(self, sender: Sender) -> tuple[Step | None, Published]:
        after, followed = self._revision, self._followed
        while True:
            published = self._visit.desk.published
            views = [each for each in jobs_of(published, followed) if each.job.revision > after]
            self._positions.keep(published.jobs)
            for view in views:
                self._positions.changed(view)
                self._more.fire()
                while view.live is None and view.job.id in self._positions.behind(followed):
                    await self._tell_lines(view.job.id, sender)
            step = await self._feeds.news(
                self._visit, published, after, views, followed, self._audience
            )
            if all(map(self._is_there, views)):
                return step, published

    def _is_there(self, view: JobView) -> bool:
        """It was not deleted while something was awaited."""
        return view.job.id in self._visit.desk.published.jobs

    # --------------------------------------------------------------------------- lines of logs

    def _has_tail(self, view: JobView) -> bool:
        """It is at work, or was and is to go on, and nothing of its log was told yet."""
        job = view.job
        at_work = has_lines(job) and job.status not in TERMINAL
        return at_work and not self._positions.knows(job.id)

    async def _tail(self, view: JobView, sender: Sender) -> Piece | None:
        try:
            return await self._feeds.logs.tail(self._visit, view)
        except StateError as unread:
            await self._complain(view, unread, sender)
            return None

    async def _tell_lines(self, task: str, sender: Sender) -> None:
        """The next piece of the task's log, if there is one."""
        view = self._visit.desk.published.jobs.get(task)
        if view is None:
            self._positions.caught_up(task)
            return
        place, end = self._positions.of(view), end_of(view)
        if end is not None and end <= place.offset:
            self._positions.caught_up(task)
            return
        try:
            piece = await self._feeds.logs.piece(self._visit, view, place)
        except StateError as unread:
            await self._complain(view, unread, sender)
            return
        since = 0.0 if piece.lines else place.since
        await self._tell_piece(view, Position(piece.next, since), piece, sender)

    async def _tell_piece(
        self, view: JobView, place: Position, piece: Piece, sender: Sender
    ) -> None:
        if not self._is_there(view):
            self._positions.caught_up(view.job.id)
            return
        end = end_of(view)
        more = place.offset < (piece.size if end is None else min(end, piece.size))
        self._positions.moved(view.job.id, place, more=more)
        await self._send_step(sender, piece.step)

    async def _complain(self, view: JobView, unread: StateError, sender: Sender) -> None:
        """Its log cannot be read now: so much is told, and what follows is tried again with the
        next news of it."""
        self._positions.caught_up(view.job.id)
        if self._is_there(view):
            answer = translate(unread)
            assert answer is not None  # every error of the state has one
            await self._send(sender, [error(answer.code, answer.message, view.job.id)])

    # --------------------------------------------------------------------------- what is said

    async def _listen(self, first: Message | None, sender: Sender, *, shared: bool) -> None:
        said = first
        while True:
            try:
                if said is not None:
                    await self._answer(said, sender, shared=shared)
                said = None
                said = await self._sockets.receive(max_depth=MESSAGE_DEPTH, max_keys=MESSAGE_KEYS)
            except WebError as wrong:
                said = None
                language = self._audience.language
                message = wrong.told(language) if isinstance(wrong, Refused) else str(wrong)
                await self._send(sender, [error(wrong.code, message)])
            await trio.lowlevel.checkpoint()

    async def _answer(self, said: Message, sender: Sender, *, shared: bool) -> None:
        """Raises WebError for what is not understood."""
        kind = said.get("type")
        if shared and kind in OTHERS:
            self._again = said
            self._scope.cancel()
            return
        match kind:
            case "ping":
                await sender.send(_PONG)
            case "pong":
                pass
            case "subscribe_task":
                await self._follow(_task_in(said), sender)
            case "unsubscribe_task":
                await self._let_go(None if said.get("task_id") is None else _task_in(said), sender)
            case _:
                known = "ping, subscribe_task, unsubscribe_task"
                raise WebError("invalid_request", f"the messages understood here are: {known}")

    async def _follow(self, task: str, sender: Sender) -> None:
        """From the first on, only those are told of that were asked for."""
        async with self._turn:
            published = self._visit.desk.published
            view = published.jobs.get(task)
            if view is None:
                raise task_not_found(task)
            # What was followed until now is told of up to here.
            await self._tell_news(sender)
            self._followed |= {task}
            await self._send(sender, [following("subscribed", task)])
            await self._tell_states(published, [view], sender)
            if self._has_tail(view) and (piece := await self._tail(view, sender)) is not None:
                await self._tell_piece(view, Position(piece.next), piece, sender)

    async def _let_go(self, task: str | None, sender: Sender) -> None:
        """Of that task; with the last of them, or without a name, all are followed again."""
        async with self._turn:
            await self._tell_news(sender)
            left = self._followed - {task} if task is not None else ALL
            widened = left != self._followed and not left
            self._followed = left
            await self._send(sender, [following("unsubscribed", task)])
            if widened:
                self._positions.again()
                self._more.fire()
                await self._begin(sender)

    async def _send(self, sender: Sender, frames: list[Frame]) -> None:
        await self._send_step(sender, encode(frames))

    async def _send_step(self, sender: Sender, step: Step | None) -> None:
        if step is not None:
            await sender.send(step)


def _task_in(said: Message) -> str:
    """Raises WebError."""
    task = said.get("task_id")
    if isinstance(task, str) and task:
        return task
    raise WebError("invalid_request", "task_id: must be the id of a task")
