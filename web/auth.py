"""Who is asking, and for which desk. The five rules of the design, in their order.

1. `Authorization: Bearer <JWT>`: the desk `user:<sub>`, and no other. Who signs it is this server
   or, where the operator trusts one, another issuer (`web.issuer`).
2. The desk named in the path: a guest desk's UUID (whoever knows it may use it), or `local`.
3. `X-Session-ID: <uuid>`.
4. The signed cookie that visiting `/s/<uuid>` sets.
5. The desk `local`, where it is on.

`me` in the path leaves the choice to the headers. Foreign and unknown are the same 404.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, Protocol

import trio
from itsdangerous import BadSignature, URLSafeSerializer
from msgspec import Struct

from actors.errors import NotFound
from actors.shared import SharedDesk
from state.views import desk_key, link_of
from web.deps import Desk, Desks
from web.errors import WebError, not_found
from web.ids import is_canonical, is_share
from web.issuer import Issuer
from web.keyring import Keyring
from web.rates import Rates
from web.tokens import bearer, verify

COOKIE = "nightdesk"
LOCAL = "local"
ME = "me"
# So much of a hash stands for somebody in what is written down.
WHO_CHARS = 16


class Headers(Protocol):
    """Request headers, looked up by lower-case name: a plain dict or Quart's own."""

    def get(self, key: str, /) -> str | None: ...


Means = Literal["token", "link", "session", "cookie", "local", "share"]


class Asker(Struct, frozen=True):
    """Who asks, by what proof, and so the desk a request speaks for.

    `may_create`: the desk is made at its owner's first use. `admin`: the operator's routes are open
    too, other users' desks are not. What was signed or is a share ends at `expires_at`, and with
    the key that has signed it, `key_id`. `session_id` is a capability: it is neither logged nor
    shown to anybody but its holder; `who` stands for it in what is.
    """

    session_id: str
    means: Means
    may_create: bool = False
    admin: bool = False
    expires_at: float = math.inf
    key_id: str | None = None

    @property
    def is_guest(self) -> bool:
        """Whether they have the desk by its link; its owner has it without one."""
        return self.means in ("link", "session", "cookie")

    @property
    def who(self) -> str:
        return desk_key(self.session_id)[:WHO_CHARS]


def guest(session_id: str, means: Means, key_id: str | None = None) -> Asker:
    """Whoever knows a guest desk's id, or has it in a cookie."""
    return Asker(session_id, means, key_id=key_id)


def _local() -> Asker:
    return Asker(LOCAL, "local", may_create=True)


