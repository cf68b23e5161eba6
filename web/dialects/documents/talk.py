"""One socket of this dialect: takes subscriptions, and tells of the tasks that are followed.

It is nothing but the revision it has seen and what it follows. Made by `sockets` for each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import trio

from actors.messages import JobView, Published
from state.errors import JobFilesMissing
from web.dialects.documents.events import Frame, Telling, encode, frame, of_now, standing
from web.dialects.documents.feeds import DocumentFeeds
from web.dialects.documents.naming import is_task
from web.dialects.documents.refusals import task_not_found
from web.dialects.documents.selection import (
    ALL,
    BESIDES,
    BY_TEMPLATE,
    Asked,
    Selection,
    read_asked,
)
from web.dialects.languages import Language
from web.dialects.refused import Refused
from web.dialects.sockets import MESSAGE_DEPTH, MESSAGE_KEYS, Message
from web.errors import WebError
from web.sending import Sender, make_step
from web.sockets import Sockets
from web.visit import Visit

MAX_REVISION = 2**63


class Talk:
    """One socket. What it follows, and up to where it was told, moves in one turn at a time, so
    that nothing is told twice or in another order than it happened."""

    def __init__(
        self,
        sockets: Sockets,
        feeds: DocumentFeeds,
        visit: Visit,
        language: Language,
        interval_s: float,
    ) -> None:
        self._sockets = sockets
        self._feeds = feeds
        self._visit = visit
        self._language: Language = language
        self._interval_s = interval_s
        self._turn = trio.Lock()
        # Both written within a turn.
        self._selection = Selection()
        self._revision = visit.desk.published.revision

    # ------------------------------------------------------------------------- what happens

    async def push(self, sender: Sender) -> None:
        """Tell what is new, a few times a second."""
        pushed_at = -math.inf
        while True:
            await self._visit.desk.wait_newer(self._revision)
            await trio.sleep(max(0.0, pushed_at + self._interval_s - trio.current_time()))
            pushed_at = trio.current_time()
            async with self._turn:
                await self._catch_up(sender)

    async def _catch_up(self, sender: Sender) -> Published:
        """Everything that is new to the socket, told; returns what it knows then."""
        desk, after, selection = self._visit.desk, self._revision, self._selection
        published = desk.published
        step = self._feeds.step(desk, published, after, selection, self._language)
        if step is not None:
            await sender.send(step)
        moved = [
            view
            for task, view in published.jobs.items()
            if view.job.revision > after and BY_TEMPLATE in (selection.besides(task) or ())
        ]
        await self._tell_templates(moved, sender)
        self._revision = published.revision
        return published

    async def _tell_templates(self, views: Iterable[JobView], sender: Sender) -> None:
        for view in views:
            if not is_task(view.job):
                continue
            try:
                frames = await self._feeds.by_template(self._visit, view)
            except JobFilesMissing as error:
                frames = (self._complaint("FILES_DAMAGED", str(error), view.job.id),)
            except WebError:
                # It was deleted meanwhile: nobody need know how far it was.
                continue
            await self._send(sender, frames)

    # --------------------------------------------------------------------------- what is said

    async def listen(self, task: str, after: int | None, sender: Sender) -> None:
        """Greet, then answer what the client says."""
        followed = () if task == ALL else (task,)
        channels = [f"task:{each}" for each in followed]
        async with self._turn:
            await self._send(sender, [self._said("connected", task or None, channels)])
            if followed:
                await self._follow(Asked((), followed, BESIDES, named=False), after, sender)
        while True:
            try:
                said = await self._sockets.receive(max_depth=MESSAGE_DEPTH, max_keys=MESSAGE_KEYS)
                await self._answer(said, sender)
            except WebError as error:
                await self._send(sender, [self._complaint(*_told(error, self._language))])
            await trio.lowlevel.checkpoint()

    async def _answer(self, said: Message, sender: Sender) -> None:
        """Raises WebError for what is not understood."""
        match said.get("action", said.get("type")):
            case "subscribe":
                asked, after = read_asked(said), _after(said)
                async with self._turn:
                    # Before it is said that they are followed: there may be too many.
                    self._selection.with_more(asked)
                    await self._send(sender, [self._answer_to("subscribed", asked)])
                    await self._follow(asked, after, sender)
            case "unsubscribe":
                asked = read_asked(said)
                async with self._turn:
                    await self._catch_up(sender)
                    self._selection = self._selection.without(asked)
                    await self._send(sender, [self._answer_to("unsubscribed", asked)])
            case "ping":
                await self._send(sender, [self._said("pong", None, ())])
            case "pong":
                pass
            case _:
                known = "subscribe, unsubscribe, ping"
                raise WebError("invalid_request", f"the actions understood here are: {known}")

    async def _follow(self, asked: Asked, after: int | None, sender: Sender) -> None:
        """First what those who follow already are to be told, then how the tasks stand."""
        published = await self._catch_up(sender)
        self._selection = self._selection.with_more(asked)
        news = self._selection.only(asked.tasks)
        telling = self._telling()
        if after is None:
            await self._send(sender, standing(published, news, telling))
        else:
            step = self._feeds.step(self._visit.desk, published, after, news, self._language)
            if step is not None:
                await sender.send(step)
        if BY_TEMPLATE in asked.besides:
            await self._tell_templates(of_now(published, news, telling.now), sender)
        # An id may be wrong, or its task deleted: who waits for it would never know.
        for task in asked.tasks:
            if task != ALL and task not in published.jobs:
                told = _told(task_not_found(task), self._language)
                await self._send(sender, [self._complaint(*told, task)])

    # ------------------------------------------------------------------------------- frames

    def _telling(self) -> Telling:
        return self._feeds.telling(self._language)

    def _answer_to(self, kind: str, asked: Asked) -> Frame:
        task = asked.tasks[0] if len(asked.tasks) == 1 else ALL
        return self._said(kind, task or None, asked.channels)

    def _said(self, kind: str, task: str | None, channels: Iterable[str]) -> Frame:
        return frame(kind, task, self._telling().now, {}, channels=list(channels))

    def _complaint(self, code: str, message: str, task: str | None = None) -> Frame:
        """Something is wrong, and the socket goes on."""
        payload = {"fatal": False, "error": message, "code": code, "taskId": task}
        return frame("error", task, self._telling().now, payload)

    async def _send(self, sender: Sender, frames: Iterable[Frame]) -> None:
        if texts := encode(frames):
            await sender.send(make_step(texts))


def _told(error: WebError, language: Language) -> tuple[str, str]:
    """(the contract's code, why)."""
    if isinstance(error, Refused):
        return error.name, error.told(language)
    return "VALIDATION_ERROR", str(error)


def _after(said: Message) -> int | None:
    """The newest revision that the client knows of what it follows. Raises WebError."""
    after = said.get("after")
    if after is None or (type(after) is int and 0 <= after < MAX_REVISION):
        return after
    raise WebError("invalid_request", "after: must be a revision")
