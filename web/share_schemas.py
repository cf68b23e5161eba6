"""Share links on the wire of the native API. OpenAPI is generated from these."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from web.schemas import Count, Time

MIN_TTL_S = 3_600
MAX_TTL_S = 90 * 86_400
USUAL_TTL_S = 7 * 86_400
MAX_NAME_CHARS = 100


class ShareBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A new share link: of one job, or of all jobs that there are at any time (null); with `files`
    also of what they have made. It opens nothing any more after `ttl_s` seconds."""

    name: Annotated[str, Meta(max_length=MAX_NAME_CHARS)] = ""
    job: str | None = None
    files: bool = False
    ttl_s: Annotated[int, Meta(ge=MIN_TTL_S, le=MAX_TTL_S)] = USUAL_TTL_S


class ShareEntry(Struct, frozen=True):
    """A share link. `used_on` is the day on which it was last used, null where it never was; what
    opens it is told once, when it is made."""

    id: str
    name: str
    job: str | None
    files: bool
    made_at: Time
    expires_at: Time
    used_on: str | None


class SharesAnswer(Struct, frozen=True):
    """The share links of the desk that open something, oldest first."""

    shares: list[ShareEntry]
    limit: Count


class ShareMade(Struct, frozen=True):
    """The new share link, and the only time that its address is told: as an address, and as a QR
    code (SVG)."""

    share: ShareEntry
    token: str
    url: str
    qr: str
    revision: Count
    durable: bool


class ShareEnded(Struct, frozen=True):
    """The link opens nothing any more."""

    ended: str
    revision: Count
    durable: bool


class QrAnswer(Struct, frozen=True):
    """The address of the desk's page as a QR code (SVG). Whoever sees it has the desk."""

    url: str
    qr: str


class SharedView(Struct, frozen=True):
    """What a share link shows, as whoever has it is told."""

    name: str
    job: str | None
    files: bool
    expires_at: Time


class MeAnswer(Struct, frozen=True):
    """Who asks, as far as a page has to know: by what means they have this desk; `share` says what
    they may look at where that is all they may, and is null for whoever has the desk itself."""

    means: str
    share: SharedView | None
