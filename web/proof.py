"""Where a proof of who asks may stand: once, and in its header. Called by `web.door` for all.

A token in an address would be in histories, proxies' logs and Referers: it is not read, and whoever
sends one is told so instead of being let in by something else that is there. The sockets of other
systems are the exception: their front ends have it in `?token=`, and the address of a socket is in
no history. Two tokens, or two session ids, are two readings of one request: it is answered for
neither.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl

from state.text import holds_token
from web.errors import WebError

ONCE = (b"authorization", b"x-session-id")

_NAMES = frozenset(
    {"access_token", "auth", "auth_token", "authorization", "bearer", "id_token", "jwt", "token"}
)


# Of the sockets that take one from there.
TOKEN_ARGUMENT = "token"


def check_proof(
    values_of: Callable[[bytes], Sequence[str]], query: bytes, *, in_address: bool = False
) -> None:
    """`values_of` gives all values of a header; `in_address` allows a token as one argument of the
    address. Raises WebError (401)."""
    for name in ONCE:
        if len(values_of(name)) > 1:
            raise WebError("unauthorized", f"the header {name.decode()} is there more than once")
    if query and _holds_token(query.decode("latin-1"), TOKEN_ARGUMENT if in_address else None):
        raise WebError(
            "unauthorized",
            "a token is taken from the Authorization header alone: the one in this address has "
            "been seen by others, let it be replaced",
        )


def _holds_token(query: str, allowed: str | None) -> bool:
    # No `keep_blank_values`: `?token` alone gives nothing away. Whatever is odd is no token either.
    # A JWT is one whatever the parameter is called.
    return any(
        name.lower() in _NAMES or holds_token(value)
        for name, value in parse_qsl(query)
        if name != allowed
    )
