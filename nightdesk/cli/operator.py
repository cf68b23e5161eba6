"""`nightdesk operator`: the house at this moment, for whoever runs it.

Whoever may read the server's data folder is an operator: without a token, one is signed from there
for the purpose. Added by `nightdesk.cli.app`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from nightdesk.cli.reach import is_address
from nightdesk.cli.terminal import clean, clock, put, put_json
from nightdesk.cli.tokens import signed
from nightdesk.cli.usage import UsageError
from nightdesk.cli.watch import EXIT_OK
from nightdesk.cli.words import Words
from nightdesk.client import Client
from nightdesk.client.operator import House, HouseDesk, HousePool
from state.text import address_shown

# Who the server takes it for, by a hash; and how long that token is good.
_OPERATOR = "operator"
_LIFE_S = 3_600
_EVERY_S = 2.0
_TOP = 10
_LINES = 10
_CLEAR = "\x1b[H\x1b[2J"
_DATA = Path("data")


class OperatorCommand:
    """The command, in one language."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def operator(
        self,
        *,
        watch: Annotated[bool, Parameter(negative="")] = False,
        url: Annotated[str | None, Parameter(env_var="NIGHTDESK_URL")] = None,
        token: Annotated[
            str | None, Parameter(env_var="NIGHTDESK_TOKEN", show_default=False)
        ] = None,
        data: Path = _DATA,
        json: Annotated[bool, Parameter(negative="")] = False,
    ) -> int:
        """Show the whole server at this moment.

        Parameters
        ----------
        watch
            Show it anew every two seconds, until Ctrl-C.
        url
            Address of the server (else http://127.0.0.1:8400).
        token
            An operator's token (else one is signed from --data).
        data
            The server's data folder.
        json
            JSON for programs instead of text for people.
        """
        if url and not is_address(url):
            raise UsageError(self._words("bad_url", url=address_shown(url)))
        shown = token or signed(self._words, data, _OPERATOR, _LIFE_S, admin=True)
        with Client(url, token=shown) as client:
            while True:
                self._show(client, as_json=json, clear=watch and sys.stdout.isatty())
                if not watch:
                    return EXIT_OK
                sys.stdout.flush()
                time.sleep(_EVERY_S)

    def _show(self, client: Client, *, as_json: bool, clear: bool) -> None:
        house, desks = client.house(), client.house_desks(limit=_TOP)
        if as_json:
            put_json({"overview": house, "desks": desks})
            return
        text = "\n".join(self.said(house, desks))
        if clear:
            sys.stdout.write(_CLEAR)
        put(text)

    def said(self, house: House, desks: tuple[HouseDesk, ...]) -> Iterator[str]:
        """The lines for people."""
        yield from self._heads(house)
        for part, rows in (
            ("pools", [self._pool(pool) for pool in house.pools]),
            ("lanes", [self._lane(house, at) for at in range(len(house.lanes))]),
            ("hosts", [self._host(house, at) for at in range(len(house.hosts))]),
            ("endpoints", [self._endpoint(house, at) for at in range(len(house.endpoints))]),
            ("parked", [f"{each.key[:12]}  {clean(each.reason)}" for each in house.parked]),
            ("lacks", [clean(lack) for lack in house.lacks]),
            ("desks", [self._desk(desk) for desk in desks]),
            ("log", [self._line(house, at) for at in range(len(house.log[:_LINES]))]),
        ):
            if rows:
                yield ""
                yield self._words(f"operator.{part}")
                yield from (f"  {row}" for row in rows)

    def _heads(self, house: House) -> Iterator[str]:
        words, process, storage = self._words, house.process, house.storage
        yield words(
            "operator.process",
            version=process.version,
            pid=process.pid,
            up=_span(process.uptime_s),
            cpu=_or_dash(process.cpu_percent),
            memory=_size(process.memory_bytes),
            lag=_or_dash(process.lag_ms_p99),
        )
        yield words(
            "operator.desks_line",
            on_disk=_or_dash(house.desks.on_disk),
            awake=house.desks.awake,
            parked=house.desks.parked,
            watchers=house.desks.watchers,
        )
        yield words(
            "operator.work",
            running=house.jobs.get("running", 0),
            queued=house.jobs.get("queued", 0),
            in_flight=house.work.in_flight,
            rate=f"{house.work.rate_per_s:g}",
        )
        said = words(
            "operator.storage",
            folder=clean(storage.folder),
            free=_size(storage.free_bytes),
            total=_size(storage.total_bytes),
            p50=_or_dash(storage.save_ms_p50),
            p99=_or_dash(storage.save_ms_p99),
        )
        yield f"{said}  {words('operator.failing')}" if storage.failing else said

    def _pool(self, pool: HousePool) -> str:
        return self._words(
            "operator.pool",
            name=pool.name,
            workers=len(pool.workers),
            in_use=pool.in_use,
            free=pool.free,
            wanted=pool.wanted,
            memory=_size(sum(worker.memory_bytes for worker in pool.workers)),
            died=pool.died,
        )

    def _lane(self, house: House, at: int) -> str:
        lane = house.lanes[at]
        return self._words(
            "operator.lane",
            name=clean(lane.name),
            running=lane.running,
            queued=lane.queued,
            width=lane.width,
        )

    def _host(self, house: House, at: int) -> str:
        host = house.hosts[at]
        said = self._words(
            f"operator.host.{host.why}",
            interval=f"{host.interval_s:g}",
            wait=f"{host.wait_s:g}",
            asked=f"{host.asked_s:g}",
        )
        return f"{clean(host.host)}  {said}"

    def _endpoint(self, house: House, at: int) -> str:
        one = house.endpoints[at]
        key = "operator.endpoint.away" if one.waiting else "operator.endpoint.there"
        return f"{clean(one.name)}  {self._words(key, jobs=one.jobs, waiting=one.waiting)}"

    def _desk(self, desk: HouseDesk) -> str:
        return self._words(
            "operator.desk",
            key=desk.key[:12],
            state=self._words(f"operator.state.{desk.state}"),
            jobs=sum(desk.jobs.values()),
            in_flight=desk.in_flight,
            disk=_size(desk.disk_bytes),
            saved=clock(desk.saved_at) or "-",
        )

    def _line(self, house: House, at: int) -> str:
        line = house.log[at]
        fields = " ".join(f"{name}={value}" for name, value in line.fields.items())
        return clean(f"{clock(line.at)}  {line.level}  {line.event}  {fields}").rstrip()


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _size(count: int | None) -> str:
    if count is None:
        return "-"
    size, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.0f} {units[0]}" if units[0] == "B" else f"{size:.1f} {units[0]}"


def _span(seconds: float) -> str:
    """As `3d 04:05:06`."""
    days, rest = divmod(int(seconds), 86_400)
    clocked = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days}d {clocked}" if days else clocked