class Auth:
    """Decides from headers and path alone; opening the desk is a step of its own."""

    def __init__(
        self,
        keyring: Keyring,
        *,
        local_desk: bool,
        desks: Desks,
        rates: Rates,
        now: Callable[[], float],
        issuer: Issuer | None = None,
    ) -> None:
        self._keyring = keyring
        self._issuer = issuer
        self._local_desk = local_desk
        self._desks = desks
        self._rates = rates
        self._now = now

    @property
    def now(self) -> float:
        """The wall clock."""
        return self._now()

    def identify(self, desk: str, headers: Headers, cookie: str | None) -> Asker:
        """Raises WebError (401 or 404)."""
        authorization = headers.get("authorization")
        if authorization is not None:
            asker = self._from_token(authorization)
            if desk != ME:
                raise not_found()
            return asker
        if desk == ME:
            return self._from_headers(headers, cookie)
        return self.by_link(desk)

    def by_link(self, desk: str) -> Asker:
        """Whoever knows the id in a path, whatever the headers say. Raises WebError (404)."""
        if is_canonical(desk):
            return guest(desk, "link")
        if desk == LOCAL and self._local_desk:
            return _local()
        raise not_found()

    def operator(self, headers: Headers) -> Asker:
        """The bearer of an admin token. Raises WebError: 401 without a token, 404 for a user's."""
        authorization = headers.get("authorization")
        if authorization is None:
            raise WebError("unauthorized", "nobody is asking: the token of an operator is needed")
        asker = self._from_token(authorization)
        if not asker.admin:
            raise not_found()
        return asker

    async def open(self, asker: Asker, client: str) -> Desk:
        """The asker's desk. An unknown guest id stays unknown; owners' desks are made durably.

        `client` is the address that asks: its misses are counted.
        """
        try:
            return await self.find(asker)
        except NotFound:
            if not asker.may_create:
                self._rates.missed(client)
                raise not_found() from None
        return await self._desks.create(desk_key(asker.session_id), guest=False)

    async def find(self, asker: Asker) -> Desk:
        """The asker's desk where it exists already. Raises NotFound or DeskUnavailable."""
        if asker.is_guest:
            return await self._desks.find_linked(link_of(asker.session_id))
        return await self._desks.find(desk_key(asker.session_id))

    async def open_share(self, token: str, client: str) -> tuple[Asker, SharedDesk]:
        """Whoever knows the token of a share link, and what it shows. Raises WebError (404), which
        is counted as that of an unknown desk is, or DeskUnavailable."""
        try:
            if is_share(token):
                desk = await self._desks.find_shared(link_of(token))
                asker = Asker(token, "share", expires_at=desk.share.expires_at)
                self.check(asker)
                return asker, desk
        except (NotFound, WebError):
            pass
        self._rates.missed(client)
        raise not_found()

    def sign(self, session_id: str) -> str:
        """The cookie's value for a guest desk."""
        signed = _cookies(self._keyring.accepted()[0].secret).dumps(session_id)
        return signed if isinstance(signed, str) else signed.decode()

    def unsign(self, cookie: str | None) -> Asker | None:
        """Whose guest desk a cookie names; None for anything that we did not sign."""
        if cookie is None:
            return None
        for key in self._keyring.accepted():
            try:
                value = _cookies(key.secret).loads(cookie)
            except BadSignature:
                continue
            if isinstance(value, str) and is_canonical(value):
                return guest(value, "cookie", key.id)
        return None

    def check(self, asker: Asker) -> None:
        """Raises WebError (401, of a share link 404) where what the asker has shown opens nothing
        any more."""
        if asker.means == "share" and self._now() >= asker.expires_at:
            raise not_found()
        keys = {key.id for key in self._keyring.accepted()}
        holds = asker.key_id in keys or self._is_outside(asker)
        if asker.key_id is not None and not (holds and self._now() < asker.expires_at):
            raise WebError("unauthorized", "what was shown has ended meanwhile")

    async def wait_over(self, asker: Asker) -> None:
        """Return when what the asker has shown opens nothing any more. A link never ends so."""
        while (left_s := self._ends_at(asker) - self._now()) > 0:
            with trio.move_on_after(left_s):
                await self._keyring.changed.wait()

    def _ends_at(self, asker: Asker) -> float:
        if asker.key_id is None:
            return asker.expires_at
        if self._is_outside(asker):
            return asker.expires_at
        return min(asker.expires_at, self._keyring.ends_at(asker.key_id))

    def _is_outside(self, asker: Asker) -> bool:
        """Whether another issuer has signed: its key holds for as long as the server runs."""
        return self._issuer is not None and asker.key_id == self._issuer.id

    def _from_headers(self, headers: Headers, cookie: str | None) -> Asker:
        session = headers.get("x-session-id")
        if session is not None:
            if not is_canonical(session):
                raise WebError("unauthorized", "X-Session-ID is not a desk's UUID")
            return guest(session, "session")
        visitor = self.unsign(cookie)
        if visitor is not None:
            return visitor
        if self._local_desk:
            return _local()
        raise WebError("unauthorized", "nobody is asking: no token, no session, no cookie")

    def _from_token(self, authorization: str) -> Asker:
        token = bearer(authorization)
        claims = verify(token, self._keyring.accepted(), self._now(), self._issuer)
        return Asker(
            f"user:{claims.user}",
            "token",
            may_create=True,
            admin=claims.admin,
            expires_at=claims.expires_at,
            key_id=claims.key_id,
        )


def _cookies(secret: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="nightdesk-cookie")
