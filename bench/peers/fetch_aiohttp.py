"""Peer of the fetch table: a bare aiohttp loop, N tasks that draw from one list."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
from measure import Clock, outcome, task


async def draw(session: aiohttp.ClientSession, urls: Iterator[str], kept: list[Any]) -> None:
    for url in urls:
        async with session.get(url) as reply:
            kept.append(outcome(url, reply.status, await reply.read()))


async def main() -> None:
    given = task()
    clock = Clock()
    kept: list[Any] = []
    urls = iter(given["urls"])
    connector = aiohttp.TCPConnector(limit=given["concurrency"])
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(draw(session, urls, kept) for _ in range(given["concurrency"])))
    clock.report(sum(one["status"] == 200 for one in kept))


asyncio.run(main())
