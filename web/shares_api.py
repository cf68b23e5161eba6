"""Share links over REST: made, listed and ended by who has the desk. The wire is
docs/native-api.md; what a link shows is for each route to declare (`web.access.Shared`).
"""

from __future__ import annotations

import secrets
import time

from msgspec import Struct
from quart import Response

from actors.errors import NoLink
from actors.rules.shares import MAX_SHARES, share_of
from actors.shares import EndShare, MakeShare
from state.shares import Share
from state.views import link_of
from web import ids, qr
from web.access import Access, Shared
from web.checked import checked_body
from web.deps import WebDeps
from web.desk_api import DESK
from web.http import desk_url, empty_body, json_answer, share_url
from web.routes import Handler, Route
from web.share_schemas import (
    MeAnswer,
    QrAnswer,
    ShareBody,
    SharedView,
    ShareEnded,
    ShareEntry,
    ShareMade,
    SharesAnswer,
)
from web.threads import Threads
from web.views import wire_time
from web.visit import Visit

SHARES = f"{DESK}/shares"

_ID_BYTES = 6
_REFUSALS = ("limit_reached", "mailbox_full", "storage_unavailable", "storage_full")


class SharesApi:
    """Handlers of share links. They hold no state of their own."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._settings = deps.settings
        self._threads = threads
        self._now = deps.now

    def routes(self) -> list[Route]:
        wrong = ("invalid_json", "invalid_request", "body_too_large", "unsupported_media_type")
        return [
            _get(SHARES, "list_shares", self.read, "Who else may look", SharesAnswer),
            Route(
                method="POST",
                rule=SHARES,
                name="make_share",
                access=Access.DESK,
                handler=self.make,
                summary="Let others look, by a link that changes nothing and ends by itself",
                body=ShareBody,
                answer=ShareMade,
                status=201,
                errors=(*wrong, *_REFUSALS),
            ),
            Route(
                method="DELETE",
                rule=f"{SHARES}/<share>",
                name="end_share",
                access=Access.DESK,
                handler=self.end,
                summary="Let a share link open nothing any more, at once",
                answer=ShareEnded,
                errors=("not_found", "mailbox_full", "storage_unavailable"),
            ),
            Route(
                method="POST",
                rule=f"{DESK}/qr",
                name="get_qr",
                asks=True,
                access=Access.DESK,
                handler=self.code,
                summary="The address of the desk's page as a QR code",
                answer=QrAnswer,
                errors=("no_link",),
            ),
            _get(f"{DESK}/me", "get_me", self.me, "Who asks", MeAnswer, Shared.VIEW),
        ]

    async def read(self, visit: Visit) -> Response:
        now = self._now()
        held = [share for share in visit.desk.published.shares if now < share.expires_at]
        return json_answer(SharesAnswer([_entry(share) for share in held], MAX_SHARES))

    async def make(self, visit: Visit) -> Response:
        wanted = await checked_body(ShareBody, self._settings, self._threads)
        if wanted.job is not None:
            visit.view(wanted.job)
        token, now = ids.mint_share(), self._now()
        share = Share(
            id=secrets.token_hex(_ID_BYTES),
            name=wanted.name.strip(),
            link=link_of(token),
            job=wanted.job,
            files=wanted.files,
            made_at=now,
            expires_at=now + wanted.ttl_s,
        )
        reply = await visit.ask(MakeShare(share))
        url = share_url(token)
        made = ShareMade(_entry(share), token, url, qr.svg(url), reply.revision, durable=True)
        return json_answer(made, 201)

    async def end(self, visit: Visit, share: str) -> Response:
        await empty_body(self._settings.max_json_depth)
        share_of(visit.desk.published.shares, share)
        reply = await visit.ask(EndShare(share))
        return json_answer(ShareEnded(share, reply.revision, durable=True))

    async def code(self, visit: Visit) -> Response:
        await empty_body(self._settings.max_json_depth)
        asker = visit.asker
        if not (asker.is_guest or asker.means == "local"):
            raise NoLink("this desk has no address: it is opened in another way")
        url = desk_url(asker.session_id)
        return json_answer(QrAnswer(url, qr.svg(url)))

    async def me(self, visit: Visit) -> Response:
        share = visit.share
        view = None if share is None else _view(share)
        return json_answer(MeAnswer(visit.asker.means, view))


def _get(
    rule: str,
    name: str,
    handler: Handler,
    summary: str,
    answer: type[Struct],
    shared: Shared = Shared.NO,
) -> Route:
    return Route(
        method="GET",
        rule=rule,
        name=name,
        access=Access.DESK,
        shared=shared,
        handler=handler,
        summary=summary,
        answer=answer,
    )


def _entry(share: Share) -> ShareEntry:
    return ShareEntry(
        id=share.id,
        name=share.name,
        job=share.job,
        files=share.files,
        made_at=wire_time(share.made_at),
        expires_at=wire_time(share.expires_at),
        used_on=None if share.used_at is None else _day(share.used_at),
    )


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at))


def _view(share: Share) -> SharedView:
    return SharedView(share.name, share.job, share.files, wire_time(share.expires_at))
