"""Peer of the fetch table: one shared httpx.AsyncClient, as its documentation advises.

On Trio or asyncio (`backend`); N tasks draw from one list. Requests that httpx itself breaks under
this load are counted as not done, and said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
from measure import Clock, outcome, task


async def draw(client: httpx.AsyncClient, urls: Iterator[str], kept: list[Any]) -> None:
    for url in urls:
        try:
            reply = await client.get(url)
        except httpx.HTTPError as error:
            kept.append({"url": url, "status": type(error).__name__})
        else:
            kept.append(outcome(url, reply.status_code, reply.content))


async def main() -> None:
    given = task()
    clock = Clock()
    kept: list[Any] = []
    urls = iter(given["urls"])
    width = given["concurrency"]
    limits = httpx.Limits(max_connections=width, max_keepalive_connections=width)
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        await asyncio.gather(*(draw(client, urls, kept) for _ in range(width)))
    clock.report(sum(one["status"] == 200 for one in kept))


asyncio.run(main())
