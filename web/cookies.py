"""The cookie that brings a browser back to its guest desk. Set by the page and by a new link."""

from __future__ import annotations

from quart import Response, request

from web.auth import COOKIE

_COOKIE_LIFE_S = 400 * 86_400  # browsers keep none for longer


def set_cookie(response: Response, value: str) -> None:
    """`value` is signed already (`Auth.sign`)."""
    response.set_cookie(
        COOKIE,
        value,
        max_age=_COOKIE_LIFE_S,
        httponly=True,
        samesite="Lax",
        # The scheme that the browser sees: the door has asked the proxy, where there is one.
        secure=request.scheme == "https",
    )
