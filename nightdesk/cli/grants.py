"""`nightdesk grant` and `nightdesk plan`: what an operator gives a desk. Added by
`nightdesk.cli.app`.

A running server does it. Whoever may read its data folder is an operator: without a token, one is
signed from there for the purpose.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import uuid4

from cyclopts import Parameter
from msgspec import Struct

from nightdesk.cli.reach import is_address, operators_key
from nightdesk.cli.terminal import clean, put, tell
from nightdesk.cli.tokens import signed
from nightdesk.cli.usage import UsageError
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client import Client, Unreachable
from nightdesk.client.errors import NotRunning
from state.desks import is_key
from state.text import address_shown
from state.users import LOCAL, is_own_desk

# Who the audit log of the desk says it was, by a hash; and how long that token is good.
_OPERATOR = "operator"
_LIFE_S = 60

_User = Annotated[str, Parameter(name="USER")]
_Url = Annotated[str | None, Parameter(env_var="NIGHTDESK_URL")]
_Token = Annotated[str | None, Parameter(env_var="NIGHTDESK_TOKEN", show_default=False)]
_DATA = Path("data")


class _Meant(Struct, frozen=True):
    """A desk by its key, and by its name where it has one: then it can be made."""

    key: str
    name: str


class GrantCommands:
    """The commands, in one language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def grant(
        self,
        user: _User,
        amount: Annotated[int, Parameter(name="N")],
        /,
        *,
        note: str = "",
        key: str | None = None,
        url: _Url = None,
        token: _Token = None,
        data: Path = _DATA,
    ) -> int:
        """Add to the tokens of a desk.

        Parameters
        ----------
        user
            A user's name, local, or the key of a desk (64 hex digits, the name of its file).
        amount
            How many tokens.
        note
            What the ledger is to say of it.
        key
            What an earlier try told, whose answer was lost: a grant is made once for its key.
        url
            Address of the server (else http://127.0.0.1:8400).
        token
            An operator's token (else one is signed from --data).
        data
            The server's data folder.
        """
        meant = self._meant(user)
        once = key or uuid4().hex
        with self._client(url, token, data) as client:
            try:
                done = client.grant_to(meant.key, amount, key=once, note=note, name=meant.name)
            except NotRunning:
                raise  # nobody has heard of it
            except Unreachable:
                tell(self._words("grant.lost", again=clean(once)))
                raise
        said = "grant.again" if done.replayed else "grant.done"
        put(self._words(said, user=clean(user), amount=amount, balance=done.balance))
        return EXIT_OK

    def plan(
        self,
        user: _User,
        name: Annotated[str, Parameter(name="NAME")],
        /,
        *,
        url: _Url = None,
        token: _Token = None,
        data: Path = _DATA,
    ) -> int:
        """Let the limits of a plan hold for a desk.

        Parameters
        ----------
        user
            A user's name, local, or the key of a desk (64 hex digits, the name of its file).
        name
            A plan of the server's tariff; "" for the default one.
        url
            Address of the server (else http://127.0.0.1:8400).
        token
            An operator's token (else one is signed from --data).
        data
            The server's data folder.
        """
        meant = self._meant(user)
        with self._client(url, token, data) as client:
            done = client.set_plan_of(meant.key, name, name=meant.name)
        put(self._words("plan.done", user=clean(user), plan=clean(done.plan) or "-"))
        return EXIT_OK

    def _meant(self, user: str) -> _Meant:
        if is_key(user):
            return _Meant(user, "")
        name = user if user == LOCAL or user.startswith("user:") else f"user:{user}"
        key = operators_key(name) if is_own_desk(name) else None
        if key is None:
            raise UsageError(self._words("grant.no_user"))
        return _Meant(key, name)

    def _client(self, url: str | None, token: str | None, data: Path) -> Client:
        if url and not is_address(url):
            raise UsageError(self._words("bad_url", url=address_shown(url)))
        shown = token or signed(self._words, data, _OPERATOR, _LIFE_S, admin=True)
        return Client(url, token=shown)
