"""How a command reaches its desk and its job: the options that all client commands share."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from cyclopts import Parameter

from nightdesk.cli.terminal import tell
from nightdesk.cli.usage import UsageError
from nightdesk.cli.words import Words
from nightdesk.client import Client, Job
from state.desks import is_key
from state.text import address_shown
from state.users import is_user
from state.views import desk_key


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Server, desk and who is asking."""

    url: Annotated[str | None, Parameter(env_var="NIGHTDESK_URL")] = None
    """Address of the server (else http://127.0.0.1:8400)."""
    desk: Annotated[str | None, Parameter(env_var="NIGHTDESK_DESK")] = None
    """The desk's UUID (else `local`, or the desk of the token)."""
    token: Annotated[str | None, Parameter(env_var="NIGHTDESK_TOKEN", show_default=False)] = None
    """A token of `nightdesk token`."""
    json: Annotated[bool, Parameter(negative="")] = False
    """JSON for programs instead of text for people."""

    def client(self, words: Words) -> Client:
        """Raises UsageError where the address is none."""
        if self.url and not is_address(self.url):
            raise UsageError(words("bad_url", url=address_shown(self.url)))
        return Client(self.url, desk=self.desk, token=self.token)

    def tell_page(self, client: Client, job_id: str, words: Words) -> None:
        """Where the job is to be seen, for people. A guest desk's address is its key: it is shown
        on a terminal and is not written into a log."""
        url = client.page_url(job_id)
        if url is None or self.json or not (self.desk in (None, "local") or sys.stderr.isatty()):
            return
        tell(words("page", url=url))


At = Annotated[Reach, Parameter(name="*")]


def find_job(client: Client, wanted: str, words: Words) -> Job:
    """The job of that id, unique beginning of an id, or `last`. Raises UsageError, NotFound."""
    if is_uuid(wanted):
        return client.job(wanted)
    if wanted == "last":
        found = next(client.jobs(), None)
        if found is None:
            raise UsageError(words("no_jobs"))
        return found
    fitting = [job for job in client.jobs() if job.id.startswith(wanted.lower())]
    if len(fitting) > 1:
        raise UsageError(words("ambiguous", job=wanted, count=len(fitting)))
    if not fitting:
        raise UsageError(words("no_such_job", job=wanted))
    return fitting[0]


def is_address(url: str) -> bool:
    try:
        place = urlsplit(url)
        return place.scheme in ("http", "https") and bool(place.hostname) and place.port != 0
    except ValueError:
        return False


def operators_key(desk: str) -> str | None:
    """The key of a desk as an operator may name it: the key itself, `user:NAME` or `local`. A
    guest's desk has no name besides its key and its address, which is the guest's."""
    if is_key(desk):
        return desk
    kind, _, user = desk.partition(":")
    if desk == "local" or (kind == "user" and is_user(user)):
        return desk_key(desk)
    return None


def is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
