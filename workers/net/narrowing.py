"""What lists of domains leave of where connections may go: deny wins, and a list that allows
anything allows nothing else. Pure; `workers.net.policy` asks for targets, each hop, and proxies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from actors.ports import EgressRefused
from executors.domains import DomainList
from state.model import EgressLists
from workers.net.addresses import IPAddress, forms_of, parse_address


class Whose(Struct, frozen=True):
    """Who has made the lists, as refusals say it, and how each of them is changed."""

    name: str
    how_denied: str
    how_allowed: str


_AT_THE_DESK = "it may be changed with nightdesk egress, or under Domains on the page"
THIS_DESK = Whose("this desk", _AT_THE_DESK, _AT_THE_DESK)
THIS_SERVER = Whose(
    "this server",
    "the operator may change it with --deny-domain",
    "the operator may change it with --allow-domain",
)


class Narrowing:
    """Two lists and whose they are. False where both are empty. `ours` are addresses of the
    server's own sites: a list that allows something need not name them. `key` names the lists'
    content. Never changed."""

    def __init__(self, whose: Whose, lists: EgressLists, ours: Iterable[IPAddress] = ()) -> None:
        self._whose = whose
        self._ours = frozenset(ours)
        self._allow = DomainList(lists.allow)
        self._deny = DomainList(lists.deny)
        self.key = hashlib.sha256(msgspec.json.encode(lists)).hexdigest() if self else ""

    def __bool__(self) -> bool:
        return bool(self._allow or self._deny)

    def check_name(self, host: str) -> None:
        """Refuse what is decided before the name is looked up. Raises EgressRefused."""
        if (address := parse_address(host)) is not None:
            self.check_addresses(host, (address,))
        elif self._deny.has_name(host):
            raise self._denied(host)
        elif self._allow and not self._allow.networks and not self._allow.has_name(host):
            raise self._not_allowed(host)

    def check_addresses(self, host: str, addresses: Sequence[IPAddress]) -> None:
        """Refuse by what the host stands for. Raises EgressRefused.

        One denied address condemns a name, and a name that is not listed itself needs all of its
        addresses to be: it may be reached at any of them.
        """
        forms = [forms_of(address) for address in addresses]
        for address, each in zip(addresses, forms, strict=True):
            if self._deny.has_address(*each):
                raise self._denied(_shown(host, address))
        if not self._allow or self._allow.has_name(host) or parse_address(host) in self._ours:
            return
        for address, each in zip(addresses, forms, strict=True):
            if not self._allow.has_address(*each):
                raise self._not_allowed(_shown(host, address))

    def _denied(self, shown: str) -> EgressRefused:
        said = f"refused: {shown} is denied by the domain list of {self._whose.name}"
        return EgressRefused(f"{said}; {self._whose.how_denied}")

    def _not_allowed(self, shown: str) -> EgressRefused:
        said = f"refused: {shown} is not on the list of what {self._whose.name} allows"
        return EgressRefused(f"{said}; {self._whose.how_allowed}")


def _shown(host: str, address: IPAddress) -> str:
    return host if host == str(address) else f"{host} ({address})"
