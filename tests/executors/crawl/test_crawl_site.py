"""A whole site: every page once, and no maze without an end."""

from collections import Counter

from tests.support.crawl_site import HIDDEN, PAGES, every_page
from tests.support.crawling import crawl


async def test_every_page_of_the_site_is_asked_for_once(site):
    bounds = {"max_per_pattern": 20, "max_queries": 15, "max_path_depth": 6}
    job = await crawl(site.url("/"), max_items=9_000, depth=50, **bounds)

    asked = Counter(path for path in site.paths() if path in every_page())
    assert set(asked) == every_page()
    assert len(asked) == PAGES == 2_000
    assert set(asked.values()) == {1}
    hidden = [path for path in site.paths() if path.startswith("/hidden/")]
    assert len(hidden) == len(set(hidden)) == HIDDEN
    mazes = Counter(path.split("/")[1] for path in site.paths())
    assert mazes["calendar"] == 20
    assert mazes["list"] == 15
    assert mazes["maze"] < 100
    assert "/private/secret" not in site.paths()
    assert "/private/open" in site.paths()
    assert "/unfollowed" not in site.paths()
    assert "/file.zip" not in site.paths()
    assert site.paths().count("/robots.txt") == 1
    assert all("localhost" not in asked.headers["host"] for asked in site.asked)
    front = job.by_url()[site.url("/")].result
    assert front["left_out"] == {"off_site": 1, "robots": 1}
