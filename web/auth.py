"""Who is asking, and for which desk. The five rules of the design, in their order.

1. `Authorization: Bearer <JWT>`: the desk `user:<sub>`, and no other.
2. The desk named in the path: a guest desk's UUID (whoever knows it may use it), or `local`.
3. `X-Session-ID: <uuid>`.
4. The signed cookie that visiting `/s/<uuid>` sets.
5. The desk `local`, where it is on.

`me` in the path leaves the choice to the headers. Foreign and unknown are the same 404.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

import jwt
from itsdangerous import BadSignature, URLSafeSerializer
from msgspec import Struct

from actors.errors import NotFound
from actors.ports import DeskKey
from state.views import desk_key
from web.deps import Desk, Desks
from web.errors import WebError, not_found
from web.ids import is_canonical
from web.rates import Rates

COOKIE = "nightdesk"
LOCAL = "local"
ME = "me"
# So much of a hash stands for somebody in what is written down.
WHO_CHARS = 16

MAX_TOKEN_CHARS = 8 * 1024
MAX_SUBJECT_CHARS = 200
MAX_CLOCK_SKEW_S = 60
# A token that outlives this is a mistake (or milliseconds): it is refused.
MAX_TOKEN_LIFE_S = 3660 * 86_400


class Headers(Protocol):
    """Request headers, looked up by lower-case name: a plain dict or Quart's own."""

    def get(self, key: str, /) -> str | None: ...


Means = Literal["token", "link", "session", "cookie", "local"]


class Asker(Struct, frozen=True):
    """Who asks, by what proof, and so the desk a request speaks for.

    `may_create`: the desk is made at its owner's first use. `admin`: the operator's routes are open
    too, other users' desks are not. `session_id` is a capability: it is neither logged nor shown to
    anybody but its holder; `who` stands for it in what is.
    """

    session_id: str
    means: Means
    may_create: bool = False
    admin: bool = False
    expires_at: float | None = None

    @property
    def key(self) -> DeskKey:
        return desk_key(self.session_id)

    @property
    def who(self) -> str:
        return self.key[:WHO_CHARS]


def guest(session_id: str, means: Means) -> Asker:
    """Whoever knows a guest desk's id."""
    return Asker(session_id, means)


def _local() -> Asker:
    return Asker(LOCAL, "local", may_create=True)


class Auth:
    """Decides from headers and path alone; opening the desk is a step of its own."""

    def __init__(
        self,
        secret: bytes,
        *,
        local_desk: bool,
        desks: Desks,
        rates: Rates,
        now: Callable[[], float],
    ) -> None:
        if len(secret) < 32:
            raise ValueError("the secret that signs tokens must have at least 32 bytes")
        self._secret = secret
        self._local_desk = local_desk
        self._desks = desks
        self._rates = rates
        self._now = now
        self._cookies = URLSafeSerializer(secret, salt="nightdesk-cookie")

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
        return await self._desks.create(asker.key)

    async def find(self, asker: Asker) -> Desk:
        """The asker's desk where it exists already. Raises NotFound or DeskUnavailable."""
        return await self._desks.find(asker.key)

    def sign(self, session_id: str) -> str:
        """The cookie's value for a guest desk."""
        signed = self._cookies.dumps(session_id)
        return signed if isinstance(signed, str) else signed.decode()

    def unsign(self, cookie: str | None) -> str | None:
        """The guest desk that a cookie names; None for anything that we did not sign."""
        if cookie is None:
            return None
        try:
            value = self._cookies.loads(cookie)
        except BadSignature:
            return None
        return value if isinstance(value, str) and is_canonical(value) else None

    def _from_headers(self, headers: Headers, cookie: str | None) -> Asker:
        session = headers.get("x-session-id")
        if session is not None:
            if not is_canonical(session):
                raise WebError("unauthorized", "X-Session-ID is not a desk's UUID")
            return guest(session, "session")
        desk_id = self.unsign(cookie)
        if desk_id is not None:
            return guest(desk_id, "cookie")
        if self._local_desk:
            return _local()
        raise WebError("unauthorized", "nobody is asking: no token, no session, no cookie")

    def _from_token(self, authorization: str) -> Asker:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN_CHARS:
            raise WebError("unauthorized", "Authorization must be: Bearer <token>")
        claims = self._verified(token)
        subject, expires, issued = claims.get("sub"), claims.get("exp"), claims.get("iat")
        admin = claims.get("admin", False)
        now = self._now()
        if not _is_subject(subject):
            raise WebError("unauthorized", "the token's sub must be 1 to 200 printable characters")
        if type(expires) is not int or not now < expires <= now + MAX_TOKEN_LIFE_S:
            raise WebError("unauthorized", "the token has expired or its exp is out of range")
        if type(issued) is not int or issued > now + MAX_CLOCK_SKEW_S:
            raise WebError("unauthorized", "the token's iat is not a time that has passed")
        if not isinstance(admin, bool):
            raise WebError("unauthorized", "the token's admin must be true or false")
        return Asker(f"user:{subject}", "token", True, admin, float(expires))

    def _verified(self, token: str) -> dict[str, object]:
        # Times are checked above, by our own clock and by type: PyJWT takes "9e18" for a time.
        options = {"require": ["exp", "iat", "sub"], "verify_exp": False, "verify_iat": False}
        options |= {"verify_sub": False, "verify_nbf": False, "verify_aud": False}
        try:
            claims: dict[str, object] = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                options=options,  # type: ignore[arg-type]
            )
        except jwt.InvalidTokenError:
            raise WebError("unauthorized", "the token is not valid") from None
        self._check_not_before(claims)
        return claims

    def _check_not_before(self, claims: dict[str, object]) -> None:
        not_before = claims.get("nbf")
        if not_before is None:
            return
        if type(not_before) is not int or not_before > self._now() + MAX_CLOCK_SKEW_S:
            raise WebError("unauthorized", "the token is not valid yet")


def _is_subject(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= MAX_SUBJECT_CHARS and value.isprintable()
