"""The table of items as a whole: sorted, filtered by the address, acted upon; causes with buttons
that do what would help, against the scripted desk."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import until
from tests.e2e.support.samples import make_job, make_outcome, outcomes

pytestmark = pytest.mark.browser

HOST = "shop.example.com"
SPEC = {
    "timeout_s": 30,
    "headers": {"Authorization": {"secret": "header.0"}, "Accept": "text/html"},
}


def a_job(fake, found, **rest):
    failed = sum(one["status"] == "failed" for one in found)
    total = len(found)
    job = make_job("spring list", total=total, ok=total - failed, failed=failed, **rest)
    job["kind"] = "fetch"
    fake.do(
        lambda desk: (desk.items.update({job["id"]: found}), desk.specs.update({job["id"]: SPEC}))
    )
    fake.put(job)
    return f"/jobs/{job['id']}"


def asked(fake, verb):
    return fake.do(lambda desk: [body for _, name, _, body in desk.requests if name == verb])


def searched(fake):
    return fake.do(lambda desk: [dict(one) for one in desk.batch.searches])


def test_columns_sort_and_the_address_says_what_is_shown(fake, open_desk):
    page = open_desk(a_job(fake, outcomes(60), status="partially_completed"))
    expect(page.locator("[data-item-row='0']")).to_be_visible()
    heads = page.get_by_role("columnheader")
    time = heads.filter(has_text="Time")
    expect(time).to_have_attribute("aria-sort", "none")
    time.get_by_role("button").click()
    expect(time).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(re.compile(r"#items\?sort=duration&order=desc$"))
    time.get_by_role("button").press("Enter")
    expect(time).to_have_attribute("aria-sort", "ascending")
    # A group's items are shown by its filters, each of which can be taken away; back leads back.
    page.locator(".causes").get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".act-bar .matching")).to_have_text("3 of 60 match")
    chips = page.locator(".result-filter .chip")
    expect(chips).to_have_text(["Cause: 429", f"Host: {HOST}"])
    chips.first.click()
    expect(chips).to_have_text([f"Host: {HOST}"])
    page.go_back()
    expect(chips).to_have_count(2)
    page.reload()
    expect(chips).to_have_count(2)
    wanted = {"cause": "429", "host": HOST, "sort": "duration", "order": "asc"}
    until(page, lambda: wanted.items() <= searched(fake)[-1].items())
    page.get_by_role("button", name="Clear filters").click()
    expect(chips).to_have_count(0)
    row = page.locator("[data-item-row='1']")
    row.focus()
    row.press("Enter")
    expect(page.get_by_role("region", name="Result in full")).to_contain_text("catalogue/page")


def test_a_host_is_slowed_and_let_go(fake, open_desk):
    page = open_desk(a_job(fake, outcomes(30), status="running"))
    group = page.locator(".causes li").first
    expect(group).to_contain_text("2 × 429 from shop.example.com")
    # A job that is at work is not begun again: why not stands once, for every such button.
    again = group.get_by_role("button", name="Try these 2 again")
    expect(again).to_be_disabled()
    why = "When this job has ended, these can be tried again."
    expect(again).to_have_attribute("title", why)
    expect(again).to_have_accessible_description(why)
    expect(page.locator(".causes").get_by_text(why)).to_be_visible()
    group.get_by_role("button", name="Slow this host…").click()
    form = group.locator("form")
    form.get_by_label("Items at once, at most").fill("3")
    form.get_by_label("Seconds from one to the next").fill("2.5")
    form.get_by_role("button", name="Slow it").click()
    expect(form).to_have_count(0)
    limits = {"max_in_flight": 3, "delay_s": 2.5}
    until(page, lambda: asked(fake, f"hosts/{HOST}"), [limits])
    page.get_by_role("link", name="Settings").click()
    expect(page.locator(".slowed .fact")).to_contain_text("at most 3 at once · 2.5 s from one to")
    page.get_by_role("link", name="Items").click()
    group.get_by_role("button", name="Slowed: change…").click()
    expect(form.get_by_label("Items at once, at most")).to_have_value("3")
    form.get_by_role("button", name="No longer slow it").click()
    expect(group.get_by_role("button", name="Slow this host…")).to_be_visible()
    until(page, lambda: asked(fake, f"hosts/{HOST}"), [limits, None])


def test_a_button_for_all_that_failed_says_why_it_does_nothing_yet(fake, open_desk):
    # Of these causes none has a button to try again: nothing is said but beside the one for all.
    found = [make_outcome(at, status="failed", error="404", http_status=404) for at in range(3)]
    page = open_desk(a_job(fake, found, status="running"))
    page.get_by_role("button", name=re.compile("^Failed")).click()
    again = page.locator(".act-bar").get_by_role("button", name="Try these 3 again")
    expect(again).to_be_disabled()
    expect(again).to_have_accessible_description(
        "When this job has ended, these can be tried again."
    )


def test_items_are_done_again_with_one_field_changed(fake, open_desk):
    slow = {"http_status": None, "error": "timed out: no answer in 30 s"}
    found = [
        make_outcome(0),
        make_outcome(1, "failed", **slow),
        make_outcome(2, "failed", http_status=403),
    ]
    path = a_job(fake, found, status="partially_completed")
    page = open_desk(path)
    with page.expect_request("**/repeat") as sent:
        page.get_by_role("button", name="Again with more time…").first.click()
        form = page.locator(".causes form")
        expect(form.get_by_label("Time limit for each, s")).to_have_value("60")
        expect(form).to_contain_text("Now: 30")
        form.get_by_role("button", name="Start the new job").click()
    only = {"status": "failed", "cause": "timed out", "host": HOST}
    assert sent.value.post_data_json == {"only": only, "changes": {"timeout_s": 60}}
    expect(page.locator(".causes form")).to_have_count(0)
    page.goto(page.url.split("/jobs")[0] + path)
    page.get_by_role("button", name="Again with other headers…").click()
    form = page.locator(".causes form")
    expect(form).to_contain_text("Authorization")
    field = form.get_by_label("Headers, one a line")
    expect(field).to_have_value("Accept: text/html")
    field.fill("no header")
    form.get_by_role("button", name="Start the new job").click()
    expect(form.get_by_role("alert")).to_contain_text("no header")
    field.fill("Accept: */*\nX-Key: a:b")
    with page.expect_request("**/repeat") as sent:
        form.get_by_role("button", name="Start the new job").click()
    assert sent.value.post_data_json["changes"] == {
        "headers": {"Authorization": {"secret": "header.0"}, "Accept": "*/*", "X-Key": "a:b"}
    }
