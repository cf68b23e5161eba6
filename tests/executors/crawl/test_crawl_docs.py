"""docs/crawl.md names every field and default that there is, and no other."""

import json
import re
from pathlib import Path

from executors.crawl.options import DEFAULTS, MAX_DELAY_S
from executors.crawl.robots import MAX_ROBOTS_BYTES, RETRY_AFTER_S
from executors.crawl.sources.asked import DEFAULT_WORKS, FIELDS
from executors.crawl.sources.recipe import read_recipes
from executors.crawl.spec import CrawlSpec
from tests.support.crawling import LIMITS, crawl
from tests.support.pixiv import Pixiv
from tests.support.target import page

TEXT = (Path(__file__).parents[3] / "docs/crawl.md").read_text("utf-8")


def rows_of(heading):
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def names_of(heading):
    return {name for row in rows_of(heading) for name in re.findall(r"`([a-z_0-9]+)`", row[0])}


def test_every_field_of_the_job_is_explained_with_its_default():
    told = {row[0].strip("`"): row[1] for row in rows_of("Fields of the job")}
    written = {
        name: f"`{value}`" if isinstance(value, str) else json.dumps(value).removesuffix(".0")
        for name, value in DEFAULTS.items()
    }
    assert told == written


def test_every_field_of_an_item_is_explained():
    given = {"url": "http://a.b/", "depth": 1, "etag": "x", "last_modified": "y"}
    assert names_of("An item") == set(given)
    assert len(CrawlSpec(read_recipes(None)).plan({}, [given], LIMITS).items) == 1


def test_every_field_of_a_source_is_explained():
    recipes = read_recipes(None).values()
    assert names_of("Sources") == {*FIELDS, *(name for each in recipes for name in each.choices)}
    assert all(f"`{each.name}`" in TEXT for each in recipes)


async def test_every_field_of_a_result_is_explained(site, nursery):
    pixiv = Pixiv()
    await nursery.start(pixiv.run)
    long = b"<a href='/copy-of-logo.png'>x</a>" + b" " * 1_000_000
    site.handlers["/long"] = page(long, content_type="text/html", last_modified="yesterday")
    site.handlers["/again"] = page(b"", "304 Not Modified")
    options = {"content": "images", "depth": 1, "max_items": 300}
    paths = ("/", "/go/away", "/long", "/about", "/print/s1/page-1.html")
    seeds = [*map(site.url, paths), {"url": site.url("/again"), "etag": "x"}]
    job = await crawl(*seeds, same_site="host", **options)
    found = await crawl(source={"name": "pixiv-tag", "query": "a", "limit": 1},
                        recipes=pixiv.recipes())  # fmt: skip
    seen = {name for each in (job, found) for r in each.results.values() for name in r.result}
    assert names_of("The result") == seen


def test_the_limits_are_those_of_the_code():
    for said in (
        f"at most {MAX_ROBOTS_BYTES // 1024} KiB",
        "after {:.0f}, {:.0f} and {:.0f} seconds".format(*RETRY_AFTER_S),
        f"up to {MAX_DELAY_S:.0f};",
        f"absent: {DEFAULT_WORKS} |",
    ):
        assert said in TEXT


def test_the_examples_are_jobs():
    examples = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", TEXT, re.S)]
    plans = [
        CrawlSpec(read_recipes(None)).plan(job["spec"], job["items"], LIMITS) for job in examples
    ]
    assert [len(plan.items) for plan in plans] == [2, 1]
    assert list(plans[1].secrets.values()) == ["PHPSESSID=..."]
