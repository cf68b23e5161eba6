"""The command `rotate-link`: a guest desk gets another address. Added by `nightdesk.cli.app`."""

from __future__ import annotations

import re
import sys
from typing import Annotated
from urllib.parse import urlsplit
from uuid import uuid4

from cyclopts import Parameter
from msgspec import Struct

from nightdesk.cli.reach import is_address, is_uuid, operators_key
from nightdesk.cli.terminal import clean, put, tell
from nightdesk.cli.usage import OrStdin, UsageError
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client import Client, Unreachable
from state.text import address_shown

_PAGE = re.compile(r"(.*)/s/([^/]+)(?:/jobs/[^/]+)?/?")


class _Meant(Struct, frozen=True):
    """The desk by its UUID, or by its key; and the server, where an address names one."""

    desk: str | None = None
    key: str | None = None
    url: str | None = None


class LinkCommand:
    """Knows the words."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def rotate_link(
        self,
        desk: Annotated[OrStdin, Parameter(name="DESK")],
        /,
        *,
        url: Annotated[str | None, Parameter(env_var="NIGHTDESK_URL")] = None,
        token: Annotated[
            str | None, Parameter(env_var="NIGHTDESK_TOKEN", show_default=False)
        ] = None,
        again: str | None = None,
    ) -> int:
        """Give a guest desk another address, at once, and print it. The old one opens nothing.

        Parameters
        ----------
        desk
            The desk's address or UUID; for the operator also its key (64 hex digits, the name of
            its file). user:NAME and local are desks too, but have no address to replace. - reads
            it from stdin, so that other users of the machine do not see it.
        url
            Address of the server (else that in DESK, else http://127.0.0.1:8400).
        token
            An operator's token: needed for a key, not used for an address.
        again
            What an earlier try told, whose answer was lost.
        """
        meant = self._meant(sys.stdin.readline().strip() if desk == "-" else desk)
        where = meant.url or url
        if where and not is_address(where):
            raise UsageError(self._words("bad_url", url=address_shown(where)))
        if meant.key is not None:
            if not token:
                raise UsageError(self._words("rotate-link.no_token"))
            with Client(where, token=token) as client:
                put(clean(client.rotate_link_of(meant.key).url))
        else:
            self._rotate(where, meant.desk, again or uuid4().hex)
        return EXIT_OK

    def _rotate(self, url: str | None, desk: str | None, key: str) -> None:
        with Client(url, desk=desk) as client:
            try:
                put(clean(client.rotate_link(idempotency_key=key).url))
            except Unreachable:
                tell(self._words("rotate-link.lost", again=key))
                raise

    def _meant(self, desk: str) -> _Meant:
        if (key := operators_key(desk)) is not None:
            return _Meant(key=key)
        if is_uuid(desk):
            return _Meant(desk=desk)
        page = _PAGE.fullmatch(_without_query(desk)) if is_address(desk) else None
        if page is None or not is_uuid(page[2]):
            # Not shown: it may be a desk's address with a slip in it.
            raise UsageError(self._words("rotate-link.no_desk"))
        return _Meant(desk=page[2], url=page[1])


def _without_query(address: str) -> str:
    place = urlsplit(address)
    return f"{place.scheme}://{place.netloc}{place.path}"
