"""Peer of the agents table: so many streamed calls, one after the other in each task, by httpx.

One shared AsyncClient, as its documentation advises; nothing is kept, no tool is used.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from measure import Clock, task

PROMPT = {"role": "user", "content": "Write a small program, and say so. " * 20}


async def work(client: httpx.AsyncClient, given: dict[str, Any], numbers: list[int]) -> int:
    done = 0
    while numbers:
        number = numbers.pop()
        for step in range(given["calls"]):
            said = {"role": "user", "content": f"task {number}, step {step}"}
            body = {"model": "demo", "stream": True, "messages": [PROMPT, said]}
            url = f"{given['url']}/chat/completions"
            async with client.stream("POST", url, json=body) as reply:
                lines = [line async for line in reply.aiter_lines()]
            done += "data: [DONE]" in lines
    return done


async def main() -> None:
    given = task()
    clock = Clock()
    numbers = list(range(given["tasks"]))
    limits = httpx.Limits(max_connections=given["width"], max_keepalive_connections=given["width"])
    async with httpx.AsyncClient(limits=limits, timeout=60) as client:
        workers = [work(client, given, numbers) for _ in range(given["width"])]
        done = await asyncio.gather(*workers)
    clock.report(sum(done))


asyncio.run(main())
