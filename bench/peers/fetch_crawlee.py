"""Peer of the fetch table: Crawlee's HttpCrawler, one dataset record a page.

`storage` is "file" (its default: request queue and dataset on disk) or "memory". Its autoscaling is
pinned to the wanted concurrency, session pool and robots.txt are off, retries as shipped.
"""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from datetime import timedelta
from pathlib import Path

from crawlee import ConcurrencySettings, service_locator
from crawlee.configuration import Configuration
from crawlee.crawlers import HttpCrawler, HttpCrawlingContext
from crawlee.storage_clients import FileSystemStorageClient, MemoryStorageClient
from measure import Clock, outcome, task


def crawler(concurrency: int, storage: str, folder: str) -> HttpCrawler:
    service_locator.set_configuration(Configuration(storage_dir=folder))
    client = FileSystemStorageClient() if storage == "file" else MemoryStorageClient()
    made = HttpCrawler(
        storage_client=client,
        concurrency_settings=ConcurrencySettings(
            min_concurrency=concurrency,
            max_concurrency=concurrency,
            desired_concurrency=concurrency,
        ),
        use_session_pool=False,
        configure_logging=False,
        statistics_log_format="inline",
        request_handler_timeout=timedelta(seconds=120),
    )

    @made.router.default_handler
    async def keep(context: HttpCrawlingContext) -> None:
        reply = context.http_response
        body = await reply.read()
        await context.push_data(outcome(context.request.url, reply.status_code, body))

    return made


async def main() -> None:
    given = task()
    logging.getLogger("crawlee").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        clock = Clock()
        made = crawler(given["concurrency"], given["storage"], str(Path(folder)))
        result = await made.run(given["urls"])
        clock.report(result.requests_finished)


asyncio.run(main())
