"""Peer of the fetch table: a Scrapy spider that yields one item a page into its JSON Lines feed.

Its politeness is off (no robots.txt, no delay, per-domain limit = concurrency), its log quiet, its
cookies, retries and redirects as shipped except cookies (the other peers and we keep none).
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import scrapy
from measure import Clock, outcome, task
from scrapy.crawler import AsyncCrawlerProcess

GIVEN = task()


class Pages(scrapy.Spider):
    """Fetches the given list."""

    name = "pages"

    async def start(self) -> AsyncIterator[Any]:
        for url in GIVEN["urls"]:
            yield scrapy.Request(url, dont_filter=True)

    def parse(self, response: Any) -> Iterator[dict[str, Any]]:
        yield outcome(response.url, response.status, response.body)


def settings(feed: Path) -> dict[str, Any]:
    return {
        "CONCURRENT_REQUESTS": GIVEN["concurrency"],
        "CONCURRENT_REQUESTS_PER_DOMAIN": GIVEN["concurrency"],
        "DOWNLOAD_DELAY": 0,
        "ROBOTSTXT_OBEY": False,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "ERROR",
        "FEEDS": {str(feed): {"format": "jsonlines"}},
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        feed = Path(folder, "feed.jsonl")
        clock = Clock()
        process = AsyncCrawlerProcess(settings(feed))
        process.crawl(Pages)
        process.start()
        with feed.open() as lines:
            done = sum('"status": 200' in line for line in lines)
        clock.report(done)


main()
