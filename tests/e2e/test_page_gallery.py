"""The pictures of a job: a grid of those in sight, one in full with its facts, deleting."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.support.reading import fewer_than, holds, picture_is_there
from tests.e2e.support.samples import make_job, make_outcome, stamp

pytestmark = pytest.mark.browser


def pictures_of(fake, n, status="completed"):
    """A job of prompts with `n` pictures, two each."""
    job = make_job("foxes", status=status, kind="generate", total=n // 2, ok=n // 2)
    names = [f"{at // 2:05d}-{at % 2 + 1}-{1000 + at}.png" for at in range(n)]
    listed = [{"name": name, "size_bytes": 900, "modified_at": stamp()} for name in names]
    items = [
        {
            **make_outcome(at),
            "prompt": f"fox {at}",
            "files": names[2 * at : 2 * at + 2],
            "seeds": [1000 + 2 * at, 1001 + 2 * at],
            "parameters": f"fox {at}\nSteps: 20",
        }
        for at in range(n // 2)
    ]

    def fill(desk):
        desk.artifacts = [*listed, {**listed[0], "name": "notes.txt"}]
        desk.items[job["id"]] = items

    fake.do(fill)
    fake.put(job)
    return f"/jobs/{job['id']}", names


def test_a_thousand_pictures_are_a_grid_of_those_in_sight(fake, open_desk):
    path, names = pictures_of(fake, 1000)
    page = open_desk(path)
    expect(page.get_by_text("1,000 pictures")).to_be_visible()
    picture_is_there(page.locator(".tile img").first)
    fewer_than(page.locator(".tile"), 200)
    page.get_by_role("button", name=f"Look at {names[0]}").focus()
    page.keyboard.press("End")
    expect(page.get_by_role("button", name=f"Look at {names[-1]}")).to_be_focused()
    fewer_than(page.locator(".tile"), 200)


def test_one_in_full_says_what_it_was_made_of_and_turns_by_keys(fake, open_desk):
    path, names = pictures_of(fake, 8)
    page = open_desk(path)
    page.get_by_role("button", name=f"Look at {names[2]}").click()
    view = page.get_by_role("region", name=names[2])
    picture_is_there(view.locator(".picture-large img"))
    expect(view.locator(".fact", has_text="Seed")).to_contain_text("1002")
    expect(view.locator(".whole-text")).to_have_text("fox 1\nSteps: 20")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("region", name=names[3])).to_contain_text("1003")
    page.keyboard.press("Escape")
    expect(page.locator(".picture-view")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"{path}(#|$)"))  # the job is still open
    expect(page.get_by_role("button", name=f"Look at {names[2]}")).to_be_focused()


def test_chosen_ones_are_deleted_when_the_job_has_ended(fake, open_desk):
    path, names = pictures_of(fake, 8)
    page = open_desk(path)
    for name in names[:2]:
        page.get_by_label(f"Choose {name}").check()
    page.get_by_role("button", name="Delete 2 pictures").click()
    expect(page.get_by_role("button", name="Keep")).to_be_focused()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("6 pictures")).to_be_visible()
    sent = fake.do(lambda desk: [one[3] for one in desk.requests if one[1] == "files"])
    assert sent == [names[:2]]

    path, names = pictures_of(fake, 8, status="running")
    page = open_desk(path)
    page.get_by_label(f"Choose {names[0]}").check()
    expect(page.get_by_text("can be deleted when the job has ended")).to_be_visible()


def test_pictures_of_a_crawl_are_shown_as_they_come_on_a_phone_in_chinese(fake, open_desk):
    job = make_job("a site", kind="crawl", total=4, ok=1)
    fake.put(job)
    page = open_desk(f"/jobs/{job['id']}#gallery", locale="zh-CN", color_scheme="dark")
    page.set_viewport_size({"width": 360, "height": 740})
    expect(page.get_by_text("还没有图片")).to_be_visible()
    name = "5f3a.jpg"
    found = {**make_outcome(1), "file": name, "from": "https://shop.example.com/"}

    def add(desk):
        desk.artifacts = [{"name": name, "size_bytes": 900, "modified_at": stamp()}]
        desk.items[job["id"]] = [found]

    fake.do(add)
    fake.put({**job, "counts": {**job["counts"], "done": 2, "ok": 2}})
    page.get_by_role("button", name=f"查看 {name}").click()
    expect(page.get_by_role("link", name="https://shop.example.com/", exact=True)).to_be_visible()
    holds(page, "document.documentElement.scrollWidth <= innerWidth")
    # Among the items it is known by its address, as on the command line. Items are shown first, as
    # the server has not said that a file was kept.
    page.goto(f"{fake.address}/jobs/{job['id']}")
    expect(page.locator("[data-item-row='0'] .c-what")).to_contain_text("shop.example.com")


def test_what_is_seen_on_a_picture_is_told_in_words(fake, open_desk):
    job = make_job("holiday", kind="tag", status="completed", total=1, ok=1)
    tags = [{"name": "tabby", "score": 0.91, "category": "general"},
            {"name": "my style", "score": None, "category": "extended"}]  # fmt: skip
    seen = {**make_outcome(0), "image": "pets/one.jpg", "file": "one.txt", "tags": tags}
    fake.do(lambda desk: desk.items.update({job["id"]: [seen]}))
    fake.put(job)
    page = open_desk(f"/jobs/{job['id']}")
    row = page.locator("[data-item-row='0']")
    expect(row).to_contain_text("tabby, my style")
    page.set_viewport_size({"width": 360, "height": 740})
    expect(row.locator(".c-result")).to_be_visible()
    expect(row.locator(".c-time")).to_be_hidden()
    row.click()
    expect(page.locator(".outcome .tag-list li")).to_have_text(["tabby 0.91", "my style"])


def test_pictures_that_were_looked_at_stand_beside_what_was_seen(fake, open_desk):
    job = make_job("pets", status="completed", kind="tag", total=300, ok=299, failed=1)
    sure = [{"name": "cat", "score": 0.91}, {"name": "<b>dog</b>", "score": 0.4}]
    items = [{**make_outcome(at), "image": f"pets/{at}.png", "tags": sure} for at in range(299)]
    failed = {**make_outcome(299, "failed"), "image": "pets/299.png", "error": "the file is empty"}
    fake.do(lambda desk: desk.items.update({job["id"]: [*items, failed]}))
    fake.put(job)
    page = open_desk(f"/jobs/{job['id']}")
    asked = []
    page.route("**/items/*/picture", lambda route: (asked.append(route), route.fulfill(body="")))
    page.get_by_role("link", name="Pictures", exact=True).click()
    first = page.locator(".seen").first
    expect(first).to_contain_text("pets/0.png")
    expect(first.locator(".tag")).to_have_text(["cat 0.91", "<b>dog</b> 0.4"])
    link = page.get_by_role("link", name="Look at pets/0.png")
    expect(link).to_have_attribute("href", re.compile(f"/jobs/{job['id']}/items/0/picture$"))
    fewer_than(page.locator(".seen"), 40)
    page.locator(".gallery .scroll").evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(page.locator(".seen").last).to_contain_text("the file is empty")
    assert len(asked) < 60
