"""The sample site's bookshop: every link leads somewhere, both languages, and nothing is echoed."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import httpx
import pytest
from structlog.testing import CapturingLogger

from nightdesk.demo import run_sample_site
from nightdesk.demo_shop import CHINESE, ENGLISH, journeys, page_at

LINK = re.compile(r'href="([^"]+)"')


@pytest.fixture
async def site(nursery, tmp_path):
    return await nursery.start(run_sample_site, tmp_path / "port", CapturingLogger())


async def test_every_link_of_every_page_leads_to_a_page(site):
    found, left = {}, [f"http://{site.target}/"]
    async with httpx.AsyncClient(timeout=60) as client:
        while left:
            url = left.pop()
            if url not in found:
                answer = await client.get(url)
                found[url] = answer
                left += [urljoin(url, href) for href in LINK.findall(answer.text)]
    assert {answer.status_code for answer in found.values()} == {200}
    assert len(found) == 1 + 2 * 5
    assert all(answer.encoding == "utf-8" for answer in found.values())


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_a_page_speaks_its_language(words):
    page = page_at(words.root + "books", {})
    assert f'<html lang="{words.code}">' in page
    assert all(book.title in page and book.price in page for book in words.shelf)


async def test_the_form_greets_and_echoes_no_markup(site):
    async with httpx.AsyncClient(timeout=60, base_url=f"http://{site.target}") as client:
        plain = await client.get("/shop/hello")
        greeted = await client.get("/shop/zh/hello", params={"name": "小林"})
        hostile = await client.get("/shop/hello", params={"name": "<script>1</script>"})
        nobody = await client.get("/shop/hello", params={"name": " "})
    assert "id=greeting" not in plain.text.replace('"', "")
    assert "小林，您好" in greeted.text
    assert "<script>" not in hostile.text
    assert "Hello, stranger." in nobody.text


@pytest.mark.parametrize("path", ["/shop", "/shopping/", "/shop/books/none", "/shop/zh/x", "/"])
def test_what_is_no_page_of_the_shop_is_none(path):
    assert page_at(path, {}) is None


def test_the_journeys_begin_in_the_shop_and_one_is_without_a_path():
    made = journeys("http://127.0.0.1:1")
    assert all(page_at(journey["url"].removeprefix("http://127.0.0.1:1"), {}) for journey in made)
    assert [journey["path"] is None for journey in made].count(True) == 1
