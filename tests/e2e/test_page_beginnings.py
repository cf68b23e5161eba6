"""What the forms of pictures, crawls and tags begin with: a picture, an earlier crawl, a tagger."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.samples import make_job

pytestmark = pytest.mark.browser

KEPT = {
    "name": "Fox",
    "sha256": "0" * 64,
    "width": 64,
    "height": 64,
    "size_bytes": 99,
    "uses": 0,
}


def sent(fake):
    return fake.do(lambda desk: [one[3] for one in desk.requests if one[1] == "jobs"])


def form_of(page, kind):
    page.get_by_role("link", name="New job").click()
    page.locator(f"input[name=kind][value={kind}]").check()


def start(page):
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile("/jobs/"))


def test_prompts_begin_with_a_picture_of_the_library(fake, open_desk):
    page = open_desk()
    pictures = [{**KEPT, "id": "fox", "format": "png"}, {**KEPT, "id": "dance", "format": "gif"}]
    library = {"pictures": pictures, "templates": [], "data_sources": []}
    for kind in ("pictures", "templates", "data-sources"):
        page.route(f"**/{kind}", lambda route: route.fulfill(json=library))
    page.route("**/thumbnail*", lambda route: route.fulfill(status=200, body=""))
    form_of(page, "generate")
    page.locator("textarea[name=prompts]").fill("at night\nin snow")
    page.get_by_text("Begin with a picture").click()
    # A WebUI begins with no GIF.
    expect(page.locator("input[name=begin]")).to_have_count(2)
    page.locator("input[name=begin][value=fox]").check()
    page.get_by_label("How much of it is drawn anew").fill("0.4")
    start(page)
    begin = {"picture": "fox"}
    assert sent(fake)[-1]["items"] == [
        {"prompt": "at night", "init_image": begin},
        {"prompt": "in snow", "init_image": begin},
    ]
    assert sent(fake)[-1]["spec"] == {"denoising_strength": 0.4}


def test_a_picture_that_a_job_has_made_is_begun_with(fake, open_desk):
    job = make_job("foxes", status="completed", kind="generate", total=1, ok=1)
    fake.put(job)
    made = {"name": "00001-1-7.png", "size_bytes": 9, "modified_at": job["created_at"]}
    fake.do(lambda desk: desk.artifacts.append(made))
    page = open_desk(f"/jobs/{job['id']}")
    page.route("**/artifacts/*", lambda route: route.fulfill(status=200, body=""))
    page.get_by_role("link", name="Pictures", exact=True).click()
    page.get_by_role("button", name="Look at 00001-1-7.png").click()
    page.get_by_role("button", name="Begin with it").click()
    page.locator("textarea[name=prompts]").fill("at night")
    expect(page.locator("input[name=begin][value=file]")).to_be_checked()
    start(page)
    begin = {"file": {"job": job["id"], "name": "00001-1-7.png"}}
    assert sent(fake)[-1]["items"] == [{"prompt": "at night", "init_image": begin}]


def test_an_earlier_crawl_is_gone_through_again_as_it_was_asked_for(fake, open_desk):
    job = make_job("docs", status="completed", kind="crawl", total=3, ok=3)
    spec = {"depth": 2, "exclude": ["/old/"]}
    told = {"kind": "crawl", "spec": spec, "secrets": ["headers.Cookie"], "items": None}
    fake.put(job)
    fake.do(lambda desk: desk.kinds.asked.update({job["id"]: told}))
    page = open_desk(f"/jobs/{job['id']}")
    page.get_by_role("button", name="Go through it again").click()
    expect(page.locator("select[name=since]")).to_have_value(job["id"])
    expect(page.get_by_label("Links deep")).to_have_value("2")
    start(page)
    spec = {"depth": 2, "exclude": ["/old/"], "since": job["id"]}
    [asked] = sent(fake)
    assert (asked["spec"], asked.get("items")) == (spec, None)


def test_who_looks_for_tags_is_asked_only_where_there_is_a_choice(fake, open_desk):
    page = open_desk()
    form_of(page, "tag")
    page.get_by_label("from folders on the server").check()
    page.get_by_label("Another folder").fill("pets")
    expect(page.get_by_label("Who looks")).to_have_count(0)
    page.get_by_label("Looked at by").select_option("wd14tagger")
    page.get_by_label("Who looks").select_option("webui")
    page.get_by_label("Tagger of the WebUI").fill("wd14-vit-v2")
    page.get_by_label("Looked at by").select_option("imagenet")
    start(page)
    assert sent(fake)[-1]["spec"] == {"input_dir": ["pets"]}
    form_of(page, "tag")
    page.get_by_label("from folders on the server").check()
    page.get_by_label("Another folder").fill("pets")
    page.get_by_label("Looked at by").select_option("wd14tagger")
    page.get_by_label("Who looks").select_option("webui")
    page.get_by_label("Tagger of the WebUI").fill("wd14-vit-v2")
    start(page)
    spec = {"analyzer": "wd14tagger", "via": "webui", "model": "wd14-vit-v2"}
    assert sent(fake)[-1]["spec"] == spec | {"input_dir": ["pets"]}
