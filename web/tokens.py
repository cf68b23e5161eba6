"""What a Bearer token must be: one compact JWT, with typed claims within sane times.

By HS256 and a key of this server, or by the key and algorithm of an issuer that the operator trusts
(`web.issuer`), who names users and no operators. The header says nothing that we believe: it must
be that of such a token, and that is all. Which key has signed is found by trying the few there are,
not by a `kid`. Used by `web.auth`.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterable
from typing import Any

import jwt
from msgspec import Struct

from state.users import MAX_USER_CHARS, is_user
from web.errors import WebError
from web.issuer import Issuer
from web.keyring import Key
from web.strict_json import InvalidJson, loads

MAX_TOKEN_CHARS = 8 * 1024
MAX_CLOCK_SKEW_S = 60
# A token that outlives this is a mistake (or milliseconds): it is refused.
MAX_TOKEN_LIFE_S = 3660 * 86_400

_MAX_DEPTH = 8
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
# `crit` names extensions that must be understood, and we know none; `b64` is one; with `zip` or
# `enc` the payload is not what it seems.
_FOREIGN_HEADERS = frozenset({"crit", "b64", "zip", "enc"})
_USER_FORM = f"1 to {MAX_USER_CHARS} printable characters"
_ALGORITHM = "HS256"
_HS256 = jwt.get_algorithm_by_name(_ALGORITHM)


class Claims(Struct, frozen=True):
    """What a valid token says, and which key has signed it."""

    user: str
    admin: bool
    expires_at: float
    key_id: str


def bearer(authorization: str) -> str:
    """The token of an `Authorization` header. Raises WebError (401)."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not 1 <= len(token) <= MAX_TOKEN_CHARS:
        raise _refused("Authorization must be: Bearer <token>")
    return token


def verify(token: str, keys: Iterable[Key], now: float, issuer: Issuer | None = None) -> Claims:
    """Raises WebError (401). Of what is signed by none of the keys nothing but its size is told."""
    parts = _COMPACT.fullmatch(token)
    if parts is None:
        raise _refused("the token is not valid")
    header, payload, signature = (_decoded(part) for part in parts.groups())
    algorithm = _algorithm(_object(header))
    signed = token.rpartition(".")[0].encode("ascii")
    if algorithm == _ALGORITHM:
        for key in keys:
            if _HS256.verify(signed, key.secret, signature):
                return _claims(_object(payload), key.id, now)
    known = issuer is not None and algorithm == issuer.algorithm
    if issuer is None or not known or not issuer.has_signed(signed, signature):
        raise _refused("the token is not valid")
    return _outside_claims(_object(payload), issuer, now)


def _algorithm(header: dict[str, Any]) -> Any:
    """What the header says, for whoever has one algorithm to compare it with."""
    kind = header.get("typ", "JWT")
    known = isinstance(kind, str) and kind.upper() == "JWT"
    if not known or _FOREIGN_HEADERS & header.keys():
        raise _refused("the token is not valid")
    return header.get("alg")


def _claims(claims: dict[str, Any], key_id: str, now: float) -> Claims:
    user, admin = claims.get("sub"), claims.get("admin", False)
    expires, issued, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    latest = now + MAX_CLOCK_SKEW_S
    if not isinstance(user, str) or not is_user(user):
        raise _refused(f"the token's sub must be {_USER_FORM}")
    if type(expires) is not int or not now < expires <= now + MAX_TOKEN_LIFE_S:
        raise _refused("the token has expired or its exp is out of range")
    if type(issued) is not int or not 0 <= issued <= min(latest, expires):
        raise _refused("the token's iat is not a time that has passed")
    if type(begins) is not int or not 0 <= begins <= latest:
        raise _refused("the token is not valid yet")
    if type(admin) is not bool:
        raise _refused("the token's admin must be true or false")
    if "aud" in claims:
        raise _refused("the token is for another server: it has an aud")
    return Claims(user, admin, float(expires), key_id)


def _outside_claims(claims: dict[str, Any], issuer: Issuer, now: float) -> Claims:
    """Of an issuer that is not this server: whatever else it says, it makes nobody an operator."""
    if claims.get("iss", "") != issuer.name or ("iss" in claims) is not bool(issuer.name):
        raise _refused("the token's iss is not the issuer that is trusted here")
    if not _is_for(claims, issuer.audience):
        raise _refused("the token is for another server: its aud is not this one's")
    expires, latest = _time(claims, "exp", -math.inf), now + MAX_CLOCK_SKEW_S
    if not now < expires <= now + MAX_TOKEN_LIFE_S:
        raise _refused("the token has expired or its exp is out of range")
    if not (0 <= _time(claims, "iat", 0) <= latest and 0 <= _time(claims, "nbf", 0) <= latest):
        raise _refused("the token is not valid yet")
    return Claims(_outside_user(claims), False, expires, issuer.id)


def _is_for(claims: dict[str, Any], audience: str) -> bool:
    if not audience:
        return "aud" not in claims
    named = claims.get("aud")
    return audience in (named if isinstance(named, list) else [named])


def _time(claims: dict[str, Any], name: str, default: float) -> float:
    """Others write fractions of seconds too (RFC 7519, 2). What is no number is no time at all."""
    value = claims.get(name, default)
    return float(value) if type(value) in (int, float) else math.nan


def _outside_user(claims: dict[str, Any]) -> str:
    """`sub`, or `user_id`, which may be a number; where both are there they name the same one."""
    users = [_user_text(claims[name]) for name in ("sub", "user_id") if name in claims]
    if len(set(users)) != 1 or not is_user(users[0]):
        raise _refused(f"the token must name its user in sub or user_id, {_USER_FORM}")
    return users[0]


def _user_text(value: Any) -> str:
    if type(value) is int:
        return str(value)
    return value if isinstance(value, str) else ""


def _decoded(part: str) -> bytes:
    """One spelling for one token: the last character has bits that decoding does not look at."""
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        raise _refused("the token is not valid") from None
    if base64.urlsafe_b64encode(data).rstrip(b"=") != part.encode("ascii"):
        raise _refused("the token is not valid")
    return data


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = loads(data, max_depth=_MAX_DEPTH)
    except InvalidJson:
        raise _refused("the token is not valid") from None
    if not isinstance(value, dict):
        raise _refused("the token is not valid")
    return value


def _refused(message: str) -> WebError:
    return WebError("unauthorized", message)
