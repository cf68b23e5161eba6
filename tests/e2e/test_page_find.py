"""Results found by their text and status; the same are offered for download."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.samples import make_job, outcomes

pytestmark = pytest.mark.browser


def test_results_are_found_and_offered_as_they_were_found(fake, open_desk):
    job = make_job("spring list", status="completed", total=30, ok=30)
    found = outcomes(30)
    found[7] = {**found[7], "url": "https://example.com/needle"}
    fake.do(lambda desk: desk.items.update({job["id"]: found}))
    fake.put(job)
    page = open_desk(f"/jobs/{job['id']}")
    rows = page.locator("[data-item-row]")
    expect(rows.nth(5)).to_be_visible()
    expect(page.get_by_role("link", name="Download these")).to_have_count(0)
    page.locator("[name=find_text]").fill(" needle ")
    expect(rows).to_have_count(1)
    page.locator("[name=find_http]").fill("20")
    expect(page.locator("[name=find_http]")).to_have_attribute("aria-invalid", "true")
    page.locator("[name=find_http]").fill("200, 4XX")
    link = page.get_by_role("link", name="Download these")
    wanted = r"export\?format=csv&text=needle&http_status=200%2C4xx$"
    expect(link).to_have_attribute("href", re.compile(wanted))
    page.get_by_role("button", name="To do").click()
    expect(page.locator("[name=find_text]")).to_have_count(0)
    asked = fake.do(lambda desk: [one for one in desk.batch.searches if "http_status" in one])
    assert all(one["http_status"] == "200,4xx" and one["text"] == "needle" for one in asked)


def test_values_taken_from_a_page_stand_by_it(fake, open_desk):
    job = make_job("prices", status="completed", total=1, ok=1)
    taken = {"price": "12.50", "links": ["/a", "/b"]}
    one = {**outcomes(1)[0], "extracted": taken}
    fake.do(lambda desk: desk.items.update({job["id"]: [one]}))
    fake.put(job)
    page = open_desk(f"/jobs/{job['id']}")
    page.locator("[data-item-row='0']").click()
    expect(page.locator(".extracted", has_text="price")).to_contain_text("12.50")
    expect(page.locator(".extracted", has_text="links").locator("li")).to_have_count(2)


def test_values_have_a_column_each_in_the_table(fake, open_desk):
    job = make_job("prices", status="completed", total=2, ok=2)
    one, two = outcomes(2)
    taken = {"price": "12.50", "links": ["/a", "/b"], "<b>": "x", "zone": "y"}
    found = [{**one, "extracted": taken}, {**two, "extracted": {"price": None}}]
    fake.do(lambda desk: desk.items.update({job["id"]: found}))
    fake.put(job)
    page = open_desk(f"/jobs/{job['id']}")
    expect(page.locator(".item.head .c-value")).to_have_text(["<b>", "links", "price"])
    expect(page.locator("[data-item-row='0'] .c-value")).to_have_text(["x", "/a, /b", "12.50"])
    expect(page.locator("[data-item-row='1'] .c-value")).to_have_text(["", "", ""])


def test_of_what_failed_only_what_is_found_is_tried_again(fake, open_desk):
    job = make_job("spring list", status="partially_completed", total=3, ok=1, failed=2)
    one, two, three = outcomes(3)
    broken = {"status": "failed", "error": "503 busy"}
    found = [one, {**two, **broken}, {**three, **broken, "url": "https://example.com/needle"}]
    fake.do(lambda desk: desk.items.update({job["id"]: found}))
    fake.put(job)
    page = open_desk(f"/jobs/{job['id']}")
    page.locator("[name=find_text]").fill("needle")
    bar = page.locator(".act-bar")
    these = bar.get_by_role("button", name="Try this one again")
    expect(bar.locator(".matching")).to_have_text("1 of 3 matches")
    expect(these).to_have_count(0)
    page.locator(".item-filters").get_by_role("button", name="Failed").click()
    expect(these).to_have_text("Try this one again")
    with page.expect_request("**/retry?text=needle") as asked:
        these.click()
    assert asked.value.method == "POST"
