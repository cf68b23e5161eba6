"""The pool of proxies of a desk as the front end sees it: shown, replaced, checked and added to.

Shared by the native API (`web.proxies_api`) and by the dialect of BatchGo, so that both speak of
the same pool. User names and passwords come in here and go to the desk; nothing takes them out.
"""

from __future__ import annotations

import secrets
from collections import defaultdict, deque
from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from actors.errors import InvalidSpec
from actors.messages import Reply
from actors.ports.errands import Errand, ErrandsBusy
from actors.ports.proxies import SERVER, ProxyUse, scope_of
from actors.settings import SetProxies
from executors.pools import address_of, is_masked, is_proxy, masked, normalized, read_list
from executors.proxies import has_credentials
from state.proxies import PoolProxy
from web.deps import WebDeps
from web.errors import WebError
from web.http import client_network, invalid
from web.threads import LARGE_ITEM_COUNT, Threads
from web.validate import Errors, field_error
from web.visit import Visit

# Clients give up after 15 s; waiting for a worker is part of that.
CHECK_TIMEOUT_S = 12.0
MAX_LIST_BYTES = 1024 * 1024
MAX_ADDRESS_CHARS = 4_096

# So long that nobody comes upon a name.
_NAME_BYTES = 16
_MAX_ERRORS_LISTED = 100


class PoolEntry(Struct, frozen=True):
    """A proxy as it is shown, and how it fares."""

    address: str
    use: ProxyUse


class Checked(Struct, frozen=True):
    """What came of a check: why nothing was added (None: all is well), and how many proxies were
    found; `wrong` entries of a list are none."""

    error: str | None
    count: int = 0
    wrong: int = 0
    is_list: bool = False


class Proxies:
    """Holds no state of its own."""

    def __init__(self, deps: WebDeps, threads: Threads) -> None:
        self._most = deps.settings.max_proxies
        self._errands = deps.errands
        self._view = deps.proxies
        self._threads = threads

    def shown(self, visit: Visit) -> list[PoolEntry]:
        """The desk's pool, in its order."""
        uses = self._view.proxies_of(scope_of(visit.desk.key))
        return [
            PoolEntry(
                masked(proxy.address) if proxy.secret else proxy.address,
                uses.get(proxy.key, ProxyUse()),
            )
            for proxy in visit.desk.published.proxies
        ]

    def of_server(self) -> tuple[int, list[ProxyUse]]:
        """How many proxies the server's own pool has, and how those fare that were used."""
        return self._view.server_proxies, list(self._view.proxies_of(SERVER).values())

    async def replace(self, visit: Visit, addresses: Sequence[str]) -> Reply:
        """Let the desk keep these proxies instead; a masked one keeps what it has. Raises WebError
        that names every wrong entry."""
        present = visit.desk.published.proxies
        read = partial(_read, addresses, present, self._most)
        large = len(addresses) > LARGE_ITEM_COUNT
        return await visit.ask(await self._threads.run(read, large=large, whose=client_network()))

    async def check(self, visit: Visit, text: str) -> Checked:
        """Greet a proxy, or fetch a list of them; what is found joins the desk's pool. Raises
        WebError."""
        text = text.strip()
        if not text or len(text) > MAX_ADDRESS_CHARS:
            raise invalid([field_error("proxyUrl", "must be the address of a proxy or of a list")])
        try:
            return await (self._check_proxy if is_proxy(text) else self._check_list)(visit, text)
        except ErrandsBusy:
            said = "this desk has as many proxies checked at once as it may; try again"
            raise WebError("too_many_requests", said) from None

    async def _check_proxy(self, visit: Visit, text: str) -> Checked:
        whole, egress = normalized(text), visit.desk.published.egress
        error = await self._errands.greet(visit.desk.key, whole, egress, CHECK_TIMEOUT_S)
        if error is not None:
            return Checked(error)
        await self._add(visit, (whole,))
        return Checked(None, 1)

    async def _check_list(self, visit: Visit, url: str) -> Checked:
        errand = Errand(
            desk=visit.desk.key,
            url=url,
            egress=visit.desk.published.egress,
            timeout_s=CHECK_TIMEOUT_S,
            max_bytes=MAX_LIST_BYTES,
        )
        try:
            reply = await self._errands.send(errand)
        except InvalidSpec:
            return Checked("it is neither a proxy nor the address of a list of them")
        if reply.error is not None:
            return Checked(reply.error, is_list=True)
        found = await self._threads.run(
            partial(read_list, reply.body), large=True, whose=client_network()
        )
        if not found.proxies:
            return Checked("there is no proxy in that list", wrong=found.wrong, is_list=True)
        proxies = found.proxies[: self._most]
        await self._add(visit, proxies)
        return Checked(None, len(proxies), found.wrong, is_list=True)

    async def _add(self, visit: Visit, addresses: Sequence[str]) -> None:
        visit.check()
        await visit.ask(_command([_named(whole) for whole in addresses], add=True))


# A proxy, and its whole address where that is secret.
_Named = tuple[PoolProxy, str]


def _named(whole: str) -> _Named:
    if not has_credentials(whole):
        return PoolProxy(whole), ""
    return PoolProxy(address_of(whole), f"proxy.{secrets.token_hex(_NAME_BYTES)}"), whole


def _command(named: Sequence[_Named], *, add: bool) -> SetProxies:
    return SetProxies(
        proxies=tuple(proxy for proxy, _ in named),
        secrets={proxy.secret: whole for proxy, whole in named if whole},
        add=add,
    )


def _read(addresses: Sequence[str], present: Sequence[PoolProxy], most: int) -> SetProxies:
    """Each address once. Raises WebError that names every wrong one, and quotes none."""
    if len(addresses) > most:
        raise invalid([field_error("proxies", f"must not hold more than {most} proxies")])
    kept: defaultdict[str, deque[PoolProxy]] = defaultdict(deque)
    for proxy in present:
        if proxy.secret:
            kept[proxy.address].append(proxy)
    errors: Errors = []
    named: dict[str, _Named] = {}
    for index, text in enumerate(addresses):
        try:
            whole = normalized(text)
        except ValueError as error:
            errors.append(field_error("proxies", str(error), index))
            continue
        if not is_masked(whole):
            named.setdefault(whole, _named(whole))
        elif kept[address_of(whole)]:
            proxy = kept[address_of(whole)].popleft()
            named[proxy.secret] = (proxy, "")
        else:
            errors.append(field_error("proxies", "has a password that is not kept here", index))
    if errors:
        raise invalid(errors[:_MAX_ERRORS_LISTED])
    return _command(list(named.values()), add=False)
