"""Peer of the crawl table: a Scrapy spider that follows every link of every page, each page once.

Its politeness is off (no robots.txt, no delay, per-domain limit = concurrency), its log quiet, and
it keeps no cookies; what it knows of a page goes into its JSON Lines feed.
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
    """Goes wherever links lead."""

    name = "pages"

    async def start(self) -> AsyncIterator[Any]:
        yield scrapy.Request(GIVEN["url"])

    def parse(self, response: Any) -> Iterator[Any]:
        title = response.css("title::text").get()
        yield {**outcome(response.url, response.status, response.body), "title": title}
        yield from response.follow_all(css="a")


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
