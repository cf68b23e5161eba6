"""What the head of every answer has, whoever makes it: the door, or the connection under it."""

from __future__ import annotations

from msgspec import Struct

from web.errors import JSON_TYPE, Told, WebError, answer_of

Headers = list[tuple[bytes, bytes]]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
# Nobody who opens the page gets hold of its window; the page keeps hold of windows that it opens
# itself, or a tab that is a worker could not lead the one it uses again to the next address.
_OPENER = b"same-origin-allow-popups"
_SECURITY: Headers = [
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"cross-origin-opener-policy", _OPENER),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_NO_STORE = (b"cache-control", b"no-store")
# A script or a style sheet is no document: nothing of it is shown in a window, a frame (which the
# policy forbids it, too) or a search. A hundred of them come with a first visit of the page.
_PARTS = (b"text/javascript", b"text/css")
_OF_DOCUMENTS = frozenset({b"x-frame-options", b"x-robots-tag", b"cross-origin-opener-policy"})
_SECURITY_OF_PARTS = [one for one in _SECURITY if one[0] not in _OF_DOCUMENTS]


class Refusal(Struct, frozen=True):
    """A whole answer that says no."""

    status: int
    headers: Headers
    body: bytes


def secured(headers: Headers) -> Headers:
    """Those headers, and the ones that browsers are to obey in any answer of ours, unless it has
    its own: a picture is shown by pages of other ports, and can do even less."""
    own = dict(headers)
    is_part = own.get(b"content-type", b"").startswith(_PARTS)
    wanted = _SECURITY_OF_PARTS if is_part else _SECURITY
    return [*headers, *(one for one in (*wanted, _NO_STORE) if one[0] not in own)]


def refusal(error: WebError, *, closes: bool, told: Told | None = None) -> Refusal:
    """`closes`: the connection ends with it. `told` is the error in another shape than ours."""
    answer = answer_of(error)
    told = told or answer.told()
    headers = [
        (b"content-type", JSON_TYPE.encode()),
        (b"content-length", str(len(told.body)).encode()),
    ]
    if answer.retry_after_s is not None:
        headers.append((b"retry-after", str(answer.retry_after_s).encode()))
    if answer.code == "unauthorized":
        headers.append((b"www-authenticate", b"Bearer"))
    if closes:
        headers.append((b"connection", b"close"))
    return Refusal(told.status, headers, told.body)
